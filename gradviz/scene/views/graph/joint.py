"""Figures of several runs of one graph, which have room in the same places."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradviz.graph.graph import Edge
from gradviz.scene.blocks import Block
from gradviz.scene.views.graph.values import Figures
from gradviz.story.frame import Story


class JointFigures(Figures):
    """What a layout has to find room for: the numbers of all runs. `own` draws those of one."""

    def __init__(
        self,
        stories: Sequence[Story],
        images: Collection[int] = (),
        digits: int | None = None,
        brief: bool = False,
    ) -> None:
        super().__init__(stories[0], images, digits, brief)
        self.each = [Figures(story, images, digits, brief) for story in stories]

    def own(self, story: Story) -> Figures:
        """The figures of one of the stories."""
        return next(figures for figures in self.each if figures.story is story)

    def value(self, node: int) -> Block:
        """The widest value of a node."""
        return max((own.value(node) for own in self.each), key=lambda block: block.width)

    def values(self, node: int) -> list[Block]:
        """A node's value in all runs at every moment."""
        return [block for own in self.each for block in own.values(node)]

    def gradients(self, node: int) -> list[Block]:
        """A node's gradient in all runs at every moment."""
        return [block for own in self.each for block in own.gradients(node)]

    def contribution(self, edge: Edge, alone: bool = False) -> Block | None:
        """The widest of what an edge brings to a branch; None if it brings nothing in any run."""
        made = [block for own in self.each if (block := own.contribution(edge, alone))]
        return max(made, key=lambda block: block.width, default=None)

    def notes(self, node: int) -> list[str]:
        """The longest notes that will ever stand under a branching node's gradient."""
        return [note for own in self.each for note in own.notes(node)]

    def has_wide_note(self, node: int) -> bool:
        """Whether a note under a node's gradient is wider than the numbers above it."""
        return any(own.has_wide_note(node) for own in self.each)
