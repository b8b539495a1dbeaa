"""The steps of one pass, and those along one branch: which steps a drawing keeps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from gradviz.errors import ValueInputError
from gradviz.export.look import Frames
from gradviz.story import walks
from gradviz.trace import Trace
from gradviz.trace.paths import paths
from gradviz.trace.step import Phase
from gradviz.trace.walks import Walk

PASSES: Final[dict[str, tuple[Phase, ...]]] = {
    "both": (),
    "forward": ("forward",),
    "backward": ("seed", "backward"),
}
"""The phases of each pass."""


def narrowed(walk: Walk, wanted: Frames) -> Sequence[int]:
    """The steps of a walk that are wanted of a pass and along a branch, with their numbers in the
    whole walk.

    Raises ValueInputError for a walk that has no such pass or no branches, and what
    `gradviz.trace.paths.paths` or `lit` of the story raises.
    """
    steps: Sequence[int] = range(1, len(walk) + 1)
    if wanted.direction != "both":
        steps = _of_pass(walk, wanted.direction)
    if wanted.branch is None:
        return steps
    along = _along(walk, wanted.branch)
    found = [k for k in steps if k in along]
    if not found:
        raise ValueInputError(
            f"the branch has no step of the {wanted.direction} pass in a walk over {walk.kind}",
            expected="the other direction, or both",
            got=f"branch {wanted.branch:.60}",
        )
    return found


def _of_pass(walk: Walk, which: str) -> list[int]:
    found = [k for k in range(1, len(walk) + 1) if walk.phase(k) in PASSES[which]]
    if found:
        return found
    none = len(walk) and walk.phase(1) == "update"
    raise ValueInputError(
        f"the steps of a walk over {walk.kind} belong to neither pass"
        if none
        else f"this walk has no {which} pass",
        expected="all of its steps, without a direction",
        got=walk.trace.note or f"direction {which}",
    )


def _along(walk: Walk, branch: str) -> Collection[int]:
    """The steps along a branch."""
    if isinstance(walk, Trace):
        return _of_graph(walk, branch)
    story: Any = walks.of(walk)
    if not hasattr(story, "steps_along"):
        raise ValueInputError(
            f"a branch leads from number to number, and a walk over {walk.kind} has other steps",
            expected="the view graph, neurons or matrix",
            got=f"branch {branch:.60}",
        )
    found: Collection[int] = story.steps_along(branch)
    return found


def _of_graph(trace: Trace, branch: str) -> set[int]:
    """The steps that compute the nodes along a branch, after its first, and that bring the gradient
    back along it.
    """
    found = paths(trace, branch)
    ahead = {trace.known_since(edge.target) for edge in found.edges}
    back = {k for edge in found.edges if (k := trace.step_of(edge)) is not None}
    seed = {trace.seed_step} if found.target == trace.graph.output else set[int]()
    return ahead | back | seed
