"""`gradviz doctor`: what is installed on this machine, and what each missing piece would add."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

import click

from gradviz import __version__
from gradviz.cli.output import columns, encoding_of, needs_ascii, write_lines
from gradviz.errors import BackendError, GradvizError
from gradviz.export.reports.text import HEADING, MUTED, WARNING, Line

AGAIN = "pip install gradviz-explainer"
FFMPEG = 'apt install ffmpeg, brew install ffmpeg, or pip install "gradviz-explainer[video]"'
CUDA = 'pip install "gradviz-explainer[cuda]"'


class Finding(NamedTuple):
    """One piece.

    group  the heading it is listed under.
    name   the name it is known by.
    found  its version or state; empty where it is missing.
    gives  what it does, or would do, for gradviz.
    get    how to install it, if it is missing.
    needed gradviz does not work without it.
    """

    group: str
    name: str
    found: str
    gives: str
    get: str = ""
    needed: bool = False


PACKAGES = (
    ("click", "the command line", True),
    ("numpy", "arrays: every number is computed with it", True),
    ("sympy", "exact fractions and symbols; the exact gradients of gradviz check", True),
    ("msgspec", "reading saved traces", True),
    ("fonttools", "subsetting fonts to the letters that a picture uses", False),
    ("graphviz", "graphs as DOT", False),
    ("resvg-py", "pictures as PNG", False),
    ("typst", "pictures as PDF, and typeset formulas", False),
    ("textual", "the terminal program, gradviz tui", False),
    ("rich", "tables and colours of the terminal program", False),
)
"""Packages installed with gradviz: name, what it is for, whether gradviz fails without it.

Packages of layout engines are not listed here but among the engines.
"""

EXTRAS = (
    ("fonts", "uharfbuzz", "pictures with letters of other scripts"),
    ("fonts", "manimgx-fonts", "Noto fonts of many scripts"),
    ("fonts", "manimgx-fonts-cjk", "Noto fonts for Chinese, Japanese and Korean"),
    ("images", "pillow", "photographs as values: image=@photo.png; pictures as GIF and APNG"),
    ("jupyter", "anywidget", "gv.player in a notebook, its step and inputs read and set"),
    ("slides", "python-pptx", "slides of PowerPoint: gradviz render … -o deck.pptx"),
    ("video", "imageio-ffmpeg", "an ffmpeg, where there is none on the path"),
    ("serve", "textual-serve", "gradviz tui --serve: the terminal program in a browser"),
    ("cluster", "distributed", "gradviz exam make on a Dask cluster"),
)
"""What each extra installs: the extra, the package, what it is for."""

SCRIPTS = {
    "Hangul": "한",
    "Han": "学",
    "Kana": "あ",
    "Thai": "ก",
    "Arabic": "ع",
    "Hebrew": "ש",
    "Devanagari": "क",
    "Bengali": "ক",
    "Tamil": "க",
    "emoji": "😀",
}
"""Scripts that are looked for, with a letter of each."""


@click.command("doctor", short_help="Report what is installed and what is missing.")
@click.option(
    "--width", type=int, metavar="COLUMNS", help="Width in columns; by default the terminal's."
)
@click.option("--json", "as_json", is_flag=True, help="Output as JSON.")
def command(width: int | None, as_json: bool) -> None:
    """Report what is installed on this machine, and what each missing piece would add."""
    findings = list(examine())
    if as_json:
        data = {"gradviz": __version__, "findings": [f._asdict() for f in findings]}
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        write_lines(report(findings, columns(width)))
    lacking = [f for f in findings if f.needed and not f.found]
    if lacking:
        names = ", ".join(f.name for f in lacking)
        raise GradvizError(f"gradviz cannot work without {names}", hint=lacking[0].get)


def examine() -> Iterator[Finding]:
    """Examine everything, group by group."""
    yield Finding(
        "Needed", "python", platform.python_version(), f"runs gradviz {__version__}", needed=True
    )
    for needed, group in ((True, "Needed"), (False, "Pictures")):
        for name, gives, required in PACKAGES:
            if required == needed:
                yield Finding(group, name, version(name), gives, AGAIN, required)
    yield fonts()
    yield from scripts()
    yield from layout_engines()
    yield gpu()
    yield videos()
    yield from extras()
    yield from latex()
    yield from terminal()


def version(package: str) -> str:
    """The installed version of a distribution, without importing it; empty where it is missing."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def fonts() -> Finding:
    """The fonts shipped with gradviz."""
    from gradviz.fonts import FAMILY, files

    there = sum(file.is_file() for file in files())
    found = f"{there} weights" if there == len(files()) else ""
    return Finding(
        "Pictures", FAMILY, found, "the letters in pictures", f"{AGAIN} --force-reinstall"
    )


