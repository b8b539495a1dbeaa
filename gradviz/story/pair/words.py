"""What is said of a step that two runs make together, or that one of them makes alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.arrays.digits import number, typeset
from gradviz.ops.op import say_shape
from gradviz.story.frame import Frame, Story
from gradviz.story.maths.unicode import powers
from gradviz.story.values import is_written_out
from gradviz.trace.compared import Difference, difference
from gradviz.trace.pair import PairTrace
from gradviz.trace.step import Step

VERBS: Final = {
    "forward": "is", "seed": "starts from", "contribute": "receives", "update": "becomes",
}  # fmt: skip
OF_ARRAYS: Final = {
    "forward": "{}",
    "seed": "What {} starts from",
    "contribute": "What {} receives",
    "update": "The new {}",
}
MOST_DIGITS: Final = 12
"""Numbers that differ are told apart with up to so many."""


class PairWords:
    """Says the steps of one walk."""

    def __init__(
        self, walk: PairTrace, stories: tuple[Story, Story], labels: dict[int, str]
    ) -> None:
        self.walk, self.stories, self.labels = walk, stories, labels
        self.digits = stories[0].rules.digits

    def start(self) -> str:
        """Before the first step."""
        first, second = (story.trace for story in self.stories)
        other = []
        for k, (i, j) in enumerate(self.walk.union.nodes):
            is_leaf = k in self.labels and self.walk.union.graph.nodes[k].is_leaf
            if is_leaf and i is not None and j is not None:
                found = difference(first.values[i], second.values[j])
                other += [] if found is not None and found.is_none else [self.labels[k]]
        lead = f"The inputs of {listed(self.walk.names)} have their values"
        return f"{lead}; {listed(other)} differ{'s' * (len(other) == 1)}." if other else f"{lead}."

    def values(self) -> str:
        """When both forward passes are complete."""
        told = []
        for name, story in zip(self.walk.names, self.stories, strict=True):
            told.append(f"{name}: {story.words.at_rest(backward=False)}")
        return " ".join(told)

    def say(
        self, steps: tuple[Step | None, Step | None], frames: Sequence[tuple[int, Frame]]
    ) -> str:
        """A step of both, or of one; what is the same in both is told as in a single run."""
        if len(frames) == 1:
            side, frame = frames[0]
            return f"{self.walk.names[side]}: {frame.sentence}"
        (_, first), (_, second) = frames
        if first.sentence == second.sentence:
            same = self._found(steps)
            if same is None or same.is_none:
                return first.sentence
        return self._both(steps)

    def _found(self, steps: tuple[Step | None, Step | None]) -> Difference | None:
        return difference(*self._brought(steps))

    def _brought(self, steps: tuple[Step | None, Step | None]) -> tuple[Any, Any]:
        """What a step brings to each run: a value, a seed, a contribution."""
        a, b = (self._of(story, step) for story, step in zip(self.stories, steps, strict=True))
        return a, b

    def _of(self, story: Story, step: Step | None) -> Any:
        assert step is not None
        if step.kind == "forward":
            return story.trace.values[step.node]
        shown = story.trace.step(step.number)
        return shown.contribution if step.kind == "contribute" else shown.after

    def _both(self, steps: tuple[Step | None, Step | None]) -> str:
        first = steps[0]
        assert first is not None
        union, brought = self.walk.union, self._brought(steps)
        node = union.places[0][first.node]
        about, through = self.labels.get(node, "this number"), ""
        if first.edge is not None:
            node, through = union.drawn[0][first.edge].source, f" through {about}"
            about = self.labels.get(node, "the constant")
        verb = VERBS[first.kind]
        said = self.pair(*brought, node)
        if said is not None:
            return f"{about} {verb} {said}{through}."
        found = difference(*brought)
        assert found is not None
        what = OF_ARRAYS[first.kind].format(about)
        return f"{what}{through} differs in {self.extent(found, node)}."

    def extent(self, found: Difference, node: int) -> str:
        """How far two arrays differ: `4 of 9 entries, by up to 0.31 at [2, 1]`."""
        assert found.count is not None and found.largest is not None and found.place is not None
        entries = "entry" if found.size == 1 else "entries"
        largest = powers(typeset(number(found.largest, min(self.digits, 3))))
        return (
            f"{found.count:,} of {found.size:,} {entries}, by up to {largest} at"
            f" {self.place(found.place, node)}"
        )

    def place(self, place: tuple[int, ...], node: int) -> str:
        """An entry as its classes call it, else as it is counted from 0: `plane`, `[2, 1]`."""
        if node not in self.walk.scores or not place:
            return f"[{', '.join(map(str, place))}]"
        *outer, last = place
        name = self.walk.classes[last]
        return f"{name} of [{', '.join(map(str, outer))}]" if outer else name

    def pair(self, a: Any, b: Any, node: int) -> str | None:
        """Two values in a sentence: `3 with W₁ and 4 with W₂`; None for arrays of one shape that
        differ.
        """
        first, second = self.walk.names
        found = difference(a, b)
        if found is None:
            return f"{self._exact(0, a)} with {first} and {self._exact(1, b)} with {second}"
        if found.is_none and found.shapes == ((), ()):
            return f"{self._exact(0, a)} in both"
        if found.is_none:
            return "the same in both"
        if found.shapes == ((), ()):
            exact = any(story.trace.xp.name == "exact" for story in self.stories)
            one, other = (
                (self._exact(0, a), self._exact(1, b))
                if exact
                else apart(float(a), float(b), self.digits)
            )
            return f"{one} with {first} and {other} with {second}"
        if found.count is None:
            one, other = (say_shape(shape) if shape else "a number" for shape in found.shapes)
            return f"an array of {one} with {first} and of {other} with {second}"
        return None

    def _exact(self, side: int, value: Any) -> str:
        story = self.stories[side]
        shape = tuple(story.trace.xp.shape(value))
        return (
            str(story.words.shown(value)) if is_written_out(shape, "sentence") else say_shape(shape)
        )


def apart(a: float, b: float, digits: int) -> tuple[str, str]:
    """Two numbers with the same number of digits, as many as it takes to tell them apart."""
    while True:
        one, other = (powers(typeset(number(v, digits))) for v in (a, b))
        if one != other or digits >= MOST_DIGITS:
            return one, other
        digits += 1


def listed(words: Sequence[str]) -> str:
    """Words in a row: "a, b and c"."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
