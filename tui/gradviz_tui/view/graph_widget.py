"""The graph: one widget that draws the rows in view from the character scene."""

from __future__ import annotations

from collections import OrderedDict

from rich.segment import Segment
from textual.events import Click, MouseScrollDown, MouseScrollLeft, MouseScrollRight, MouseScrollUp
from textual.geometry import Offset, Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gradviz.layout.grid import Canvas, Changes, Paint, Placed
from gradviz.scene.characters import CharacterScene, Marked
from gradviz.story.frame import Frame
from gradviz_tui.view import areas, palette
from gradviz_tui.view.lines_widget import stretches

KEPT = 512
"""Strips kept for drawing again."""
NOTHING = Changes((), ())


class GraphView(ScrollView, inherit_bindings=False, can_focus=False):
    """The picture of one scene, frame after frame; only what is in view is composed."""

    DEFAULT_CSS = "GraphView { height: 1fr; scrollbar-size: 1 1; overflow: auto auto; }"

    class Picked(Message):
        """A node was clicked; None for the ground."""

        def __init__(self, node: int | None) -> None:
            super().__init__()
            self.node = node

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.scene: CharacterScene | None = None
        self.colours = "dark"
        self._canvas: Canvas | None = None
        self._frame: Frame | None = None
        self._marked = Marked()
        self._strips: OrderedDict[tuple[int, int, int], Strip] = OrderedDict()

    def show_scene(self, scene: CharacterScene, frame: Frame, marked: Marked) -> None:
        """Take another picture."""
        from textual.geometry import Size

        self.scene, self._frame, self._marked = scene, frame, marked
        self._canvas = Canvas(scene.layout, Paint())
        self._canvas.show(scene.paint(frame, marked), NOTHING)
        self._strips.clear()
        self.virtual_size = Size(scene.layout.width, scene.layout.height)
        self.refresh()

    def show_frame(self, frame: Frame, marked: Marked) -> None:
        """Show a frame of the scene; only the rows that it changes are drawn."""
        if self.scene is None or self._canvas is None or self._frame is None:
            return
        changes = self.scene.changes(self._frame, frame)
        if marked != self._marked and changes is not None:
            both = {self._marked.selected, marked.selected} - {None}
            boxes = [
                *changes.boxes,
                *both,
                *(self._marked.broken ^ marked.broken),
                *(self._marked.changed ^ marked.changed),
            ]
            changes = Changes(boxes, changes.labels)  # type: ignore[arg-type]
        turned = self._canvas.paint.flow
        self._frame, self._marked = frame, marked
        rows = self._canvas.show(self.scene.paint(frame, marked), changes or NOTHING)
        if changes is None or turned != self._canvas.paint.flow:
            self._strips.clear()
            self.refresh()
            return
        top, _ = self._origin
        for key in [key for key in self._strips if key[0] in rows]:
            del self._strips[key]
        seen = sorted(y - top for y in rows if 0 <= y - top < self.size.height)
        for first, count in stretches(seen):
            self.refresh(Region(0, first, self.size.width, count))

    def look(self, colours: str, ascii: bool) -> None:
        """Change the colours; scroll bars are no ASCII, so there are none then."""
        self.colours = colours
        self.styles.scrollbar_size_vertical = self.styles.scrollbar_size_horizontal = (
            0 if ascii else 1
        )
        self._strips.clear()
        self.refresh()

    @property
    def room(self) -> tuple[int, int]:
        """The columns and rows beside the scroll bars."""
        if self.scene is None or not self.styles.scrollbar_size_vertical:
            return self.size
        return areas.beside_bars(*self.size, (self.scene.layout.width, self.scene.layout.height))

    @property
    def _origin(self) -> tuple[int, int]:
        """The row and the column of the picture at the top left of the view; a small picture stands
        in the middle.
        """
        if self.scene is None:
            return 0, 0
        layout, (width, height), (x, y) = self.scene.layout, self.room, self.scroll_offset
        return areas.begins(y, height, layout.height), areas.begins(x, width, layout.width)

    def render_line(self, y: int) -> Strip:
        """One row of the view."""
        width, looks = self.size.width, palette.styles(self.colours)
        if self._canvas is None or self.scene is None:
            return Strip([Segment(" " * width, looks[""])], width)
        top, left = self._origin
        key = (y + top, left, width)
        if key in self._strips:
            self._strips.move_to_end(key)
            return self._strips[key]
        runs = self._canvas.row(y + top, left, left + width, ascii=self.scene.ascii)
        strip = Strip(
            [Segment(text, looks.get(role, looks["plain"])) for text, role in runs], width
        )
        self._strips[key] = strip
        if len(self._strips) > KEPT:
            self._strips.popitem(last=False)
        return strip

    def box(self, node: int) -> Placed | None:
        """Where a node stands."""
        return self.scene.layout.boxes.get(node) if self.scene else None

    def node_at(self, place: Offset) -> int | None:
        """The node under a cell of the view."""
        if self.scene is None:
            return None
        top, left = self._origin
        x, y = place.x + left, place.y + top
        boxes = self.scene.layout.boxes.items()
        return next(
            (n for n, b in boxes if b.x <= x < b.x + b.width and b.y <= y < b.y + b.height), None
        )

    def reveal(self, node: int, *also: int) -> None:
        """Have a node, and if there is room others, in the view; those that are not come to its
        middle.
        """
        boxes = [box for n in (node, *also) if (box := self.box(n)) is not None]
        if boxes and self.size:
            x, y = areas.reveal(boxes, self.scroll_offset, self.room)
            self.scroll_to(x, y, animate=False, immediate=True)

    def centre(self, node: int) -> None:
        """Move the view so that a node stands in its middle."""
        box = self.box(node)
        if box is not None:
            width, height = self.room
            x, y = box.x + box.width // 2 - width // 2, box.y + box.height // 2 - height // 2
            self.scroll_to(x, y, animate=False, immediate=True)

    def pan(self, dx: int, dy: int) -> None:
        """Move the view by steps of an eighth."""
        x = self.scroll_offset.x + dx * max(4, self.size.width // 8)
        y = self.scroll_offset.y + dy * max(2, self.size.height // 8)
        self.scroll_to(x, y, animate=False, immediate=True)

    def nearest(self, node: int, dx: int, dy: int) -> int | None:
        """The node that stands next in a direction."""
        here = self.box(node)
        if here is None or self.scene is None:
            return None
        best: tuple[float, int] | None = None
        for other, box in self.scene.layout.boxes.items():
            along_x, along_y = (
                (box.x - here.x) / 2,
                box.y + box.height / 2 - here.y - here.height / 2,
            )
            ahead = along_x * dx + along_y * dy
            if other == node or ahead <= 0:
                continue
            aside = abs(along_y if dx else along_x)
            if best is None or (ahead + 2 * aside, other) < best:
                best = ahead + 2 * aside, other
        return best[1] if best else None

    def on_click(self, event: Click) -> None:
        """Choose the node under the pointer."""
        self.post_message(
            self.Picked(self.node_at(event.get_content_offset(self) or Offset(-1, -1)))
        )

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the picture."""
        event.stop()
        self.pan(*((1, 0) if event.shift else (0, 1)))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move the picture."""
        event.stop()
        self.pan(*((-1, 0) if event.shift else (0, -1)))

    def on_mouse_scroll_left(self, event: MouseScrollLeft) -> None:
        """Move the picture."""
        event.stop()
        self.pan(-1, 0)

    def on_mouse_scroll_right(self, event: MouseScrollRight) -> None:
        """Move the picture."""
        event.stop()
        self.pan(1, 0)