def scripts() -> Iterator[Finding]:
    """The scripts that are not in the shipped fonts, and the font that draws each."""
    from gradviz.fonts import others
    from gradviz.fonts.faces import EXTRA

    for script, sample in SCRIPTS.items():
        with others.using((), sample):
            family = others.family_of(sample)
        found, told = (family.title, f"from {others.origin(family)}") if family else ("", "")
        yield Finding("Other scripts in pictures", script, found, told, f"{EXTRA}, or --font FILE")


def layout_engines() -> Iterator[Finding]:
    """Every layout engine, in the order in which they are tried."""
    from gradviz.layout import engines

    group, used = "Layout engines (the first that works is used)", False
    for engine in engines.found():
        number = re.search(r"\d+(\.\d+)+", engine.version())
        works = bool(number) or not engine.path
        turn = "unusable" if not works else "fallback" if used else "places the boxes of pictures"
        state = number[0] if number else "built in" if works else "does not run"
        used = used or works
        yield Finding(group, engine.name, state, f"{turn}: {engine.path or engine.title}")


def extras() -> Iterator[Finding]:
    """Optional packages, which an extra installs."""
    for extra, package, gives in EXTRAS:
        get = f'pip install "gradviz-explainer[{extra}]"'
        yield Finding("More", package, version(package), gives, get)


def latex() -> Iterator[Finding]:
    """The programs that make slides of the LaTeX that pictures can be written as."""
    get = "TeX Live with beamer and TikZ (in Debian: texlive-latex-extra)"
    for engine in ("pdflatex", "lualatex"):
        path = shutil.which(engine)
        gives = "makes slides of gradviz render … -o walk.tex"
        yield Finding("More", engine, "found" if path else "", gives, get)


def videos() -> Finding:
    """The program that makes videos."""
    found = "there" if shutil.which("ffmpeg") else ""
    return Finding("More", "ffmpeg", found, "videos as MP4 and WebM", FFMPEG)


def gpu() -> Finding:
    """CuPy, and a GPU that it can use."""
    from gradviz.arrays import for_backend

    gives = "--backend cupy: large networks on an NVIDIA GPU"
    installed = next(filter(None, map(version, ("cupy-cuda13x", "cupy-cuda12x", "cupy"))), "")
    if not installed or not version("numpy"):
        return Finding("More", "cupy", "", gives, f"{CUDA}, on a machine with such a GPU")
    try:
        for_backend("cupy")
    except BackendError as error:
        gives = f"cannot be used: {error.what}{', got ' if error.got else ''}{error.got}"
    return Finding("More", "cupy", installed, gives)


def terminal() -> Iterator[Finding]:
    """What standard output can show."""
    group, is_terminal = "Standard output", sys.stdout.isatty()
    kind = "a terminal" if is_terminal else "a pipe or a file"
    yield Finding(group, "width", f"{columns(None)} columns", kind)
    settings = {
        "NO_COLOR is set": os.environ.get("NO_COLOR"),
        "TERM is dumb": os.environ.get("TERM") == "dumb",
    }
    off = [] if is_terminal else ["not a terminal"]
    off += [reason for reason, holds in settings.items() if holds]
    told = " and ".join(off) or "values, gradients and the current step each have their own colour"
    yield Finding(group, "colour", "off" if off else "on", told)
    shown = (
        "ASCII only; PYTHONIOENCODING=utf-8 would give boxes"
        if needs_ascii()
        else "boxes, arrows, formulas"
    )
    yield Finding(group, "characters", encoding_of(sys.stdout) or "any", shown)


def report(findings: list[Finding], width: int) -> Iterator[Line]:
    """The findings as lines, each a list of (text, role)."""
    names = max(len(f.name) for f in findings)
    states = max(len(f.found or "missing") for f in findings)
    heading = ""
    for f in findings:
        if f.group != heading:
            if heading:
                yield []
            yield [(f.group, HEADING)]
            heading = f.group
        state_role = WARNING if f.needed and not f.found else MUTED if not f.found else ""
        head: Line = [
            (f"  {f.name:<{names}}  ", ""),
            (f"{f.found or 'missing':<{states}}  ", state_role),
        ]
        lead = len("".join(text for text, _ in head))
        told = [(f.gives, "")] + ([(f"to get it: {f.get}", MUTED)] if f.get and not f.found else [])
        parts = [
            (part, role)
            for text, role in told
            for part in textwrap.wrap(text, max(20, width - lead), break_on_hyphens=False)
        ]
        for i, part in enumerate(parts):
            yield [*(head if i == 0 else [(" " * lead, "")]), part]
