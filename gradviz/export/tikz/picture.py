"""A whole file: a document that compiles by itself, or a picture for a document of one's own.

Its unit is `\\gvunit`, so its coordinates are those of the scene: x to the right, y downwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from gradviz.errors import LayoutError
from gradviz.export.tikz.items import Items, name
from gradviz.export.tikz.overlays import blocks, overlaid
from gradviz.export.tikz.paths import n
from gradviz.scene.model import Scene

MARK: Final = "made by gradviz"
SLIDES: Final = {960: "169", 720: "43"}
"""Beamer's names of slides by their widths in points."""
MILLIMETRES: Final = 160 / 960
"""How large a unit is on a page that is not a slide."""
LARGEST: Final = 5_700.0
"""The longest side of a page in millimetres, a limit of TeX."""
NATURAL: Final = "0.6pt"
"""How large a unit is in a document of one's own, where there is room."""
HIGHEST: Final = "0.75"
"""The share of a page's height that a picture in a document of one's own takes at most."""
LONGEST_REMARK: Final = 110

DOCUMENT: Final = (
    "pdflatex or lualatex makes slides of this file, with beamer and tikz.",
    "Every part has a name. To point at one, after the picture (run LaTeX twice):",
    r"\tikz[remember picture, overlay] \draw[->] (0,0) -- ({name});",
)
FRAGMENT: Final = (
    r"\input this file in a frame of your own, with tikz and amsmath; steps need beamer.",
    r"It is as large as fits; \def\gradvizwidth{{8cm}} before \input gives it a width.",
    *DOCUMENT[1:],
)
"""What a reader of the file should know."""
PREAMBLE: Final = r"""\documentclass[aspectratio={shape}]{{beamer}}
\usepackage{{tikz}}
\usepackage{{amsmath}}
\usefonttheme[onlymath]{{serif}}
\setbeamertemplate{{navigation symbols}}{{}}
\setbeamersize{{text margin left=0pt, text margin right=0pt}}"""
STYLES: Final = r"""\tikzset{{
  gv picture/.style={{x=\gvunit, y=-\gvunit, remember picture}},
  gv box/.style n args={{3}}{{shape=rectangle, inner sep=0pt, minimum width=#1\gvunit,
    minimum height=#2\gvunit, rounded corners=#3\gvunit}},
  gv circle/.style={{shape=circle, inner sep=0pt, minimum size=#1\gvunit}},
  gv cell/.style={{fill=#1, draw=#1, line width=0.1\gvunit}},
  gv image/.style={{inner sep=0pt, outer sep=0pt}},
  gv text/.style={{inner sep=0pt, outer sep=0pt, anchor=base,
    font=\sffamily\fontsize{{10.95}}{{13}}\selectfont}},
  gv bold/.style={{font=\sffamily\bfseries\boldmath\fontsize{{10}}{{12}}\selectfont}},
  gv maths/.style={{font=\fontsize{{10}}{{12}}\selectfont}},
  gv size/.style={{scale=#1*\gvunit/10pt}},
{styles}}}
% A text, a formula that is at most as wide (and as high) as was measured, in points at 10pt
\def\gvfit#1#2{{\setbox0\hbox{{#2}}\ifdim\wd0>#1pt \resizebox{{#1pt}}{{!}}{{\box0}}\else\box0\fi}}
\def\gvmaths#1#2#3{{\setbox0\hbox{{$\displaystyle #3$}}%
  \ifdim\wd0>#1pt \setbox0\hbox{{\resizebox{{#1pt}}{{!}}{{\box0}}}}\fi
  \ifdim\dimexpr\ht0+\dp0\relax>#2pt \resizebox*{{!}}{{#2pt}}{{\box0}}\else\box0\fi}}
"""
UNIT: Final = r"\ifdefined\gvunit\else\newdimen\gvunit\fi"


def document(scenes: Sequence[Scene], items: Items, about: Sequence[str]) -> str:
    """A document of a slide for each scene, on pages of their size; `about` is said at the top.

    Raises LayoutError for a page longer than TeX allows.
    """
    first = scenes[0]
    slide = SLIDES.get(round(first.width)) if first.slide and first.zoom == 1 else None
    lines = [*_remarks(about, DOCUMENT, scenes), PREAMBLE.format(shape=slide or "169")]
    if slide is None:
        lines.append(f"\\geometry{{papersize={{{','.join(_paper(scenes))}}}}}")
    body = picture(scenes, items)
    if not items.theme.transparent:
        lines.append(f"\\setbeamercolor{{background canvas}}{{bg={items.colour('ground')}}}")
    lines += [UNIT, f"\\gvunit={_share('paperwidth', first.width)}", *_declared(items)]
    lines += ["\\begin{document}", "\\begin{frame}[plain,fragile]", *body]
    return "\n".join([*lines, "\\end{frame}", "\\end{document}", ""])


