"""What holds in every format: the same input gives the same bytes, names are inert, and what stops
half way leaves nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdfium2 as pdfium
import pytest
from markdown_it import MarkdownIt
from PIL import Image

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.export import formats
from gradviz.export.formats import _video
from gradviz.graph.graph import Graph, Node
from tests.sampled import sampled

SUFFIXES = [form.suffix for form in formats.every()]
VIDEOS = (".mp4", ".webm")
"""They need a program that this machine may lack; here a stand-in keeps what it was given."""
VARIANTS: dict[str, dict[str, Any]] = {
    "": {},
    "steps": {"steps": "all"},
    "fragments": {"steps": "all", "fragments": True},
    "handout-4": {"pages": "handout-4"},
    "handout-6": {"pages": "handout-6"},
    "poster": {"pages": "poster"},
    "figure": {"pages": "figure"},
    "morph": {"morph": True},
    "4:3": {"slide": "4:3"},
    "words": {"plain": True},
    "slide": {"slide": "none", "step": 2},
}
MADE = [
    *product(SUFFIXES, [""]),
    (".svg", "steps"), (".svg", "fragments"), (".pdf", "handout-4"), (".pdf", "handout-6"),
    (".pdf", "poster"), (".pdf", "figure"), (".pptx", "morph"), (".pptx", "4:3"),
    (".txt", "words"), (".tikz", "slide"),
]  # fmt: skip
"""Every format, and the ways in which some are made."""


@pytest.fixture(autouse=True)
def ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for ffmpeg that writes what it was told and given."""
    place = tmp_path / "programs"
    place.mkdir()
    program = place / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport hashlib, sys\n"
        "given = hashlib.sha256(sys.stdin.buffer.read()).hexdigest()\n"
        "told = '\\n'.join(sys.argv[1:-1])\n"
        "head = {'.mp4': '....ftyp', '.webm': chr(0x1a) + 'E' + chr(0xdf) + chr(0xa3)}\n"
        "made = head[sys.argv[-1][sys.argv[-1].rindex('.'):]] + given + told\n"
        "open(sys.argv[-1], 'w', encoding='latin-1', errors='replace').write(made)\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(_video, "ffmpeg", lambda _: str(program))


def drawn(
    folder: Path, suffix: str, variant: str, subject: Any, **options: Any
) -> dict[str, bytes]:
    """The files of a drawing, by name."""
    folder.mkdir()
    scale = {"scale": 0.4} if suffix in (".png", ".gif", ".apng", *VIDEOS) else {}
    files = gv.render(subject, folder / f"a{suffix}", **scale, **VARIANTS[variant], **options).files
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# The same input, the same bytes
# ---------------------------------------------------------------------------------------------

SEEDED = """
import hashlib, json, sys
from pathlib import Path
import gradviz as gv
from gradviz.export.formats import _video
_video.ffmpeg = lambda _: sys.argv[2]
trace = gv.run("h = W @ x; sum(tanh(h)**2) + x[0]*h[1]", W=[[1, 2], [-3, 4]], x=[0.5, -1])
found = {}
for name, suffix, options in json.loads(sys.argv[1]):
    folder = Path(name)
    folder.mkdir()
    for path in gv.render(trace, folder / f"a{suffix}", **options).files:
        found[path.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
print(json.dumps(found))
"""


