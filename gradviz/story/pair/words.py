"""What is said of a step that two runs make together, or that one of them makes alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.arrays.digits import number, typeset
from gradviz.ops.op import say_shape
from gradviz.story.frame import Frame, Story
from gradviz.story.languages import listed, pattern, say
from gradviz.story.languages.counting import count
from gradviz.story.maths.unicode import powers
from gradviz.story.values import is_written_out
from gradviz.trace.compared import Difference, difference
from gradviz.trace.pair import PairTrace
from gradviz.trace.step import Step

BOTH: Final = {
    "forward": pattern("{name} is {values}."),
    "seed": pattern("{name} starts from {values}."),
    "contribute": pattern("{name} receives {values} through {via}."),
    "update": pattern("{name} becomes {values}."),
}
OF_ARRAYS: Final = {
    "forward": pattern("{name} differs in {extent}."),
    "seed": pattern("What {name} starts from differs in {extent}."),
    "contribute": pattern("What {name} receives through {via} differs in {extent}."),
    "update": pattern("The new {name} differs in {extent}."),
}
WITH: Final = pattern("{one} with {first} and {other} with {second}")
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
        return say(
            "The inputs of {runs} have their values."
            if not other
            else "The inputs of {runs} have their values; {names} differs."
            if len(other) == 1
            else "The inputs of {runs} have their values; {names} differ.",
            runs=listed(self.walk.names),
            names=listed(other),
        )

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
        name, via = self.labels.get(node) or say("this number"), ""
        if first.edge is not None:
            node, via = union.drawn[0][first.edge].source, name
            name = self.labels.get(node) or say("the constant")
        values = self.pair(*brought, node)
        if values is not None:
            return say(BOTH[first.kind], name=name, values=values, via=via)
        found = difference(*brought)
        assert found is not None
        return say(OF_ARRAYS[first.kind], name=name, via=via, extent=self.extent(found, node))

    def extent(self, found: Difference, node: int) -> str:
        """How far two arrays differ: `4 of 9 entries, by up to 0.31 at [2, 1]`."""
        assert found.count is not None and found.largest is not None and found.place is not None
        largest = powers(typeset(number(found.largest, min(self.digits, 3))))
        return say(
            "{differ} of {size:entry|entries}, by up to {largest} at {place}",
            differ=count(found.count),
            size=count(found.size),
            largest=largest,
            place=self.place(found.place, node),
        )

    def place(self, place: tuple[int, ...], node: int) -> str:
        """An entry as its classes call it, else as it is counted from 0: `plane`, `[2, 1]`."""
        if node not in self.walk.scores or not place:
            return f"[{', '.join(map(str, place))}]"
        *outer, last = place
        name = self.walk.classes[last]
        if not outer:
            return name
        return say("{name} of {place}", name=name, place=f"[{', '.join(map(str, outer))}]")

    def pair(self, a: Any, b: Any, node: int) -> str | None:
        """Two values in a sentence: `3 with W₁ and 4 with W₂`; None for arrays of one shape that
        differ.
        """
        first, second = self.walk.names
        found = difference(a, b)
        if found is None:
            one, other = self._exact(0, a), self._exact(1, b)
            return say(WITH, one=one, first=first, other=other, second=second)
        if found.is_none and found.shapes == ((), ()):
            return say("{value} in both", value=self._exact(0, a))
        if found.is_none:
            return say("the same in both")
        if found.shapes == ((), ()):
            exact = any(story.trace.xp.name == "exact" for story in self.stories)
            one, other = (
                (self._exact(0, a), self._exact(1, b))
                if exact
                else apart(float(a), float(b), self.digits)
            )
            return say(WITH, one=one, first=first, other=other, second=second)
        if found.count is None:
            one, other = (say_shape(s) if s else say("a number") for s in found.shapes)
            return say(
                "an array of {one} with {first} and of {other} with {second}",
                one=one,
                first=first,
                other=other,
                second=second,
            )
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
