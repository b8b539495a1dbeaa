"""LaTeX: the walk told on paper, each sentence with its formula, for handouts and lecture notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from gradviz.arrays.digits import typeset
from gradviz.errors import ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.formats import Format
from gradviz.graph.graph import labels
from gradviz.progress import each
from gradviz.story.formula import Formula
from gradviz.story.languages import babel, say
from gradviz.story.maths import letters, unicode
from gradviz.story.maths.names import QUAD
from gradviz.story.maths.source import Piece, in_latex
from gradviz.story.values import as_typed
from gradviz.story.walks import WalkFrame

MARK: Final = "% made by gradviz; pdflatex or lualatex sets it"
PREAMBLE: Final = r"""\documentclass[11pt]{article}
\usepackage{amsmath}
\usepackage{graphicx}
\usepackage{xcolor}
\usepackage[margin=25mm]{geometry}
\setlength\parindent{0pt}
\setlength\emergencystretch{6em}
\def\gvline#1{\setbox0\hbox{$\displaystyle#1$}% no wider than the page
  \ifdim\wd0>0.85\linewidth \resizebox{0.85\linewidth}{!}{\box0}\else\box0\fi}"""
ROLES: Final = ("value", "gradient", "hot")
LONG: Final = 90
"""A line of more characters than this may be too long for a page."""
MOST_SOURCE: Final = 600


def _write(drawing: Drawing, frames: Sequence[Any]) -> str:
    return "\n".join(_Writer(drawing).lines(frames))


class _Writer:
    """Tells one walk."""

    def __init__(self, drawing: Drawing) -> None:
        assert drawing.walk is not None
        self.drawing, self.walk, self.theme = drawing, drawing.walk, drawing.theme
        found = labels(self.walk.trace.graph).values()
        self.names = [name for name in found if unicode.name(name) != name]

    def lines(self, frames: Sequence[Any]) -> Iterator[str]:
        """The lines of the file."""
        yield from (MARK, PREAMBLE, *_hyphenation(), *self.colours())
        yield from ("\\begin{document}", f"\\section*{{{self.text(self.drawing.title)}}}")
        if given := self.given():
            yield say("at {values}", values=given)
        heading = ""
        for k in each("steps told", frames):
            frame = self.drawing.story.frame(k)
            if frame.heading != heading:
                heading = frame.heading
                yield f"\\subsection*{{{self.text(heading)}}}"
            yield from self.step(frame)
        yield from ("\\end{document}", "")

    def colours(self) -> Iterator[str]:
        """The colours of numbers in formulas."""
        for role in ROLES:
            colour = self.theme.colour(self.theme.looks[role].fill)
            yield f"\\definecolor{{gv-{role}}}{{HTML}}{{{colour.removeprefix('#')}}}"

    def given(self) -> str:
        """The inputs, as they are typed."""
        trace = self.walk.trace
        typed = (
            f"{name} {as_typed(trace.xp, value, trace.dtype, self.drawing.look.digits)}"
            for name, value in trace.inputs().items()
        )
        return self.text(typeset(", ".join(typed)))

    def step(self, frame: WalkFrame) -> Iterator[str]:
        """A sentence, and the equation below it."""
        number = f"\\textbf{{{frame.number}}}\\quad " if frame.focus is not None else ""
        yield f"\n{number}{self.text(frame.sentence)} {self.text(frame.note)}".rstrip()
        rows = list(self.rows(frame.formula)) if frame.formula is not None else []
        added = frame.accumulation
        if added is not None and frame.branch is not None:
            rows.append(f"{self.maths((added.left,))} &:\\ {self.maths((added.written,))}")
        if rows:
            yield from (
                "\\begin{align*}",
                " \\\\\n".join(f"  {row}" for row in rows),
                "\\end{align*}",
            )

    def rows(self, formula: Formula) -> Iterator[str]:
        """The lines of a formula, in line at their signs."""
        for line in formula.lines:
            pieces = line[1:] if line[0] is QUAD else line
            left = self.maths(pieces[:1]) if len(pieces) > 2 else ""
            right = self.maths(pieces[1:] if left else pieces)
            yield f"{left} &" + (f"\\gvline{{{{}}{right}}}" if len(right) > LONG else right)

    def maths(self, pieces: tuple[Piece, ...]) -> str:
        """A part of a formula."""
        return _settable(letters.maths(in_latex(pieces, _painted)), in_latex(pieces))

    def text(self, said: str) -> str:
        """Words, with names as formulas write them."""
        said = said if len(said) <= MOST_SOURCE else said[: MOST_SOURCE - 1] + "…"
        return _settable(letters.text(unicode.named(said, self.names)), said)


def _painted(role: str, source: str) -> str:
    return f"\\textcolor{{gv-{role}}}{{{source}}}"


def _settable(written: str | None, said: str) -> str:
    """What is written. Raises ValueInputError if LaTeX's own fonts lack a letter of it."""
    if written is None:
        lacking = "".join(dict.fromkeys(c for c in said if letters.text(c) is None))
        raise ValueInputError(
            f"the fonts of LaTeX have no glyph for {lacking:.20}",
            where=f"in the text {said!r:.60}",
            expected="Latin and Greek letters, and signs",
            hint="--rename NODE=NAME, or slides (.tex), which draw such letters as outlines",
        )
    return written


def _hyphenation() -> Iterator[str]:
    """How LaTeX parts the words of a language, where it knows."""
    if name := babel():
        yield f"\\IfFileExists{{{name}.ldf}}{{\\usepackage[{name}]{{babel}}}}{{}}"


FORMAT = Format(
    suffixes=(".ltx",),
    holds="frames",
    draws=("colours", "numbers", "names", "classes", "said"),
    write=_write,
    is_ours=lambda data: data.startswith(MARK.encode()),
    bare=False,
)