@pytest.mark.proof
def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """In every format, in processes that hash otherwise, in other folders and years."""
    asked = []
    for number, (suffix, variant) in enumerate(MADE):
        scale = {"scale": 0.3} if suffix in (".png", ".gif", ".apng", *VIDEOS) else {}
        asked.append((f"{number:02}", suffix, {**scale, **VARIANTS[variant]}))
    found = []
    for seed in ("0", "1", "31337"):
        place = tmp_path / seed
        place.mkdir()
        env = {
            **os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{seed[0]}",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }  # fmt: skip
        words = [sys.executable, "-c", SEEDED, json.dumps(asked), str(tmp_path / "programs/ffmpeg")]
        done = subprocess.run(words, cwd=place, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    assert len(found[0]) >= len(MADE)
    for name in found[0]:
        assert len({run[name] for run in found}) == 1, (name, asked[int(name[:2])])


# Names are inert
# ---------------------------------------------------------------------------------------------

NAMES = {
    "script": "<script>alert(1)</script>",
    "attribute": '"\' onload="alert(1)',
    "comment": "<!--<script>",
    "cdata": "]]>",
    "entity": "&lt;&amp;#60;",
    "percent": "100%s %d",
    "input": "\\input{/etc/passwd}",
    "write": "\\immediate\\write18{id}",
    "document": "\\end{document}",
    "dollar": "$x$",
    "signs": "_^#&~{}\\",
    "hats": "^^4d^^M",
    "typst": '#text(red)[*a*] `b` "',
    "markdown": "[a](javascript:alert(1)) | **b** `c`",
    "link": "javascript:alert(1)",
    "marks": "x\u0302\u0303",
    "pattern": "{k} {name}",
    "digits": "x²₁",
    "spaces": "a\u00a0 b",
}


COMMENT = re.compile(r"(?<!\\)%.*")
"""What TeX does not read."""


class Scripts(HTMLParser):
    """The scripts of a page, and the handlers among its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [
            name for name, value in attrs
            if name.startswith("on") or (value or "").lstrip().lower().startswith("javascript:")
        ]  # fmt: skip


def texts(name: str, data: bytes) -> Iterator[str]:
    """The XML of a file."""
    if name.endswith(".svg"):
        yield data.decode()
    if name.endswith(".pptx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.namelist():
                if part.endswith((".xml", ".rels", ".svg")):
                    yield archive.read(part).decode()


def check(name: str, data: bytes, usual: Mapping[str, bytes]) -> None:
    """Raise AssertionError unless a file can be read, and does nothing that `usual` does not."""
    for xml in texts(name, data):
        for element in ElementTree.fromstring(xml).iter():
            assert not str(element.tag).endswith("}script")
            assert not any(key.startswith("on") for key in element.attrib)
            links = (v for k, v in element.attrib.items() if k.endswith("href"))
            assert not any("javascript:" in link for link in links)
    if name.endswith((".png", ".gif", ".apng")):
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    if name.endswith(".pdf"):
        assert len(pdfium.PdfDocument(data)) == len(pdfium.PdfDocument(usual[name]))
    if name.endswith(".json"):
        json.loads(data)
    if name.endswith(".html"):
        page, plain = Scripts(data.decode()), Scripts(usual[name].decode())
        assert page.tags.count("script") == plain.tags.count("script")
        assert page.handlers == plain.handlers == []
    if name.endswith((".tex", ".tikz", ".ltx")):
        source, plain = (COMMENT.sub("", some.decode()) for some in (data, usual[name]))
        for told in ("\\input", "\\write18", "\\end{document}", "^^"):
            assert source.count(told) == plain.count(told), told
    if name.endswith(".md"):
        page = Scripts(MarkdownIt("commonmark").enable("table").render(data.decode()))
        assert "script" not in page.tags and page.handlers == []


@sampled(("made", "name"), product(MADE, NAMES), 6)
def test_a_name_is_inert(tmp_path: Path, made: tuple[str, str], name: str) -> None:
    suffix, variant = made
    usual = drawn(tmp_path / "usual", suffix, variant, graph("q"), values={"q": 0.5})
    given = NAMES[name]
    try:
        found = drawn(tmp_path / "odd", suffix, variant, graph(given), values={given: 0.5})
    except GradvizError as refused:
        assert name == "marks" and suffix == ".ltx" and "no glyph" in str(refused)
        return
    assert len(found) == len(usual)
    for file, data in found.items():
        check(file, data, usual)


def graph(name: str) -> Graph:
    return Graph([Node(0, "input", name=name), Node(1, "exp", (0,))], 1)


# What stops half way leaves nothing
# ---------------------------------------------------------------------------------------------


@sampled("suffix", SUFFIXES, 3)
def test_what_stops_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Neither a file, nor a part of one, nor a folder; an older file stays as it was."""
    trace = gv.run("x*y + z", x=2, y=3, z=1)
    place = tmp_path / "place"
    place.mkdir()
    (file,) = [f for f in gv.render(trace, place / f"a{suffix}").files if f.suffix == suffix]
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    other = gv.run("x*y + z", x=5, y=6, z=7)

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    for where in ("os.fsync", "pathlib.Path.replace"):
        with monkeypatch.context() as patch:
            patch.setattr(where, stop)
            for target in (file, place / f"b{suffix}"):
                with pytest.raises(KeyboardInterrupt):
                    gv.render(other, target)
        assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


@sampled("suffix", SUFFIXES, 3)
def test_what_someone_else_wrote_is_kept(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a{suffix}"
    for content in (
        b"mine",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04",
        b"%PDF-1.7",
    ):
        file.write_bytes(content)
        with pytest.raises(GradvizError) as refused:
            gv.render("x*y", file, x=2, y=3)
        assert "force" in str(refused.value) and file.read_bytes() == content
    gv.render("x*y", file, x=2, y=3, force=True)
    assert file.read_bytes() != content
    first = hashlib.sha256(file.read_bytes()).hexdigest()
    gv.render("x*y", file, x=2, y=3)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == first, "our own is replaced unasked"
    assert not list(tmp_path.glob(".gradviz*"))
