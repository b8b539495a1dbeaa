"""DOT: the graph with everything that a frame shows, for Graphviz to draw and users to restyle.

A node is an HTML-like label with a cell for each operand (`in0`, `in1`, …) with its
contribution, the gate, and a cell `out` with the value above the wire and the gradient below it.
"""

from __future__ import annotations

import html
import re
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import graphviz
from graphviz.backend import dot_command

from gradviz.arrays.digits import number, typeset
from gradviz.errors import ValueInputError
from gradviz.export.drawing import Drawing, written
from gradviz.export.formats import Format
from gradviz.export.look import USUAL, Look
from gradviz.graph.graph import CONSTANT, INPUT, Edge, Graph, Node, labels
from gradviz.layout import engines
from gradviz.ops.op import say_shape
from gradviz.scene.hidden import Hidden, known_before, moment_of
from gradviz.scene.spotlight import BACK
from gradviz.scene.views.graph import measure as forms
from gradviz.story.frame import Frame
from gradviz.story.languages import pattern, say
from gradviz.story.maths import unicode
from gradviz.story.paths import told
from gradviz.story.values import briefly
from gradviz.trace import Trace
from gradviz.trace.paths import paths

MARK = "made by gradviz"
FONT = "Helvetica,Arial,sans-serif"
CAPTION_COLUMNS = 90
UNDRAWABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML, and so an HTML-like label, does not allow."""

HIDDEN: Final = {"value": pattern("value hidden"), "gradient": pattern("gradient hidden")}
KNOWN: Final = {"value": pattern("value {value}"), "gradient": pattern("gradient {gradient}")}
"""What is said of a number of a node."""


def to_dot(
    subject: Trace | Graph, look: Look = USUAL, *, step: int | str | None = None
) -> graphviz.Source:
    """The DOT source of a trace at a step (the last by default), or of a graph without values.

    A notebook draws the result, with the bundled engine if the machine has no Graphviz.
    Raises ValueInputError for a step beyond the end, and for paths and hidden numbers of a graph
    without values, UnknownNameError for an unknown theme, a number to hide or a path that does not
    exist.
    """
    drawing = Drawing(subject, look)
    if look.answers:
        raise ValueInputError(
            "a question and its answer are two pictures",
            expected="hide, without answers",
            got="answers",
            hint='gv.render(…, "step-{k}.dot", answers=True) writes both',
        )
    frame = None
    if drawing.walk is not None:
        if look.paths is not None and step not in (None, "final"):
            raise ValueInputError(
                "paths are shown at the end of a run, where every gradient is known",
                expected="no choice of a step, or step final",
                got=step,
            )
        last = drawing.total if look.paths is None else "final"
        frame = _frame(drawing, last if step is None else step)
    elif look.hide or look.paths is not None:
        raise ValueInputError(
            "a graph without values has no numbers to hide and no paths",
            hint="give a value for every input",
        )
    elif step is not None:
        raise ValueInputError(
            "a graph without values has no steps", got=step, hint="give a value for every input"
        )
    if shutil.which("dot") is None and (here := engines.graphviz.bundled()):
        dot_command.DOT_BINARY = Path(here[0].path)
    with written(subject, look):
        return graphviz.Source(_Writer(drawing, frame).source())


def _write(drawing: Drawing, frames: Sequence[Any]) -> str:
    shown = frames[0] if frames else 0
    frame = _frame(drawing, moment_of(shown)) if frames else None
    return _Writer(drawing, frame, shown).source()


def _frame(drawing: Drawing, k: Any) -> Frame:
    """The frame of a graph walk, the only kind of walk that is drawn here."""
    return cast(Frame, drawing.story.frame(k))


class _Writer:
    """Writes one frame, or the bare graph for None."""

    def __init__(self, drawing: Drawing, frame: Frame | None, shown: Any = 0) -> None:
        self.graph, self.theme = drawing.graph, drawing.theme
        self.labels, look = labels(self.graph), drawing.look
        self.hidden: Hidden = frozenset()
        self.lit: frozenset[Edge] = frozenset()
        if frame is not None and look.paths is not None:
            found = paths(frame.trace, look.paths)
            self.lit, frame = found.edges, told(frame.story, found)
        if frame is not None:
            curtain = drawing.curtain
            self.hidden, frame = curtain.without(shown), curtain.told(frame, shown)
        self.spot = drawing.spot
        self.frame, self.seen = frame, known_before(shown)

    def source(self) -> str:
        dot = graphviz.Digraph(comment=MARK)
        dot.attr(
            "graph",
            rankdir="LR",
            bgcolor="transparent" if self.theme.transparent else self.theme.colour("ground"),
            nodesep="0.3",
            ranksep="0.6",
            fontname=FONT,
            fontsize="14",
            fontcolor=self.theme.colour("ink"),
            labelloc="b",
            **self.caption(),
        )
        dot.attr(
            "node",
            shape="plain",
            color=self.line("wire")["color"],
            fontname=FONT,
            fontsize="13",
            fontcolor=self.theme.colour("ink"),
        )
        dot.attr("edge", arrowsize="0.6", **self.line("wire"))
        for node in self.graph.nodes:
            dot.node(
                f"n{node.id}", self.card(node), tooltip=graphviz.escape(_clean(self.said(node)))
            )
        for edge in self.graph.edges:
            ends = f"n{edge.source}:out:e", f"n{edge.target}:in{edge.slot}:w"
            dot.edge(*ends, **self.wire(edge))
        return str(dot.source)

    def caption(self) -> dict[str, str]:
        """The caption of this step, below the picture."""
        if self.frame is None:
            return {}
        head = f"<B>{self.frame.heading}</B>"
        if self.frame.moment is None:
            number, total = self.frame.number, self.frame.total
            head += f"  {say('step {number} of {total}', number=number, total=total)}"
        lines = textwrap.wrap(self.frame.sentence, CAPTION_COLUMNS, break_long_words=False)
        return {"label": f"<{'<BR/>'.join([head, *map(_text, lines)])}>"}

    def line(self, role: str) -> dict[str, str]:
        look = self.theme.looks[role]
        dashed = {"style": "dashed"} if look.dash else {}
        return {"color": self.theme.colour(look.stroke), "penwidth": f"{look.width:g}"} | dashed

    def wire(self, edge: Edge) -> dict[str, str]:
        """How an edge differs from the others in this step."""
        frame = self.frame
        if not self.is_lit(edge.source, edge.target):
            return self.line("wire back")
        if frame is None:
            return {}
        if self.lit:
            return self.line("wire hot" if edge in self.lit else "wire")
        if frame.edge is not None:
            return self.line("wire hot") | {"dir": "back"} if edge == frame.edge else {}
        if frame.phase == "forward" and edge.target == frame.focus:
            return self.line("wire hot")
        return self.line("wire quiet") if frame.node(edge.source).state == "unknown" else {}

    def card(self, node: Node) -> str:
        """The label of a node: its operands, gate and trunk; below, its name, shape and sum."""
        rows = max(1, len(node.inputs))
        operands = [self.operand(Edge(s, node.id, slot)) for slot, s in enumerate(node.inputs)]
        table = [
            [*operands[:1], self.gate(node, rows), self.trunk(node, rows)],
            *([o] for o in operands[1:]),
        ]
        below = self.below(node)
        if any(below):
            table.append([*(_cell("") for _ in operands[:1]), *map(_cell, below)])
        return f"<{_table(table, CELLPADDING=3)}>"

    def operand(self, edge: Edge) -> str:
        """The cell at which an edge arrives, with its contribution."""
        frame = self.frame
        brought = frame.contribution(edge) if frame else None
        arrived = frame.trace.step_of(edge) or 0 if frame else 0
        if brought is not None and (edge.source, "gradient") in self.hidden and arrived > self.seen:
            return _cell(self.blank(), PORT=f"in{edge.slot}")
        hot = frame is not None and edge == frame.edge
        role = "hot" if hot else "gradient"
        if not self.is_lit(edge.source, edge.target):
            role, hot = BACK, False
        shown = "" if brought is None else self.number(brought, role, bold=hot)
        return _cell(shown, PORT=f"in{edge.slot}")

    def gate(self, node: Node, rows: int) -> str:
        """An op's symbol in a frame, or a leaf's name."""
        if node.is_leaf:
            return _cell(_italic(self.inked(node, _text(self.labels.get(node.id, "")))))
        frame, role = self.frame, "gate"
        if frame is not None:
            unknown = frame.node(node.id).state == "unknown"
            role = "gate hot" if frame.focus == node.id else "gate quiet" if unknown else "gate"
        look = self.theme.looks[role if self.is_lit(node.id) else "gate back"]
        return _cell(
            self.inked(node, f"<B>{_text(self.graph.symbol(node.id))}</B>{self.about(node)}"),
            ROWSPAN=rows,
            BORDER=max(1, round(look.width)),
            STYLE="ROUNDED",
            COLOR=self.theme.colour(look.stroke),
            BGCOLOR=self.theme.colour(look.fill),
            CELLPADDING=8,
        )

    def about(self, node: Node) -> str:
        """On the card of a folded scope, below its title: output shape and parameter count."""
        if not self.graph.op(node).hidden:
            return ""
        sheet = forms.sheet(node, node.options["title"])
        return "".join(f'<BR/><FONT POINT-SIZE="11">{_text(line)}</FONT>' for line in sheet.lines)

    def trunk(self, node: Node, rows: int) -> str:
        """The value above the wire, the gradient below it; a bare graph has neither."""
        if self.frame is None:
            return _cell(
                "" if node.id in self.labels else _text(_constant(node)), ROWSPAN=rows, PORT="out"
            )
        state, rules = self.frame.node(node.id), self.frame.story.rules
        lit = self.is_lit(node.id)
        shown = [
            " "
            if value is None
            else self.blank()
            if (node.id, role) in self.hidden
            else self.number(value, role if lit else BACK, digits, bold=lit)
            for value, role, digits in (
                (state.value, "value", rules.hand.digits_of(node.id)),
                (state.gradient, "gradient", rules.digits),
            )
        ]
        return _cell(
            _table([[_cell(s)] for s in shown], "<HR/>", CELLPADDING=1), ROWSPAN=rows, PORT="out"
        )

    def below(self, node: Node) -> tuple[str, str]:
        """The texts below the gate and below the trunk."""
        is_card = not node.is_leaf and self.graph.op(node).hidden
        label = self.labels.get(node.id, "")
        name = (
            ""
            if node.is_leaf or (is_card and label == self.graph.symbol(node.id))
            else _italic(_text(label))
        )
        shape = (
            _text(say("shape {shape}", shape=say_shape(node.shape)))
            if node.shape and not is_card
            else ""
        )
        branch = self.frame.branch_at(node.id) if self.frame else None
        is_told = branch is not None and (node.id, "gradient") not in self.hidden
        note = branch.note if branch is not None and is_told else ""
        return self.small(" ".join(filter(None, [name, shape]))), self.small(_text(note))

    def is_lit(self, *nodes: int) -> bool:
        """Whether a node, or a wire by its ends, is in the light."""
        return self.spot is None or self.spot.issuperset(nodes)

    def inked(self, node: Node, content: str) -> str:
        """What is written in ink, or in grey where the spotlight is elsewhere."""
        if self.is_lit(node.id) or not content:
            return content
        colour = self.theme.colour(self.theme.looks[BACK].fill)
        return f'<FONT COLOR="{colour}">{content}</FONT>'

    def small(self, text: str) -> str:
        return (
            f'<FONT POINT-SIZE="11" COLOR="{self.theme.colour("muted")}">{text}</FONT>'
            if text
            else ""
        )

    def blank(self) -> str:
        """A box to fill in."""
        colour = self.theme.colour(self.theme.looks["ring"].stroke)
        return _table([[_cell(self.paint("?", "muted", False), WIDTH=34)]], BORDER=1, COLOR=colour)

    def number(self, value: Any, role: str, digits: int | None = None, *, bold: bool) -> str:
        """A number, a small array as a table, a larger one in a few words."""
        assert self.frame is not None
        maths = self.frame.story.rules.shown(value, digits=digits)
        if maths.kind == "grid":
            texts = [[typeset(cell.text) for cell in row.parts] for row in maths.parts]
            rows = [
                [_cell(self.paint(text, role, bold), ALIGN="RIGHT") for text in row]
                for row in texts
            ]
            return _table(rows, BORDER=1, COLOR=self.theme.colour("line"), CELLPADDING=2)
        return self.paint(unicode.text(maths).replace(", ", ",\n"), role, bold)

    def paint(self, text: str, role: str, bold: bool) -> str:
        look = self.theme.looks[role]
        painted = f'<FONT COLOR="{self.theme.colour(look.fill)}">{_text(text)}</FONT>'
        return (
            f"<B>{painted}</B>"
            if (look.weight in ("semibold", "bold") if look.weight else bold)
            else painted
        )

    def said(self, node: Node) -> str:
        """The node in words, for its tooltip."""
        name = self.labels.get(node.id, "")
        made = (
            say("input")
            if node.op == INPUT
            else say("constant")
            if node.op == CONSTANT
            else node.options.get("detail", node.op)
        )
        state = self.frame.node(node.id) if self.frame else None
        known = [] if state is None else [("value", state.value), ("gradient", state.gradient)]
        rules = self.frame.story.rules if self.frame else None
        parts = [
            say(HIDDEN[what])
            if (node.id, what) in self.hidden
            else say(KNOWN[what], **{what: briefly(rules.xp, v, "alt", rules.digits)})
            for what, v in known
            if rules and v is not None
        ]
        return ", ".join([f"{name}: {made}" if name else made, *parts])


def _constant(node: Node) -> str:
    value = node.options["value"]
    return {"pi": "π"}.get(value, value) if isinstance(value, str) else typeset(number(value))


def _cell(content: str, **attributes: object) -> str:
    return f"<TD{_attributes(attributes)}>{content}</TD>"


def _table(rows: Sequence[Sequence[str]], between: str = "", **attributes: object) -> str:
    given = {"BORDER": 0, "CELLBORDER": 0, "CELLSPACING": 0} | attributes
    body = between.join("<TR>" + "".join(row) + "</TR>" for row in rows)
    return f"<TABLE{_attributes(given)}>{body}</TABLE>"


def _attributes(given: Mapping[str, object]) -> str:
    return "".join(f' {name}="{value}"' for name, value in given.items() if value != "")


def _italic(text: str) -> str:
    return f"<I>{text}</I>" if text else ""


def _clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return UNDRAWABLE.sub("\ufffd", text)


def _text(text: str) -> str:
    """Text inside a label: every character stands for itself, a new line starts one."""
    lines = html.escape(_clean(text)).replace("\\", r"\\").replace("\t", " ").splitlines()
    return "<BR/>".join(line or " " for line in lines)


FORMAT = Format(
    suffixes=(".dot", ".gv"),
    holds="frame",
    draws=("colours", "numbers", "names", "marks"),
    write=_write,
    is_ours=lambda data: data.startswith(f"// {MARK}\n".encode()),
    inside=False,
)