def fragment(scenes: Sequence[Scene], items: Items, about: Sequence[str]) -> str:
    """One picture, to be read by `\\input`; of several scenes, with overlays."""
    width, height = scenes[0].width, scenes[0].height
    ground = None if items.theme.transparent else items.colour("ground")
    body = picture(scenes, items, ground)
    start = [
        "\\begingroup",
        UNIT,
        f"\\gvunit={NATURAL}\\relax",
        f"\\ifdim{n(width)}\\gvunit>\\linewidth \\gvunit={_share('linewidth', width)}\\fi",
        f"\\ifdim{n(height)}\\gvunit>{HIGHEST}\\textheight"
        f" \\gvunit={_share('textheight', height, HIGHEST)}\\fi",
        f"\\ifdefined\\gradvizwidth \\gvunit={_share('gradvizwidth', width)}\\fi",
        *_declared(items),
    ]
    code = _without_spaces("\n".join(start)), "\n".join(body) + "%", "\\endgroup%", ""
    return "\n".join([*_remarks(about, FRAGMENT, scenes), *code])


def _without_spaces(code: str) -> str:
    """Code whose ends of lines are no spaces in the paragraph around it."""
    return "\n".join(line if "%" in line else f"{line}%" for line in code.split("\n"))


def picture(scenes: Sequence[Scene], items: Items, ground: str | None = None) -> list[str]:
    """The picture of all scenes, each a slide of its overlays, in the box of the first."""
    rows = overlaid(map(items.of, scenes))
    corner = f"({n(scenes[0].width)},{n(scenes[0].height)})"
    lines = ["\\begin{tikzpicture}[gv picture]"]
    lines.append(f"\\useasboundingbox (0,0) rectangle {corner};")
    if ground:
        lines.append(f"\\fill[{ground}] (0,0) rectangle {corner};")
    for slides, drawn in blocks(rows, len(scenes)):
        code = [line for one in drawn for line in one.code.split("\n")]
        if slides and len(code) == 1:
            lines.append(f"\\only<{slides}>{{{code[0]}}}")
        else:
            lines += (
                [f"\\only<{slides}>{{", *(f"  {line}" for line in code), "}"] if slides else code
            )
    return [*lines, "\\end{tikzpicture}"]


def _paper(scenes: Sequence[Scene]) -> list[str]:
    """The width and the height of the pages. Raises LayoutError if they are too large."""
    sides = [
        max(getattr(scene, side) * scene.zoom for scene in scenes) * MILLIMETRES
        for side in ("width", "height")
    ]
    if max(sides) > LARGEST:
        raise LayoutError(
            "the drawing is too large for a page of TeX",
            expected=f"at most {LARGEST:,.0f} mm wide and high",
            got=" by ".join(f"{side:,.0f}" for side in sides) + " mm",
            hint="a smaller --width, or a smaller part of the graph",
        )
    return [f"{n(side)}mm" for side in sides]


def _declared(items: Items) -> list[str]:
    """The colours and the styles that the picture uses."""
    colours = [f"\\definecolor{{{k}}}{{HTML}}{{{v}}}" for k, v in sorted(items.colours.items())]
    styles = "".join(f"  {name}/.style={{{look}}},\n" for name, look in items.styles.items())
    return [*colours, STYLES.format(styles=styles).rstrip()]


def _share(length: str, units: float, of: str = "") -> str:
    """The unit in which a length has so many of them."""
    return f"\\dimexpr{of}\\{length}*100/{math.ceil(units * 100)}\\relax"


def _remarks(about: Sequence[str], usage: Sequence[str], scenes: Sequence[Scene]) -> list[str]:
    """The remarks at the top: what this is, how it is used, what each slide shows."""
    ids = [item.id for item in scenes[-1].items]
    named = next((i for i in ids if i.endswith(("-gate", "-value"))), (ids or ["x"])[-1])
    said = [*about, *(line.format(name=name(named)) for line in usage)]
    if len(scenes) > 1:
        said += [f"slide {k}: {scene.heading}" for k, scene in enumerate(scenes, 1)]
    return [f"% {_short(line)}" for line in said]


def _short(said: str) -> str:
    """A remark on one line."""
    said = " ".join(said.split())
    return said if len(said) <= LONGEST_REMARK else said[: LONGEST_REMARK - 1] + "…"
