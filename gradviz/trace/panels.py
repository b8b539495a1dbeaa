"""Two walks that are gone through together, each in a panel of its own.

They keep step: a step of this walk is the next step of each, forward beside forward and backward
beside backward, and one that has come to the end of a pass waits for the other. The passes of one
run can stand beside each other too: step k is then step k of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Final, Literal

from gradviz.arrays.digits import typed, typeset
from gradviz.shown import Shown
from gradviz.trace.pair import source_of
from gradviz.trace.step import Phase
from gradviz.trace.trace import Trace
from gradviz.trace.walks import Walk

Counts = tuple[int, int]
"""So many steps of the first walk, and of the second."""
Rest = Literal["values", "final"]
"""What is shown of a walk that waits: all its values, or all its gradients too."""
PASSES: Final = ("Forward", "Backward")
UNTOLD: Final = ("run 1", "run 2")
"""The names of panels whose own would give hidden numbers away."""
KEYS: Final = ("a", "b")
"""What the ids of each panel begin with."""


@dataclass(frozen=True, eq=False)
class PanelWalk(Shown):
    """The walk (`gradviz.trace.walks`) through two walks at once.

    walks   the walks; `called` what their panels are called.
    told    the inputs whose values they are called by instead: `x = 2, y = 3`.
    passes  whether they are the forward and the backward pass of one walk, which is both of them.
    """

    kind: ClassVar = "panels"

    walks: tuple[Walk, Walk]
    called: tuple[str, str]
    passes: bool = False
    told: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<PanelWalk of {' and '.join(self.names)}: {len(self)} steps>"

    @property
    def names(self) -> tuple[str, str]:
        """What the panels are called, numbers as they are written now."""
        if not self.told:
            return self.called
        first, second = (
            ", ".join(f"{name} = {_said(run, name)}" for name in self.told) for run in self.runs
        )
        return first, second

    @property
    def trace(self) -> Trace:
        """The first run."""
        return self.walks[0].trace

    @property
    def runs(self) -> tuple[Trace, Trace]:
        """Both runs."""
        first, second = self.walks
        return first.trace, second.trace

    @property
    def source(self) -> str:
        """The texts of both graphs, or the one that they have in common."""
        return source_of(self.runs)

    @property
    def has_backward(self) -> bool:
        """Whether either walk has a backward pass."""
        return any(walk.has_backward for walk in self.walks)

    @cached_property
    def forward_steps(self) -> int:
        """The number of steps in which a forward pass is at work."""
        return max(walk.forward_steps for walk in self.walks)

    @cached_property
    def held(self) -> tuple[Counts, ...]:
        """The steps of each walk that are done after step k, from k = 0 on."""
        first, second = map(_ends, self.walks)
        if self.passes:
            forward, last = first[:2]
            return tuple(_together((0, forward), (forward, last)))
        found: list[Counts] = [(0, 0)]
        for ends in zip(first, second, strict=True):
            found += list(_together(found[-1], ends))[1:]
        return tuple(found)

    def __len__(self) -> int:
        return len(self.held) - 1

    def steps(self, number: int) -> tuple[int | None, int | None]:
        """The step of each walk that step `number` is; None for one that waits."""
        if not number:
            return None, None
        done, before = self.held[number], self.held[number - 1]
        return tuple(k if k > b else None for k, b in zip(done, before, strict=True))  # type: ignore[return-value]

    def shown(self, number: int) -> tuple[int | Rest, int | Rest]:
        """What is shown of each walk after step `number`: its step, or what it rests at."""
        return self._shown(number, 0), self._shown(number, 1)

    def _shown(self, number: int, side: int) -> int | Rest:
        step, done, walk = self.steps(number)[side], self.held[number][side], self.walks[side]
        if step is not None or not done:
            return done
        forward, last, _ = _ends(walk)
        if done == forward:
            return "values"
        return "final" if done == last else done

    def phase(self, number: int) -> Phase:
        """What step `number` belongs to, where either walk goes on; `start` for 0."""
        for walk, step in zip(self.walks, self.steps(number), strict=True):
            if step is not None:
                return walk.phase(step)
        return "start"

    def trace_step(self, number: int) -> int:
        """The step of the first run that step `number` belongs to."""
        return self.walks[0].trace_step(self.held[number][0])

    def each(self, change: Callable[[Walk], Walk]) -> PanelWalk:
        """The same with changed walks; one that is both is changed once."""
        first, second = self.walks
        changed = change(first)
        return replace(self, walks=(changed, changed if second is first else change(second)))

    def renamed(self, names: Mapping[str, str]) -> PanelWalk:
        """The same, where inputs of both runs have new names."""
        return replace(self, told=tuple(names.get(name, name) for name in self.told))

    def discreet(self, hidden: Iterable[str]) -> PanelWalk:
        """The same, by names that do not tell what is hidden: `values`, or some inputs."""
        words = {word.removesuffix(":value") for word in hidden}
        if words.isdisjoint(self.told) and not (self.told and "values" in words):
            return self
        return replace(self, called=UNTOLD, told=())


def _said(run: Trace, name: str) -> str:
    """The value of an input as it was typed."""

    def written(plain: Any) -> str:
        if isinstance(plain, list):
            return f"[{', '.join(map(written, plain))}]"
        return typeset(typed(plain, run.dtype))

    return written(run.xp.plain(run.inputs()[name]))


def _ends(walk: Walk) -> tuple[int, int, int]:
    """The last steps of its forward pass, of its backward pass, and of all."""
    return walk.forward_steps, getattr(walk, "pass_steps", len(walk)), len(walk)


def _together(start: Counts, ends: Counts) -> Iterator[Counts]:
    """Both from a start to an end, one step at a time."""
    longest = max(end - begin for begin, end in zip(start, ends, strict=True))
    for k in range(longest + 1):
        first, second = (min(begin + k, end) for begin, end in zip(start, ends, strict=True))
        yield first, second
