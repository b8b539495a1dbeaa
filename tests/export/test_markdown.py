"""Markdown: what a page of a walk says, and that no text in it is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.export import formats
from gradviz.export.formats.md import MARK
from gradviz.export.markdown import code, escape, inline, maths, picture, table

READERS = {
    "CommonMark": MarkdownIt("commonmark").enable("table"),
    "GitHub": MarkdownIt("gfm-like", {"linkify": False}).use(dollarmath_plugin),
    "MyST": MarkdownIt("commonmark")
    .enable(["table", "strikethrough"])
    .use(front_matter_plugin)
    .use(myst_block_plugin)
    .use(myst_role_plugin)
    .use(footnote_plugin)
    .use(deflist_plugin)
    .use(tasklists_plugin)
    .use(dollarmath_plugin),
}
"""Readers of other hands, each with the markup that such pages may have."""
MATHS = [name for name in READERS if name != "CommonMark"]
BRANCH = "x*y + max(y, z)", {"x": 2, "y": 1, "z": 4}


def tokens(page: str, reader: str = "MyST") -> Iterator[Token]:
    """All tokens, those within lines too."""
    for token in READERS[reader].parse(page):
        yield token
        yield from token.children or ()


def words(page: str, reader: str = "MyST") -> list[str]:
    """The texts of the paragraphs, headings and cells, without markup."""
    found = READERS[reader].parse(page)
    return ["".join(c.content for c in token.children or ()) for token in found if token.children]


def render(folder: Path, *args: object, **options: object) -> str:
    gv.render(*args, folder / "walk.md", **options)  # type: ignore[arg-type]
    return (folder / "walk.md").read_text("utf-8")


# What a page says
# ---------------------------------------------------------------------------------------------


def test_a_page_has_every_step_with_its_picture(tmp_path: Path) -> None:
    source, values = BRANCH
    page = render(tmp_path, gv.run(source, values=values))
    assert page.startswith(MARK) and page.endswith("\n")
    heads = re.findall(r"^(#+ .*)$", page, re.MULTILINE)
    steps = [f"### Step {k} of 10" for k in range(1, 11)]
    assert heads == [r"# x\*y + max(y, z)", "## Forward", *steps[:3], "## Backward", *steps[3:],
                     "## Values and gradients"]  # fmt: skip
    pictures = [token for token in tokens(page) if token.type == "image"]
    assert len(pictures) == 10
    for k, token in enumerate(pictures, 1):
        file = tmp_path / unquote(str(token.attrs["src"]))
        root = ElementTree.fromstring(file.read_text("utf-8"))
        assert file.parent.name == "walk_files" and f"step {k} of 10" in token.content
        titles = [e.text or "" for e in root if e.tag.endswith(("title", "desc"))]
        # What the picture says of itself is its alt text, but for the sentence, which stands below.
        alt = token.content.replace("\\", "")
        assert alt.startswith(titles[0]) and titles[1].endswith(alt.rpartition("nodes: ")[2])


def test_formulas_add_up_as_worked_out_by_hand(tmp_path: Path) -> None:
    source, values = BRANCH
    page = render(tmp_path, gv.run(source, values=values), pictures="none")
    blocks = [" ".join(t.content.split()) for t in tokens(page) if t.type == "math_block"]
    assert r"a = x \cdot y = 2 \cdot 1 = 2" in blocks
    assert r"\mathrm{d}y\colon\; 0 + 2 \to 2" in blocks and r"\mathrm{d}y = 2 + 0 = 2" in blocks
    rows = [line for line in page.splitlines() if line.startswith("| ")][-6:]
    assert rows == [
        "| x | given | 2 | 1 |",
        "| y | given | 1 | 2 |",
        "| z | given | 4 | 1 |",
        r"| a | $x \cdot y$ | 2 | 1 |",
        r"| b | $\max\left(y, z\right)$ | 4 | 1 |",
        "| f | $a + b$ | 6 | 1 |",
    ]
    assert not (tmp_path / "walk_files").exists()


def test_arrays_long_formulas_and_code(tmp_path: Path) -> None:
    trace = gv.run("q = W @ x; sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3])
    page = render(tmp_path, trace, pictures="last")
    (fence,) = [t for t in tokens(page) if t.type == "fence"]
    assert fence.content == "q = W @ x\nsum(q**2)\n"
    assert "[[0.4, 0.6], [0.7, −0.2]]" in words(page)  # given, and in the table
    assert "[[0.38, 0.228], [0.29, 0.174]]" in words(page)
    (product, *_) = [t.content for t in tokens(page) if t.type == "math_block"]
    assert product.count(r"\\ &"[:2]) and product.strip().startswith(r"\begin{aligned}")
    assert len([t for t in tokens(page) if t.type == "image"]) == 1
    assert [f.name for f in (tmp_path / "walk_files").iterdir()] == ["step-8.svg"]


@pytest.mark.parametrize(
    ("options", "names", "has_table"),
    [
        ({"step": 0}, ["step-00.svg"], False),
        ({"step": 3}, ["step-03.svg"], False),
        ({"step": "values"}, ["values.svg"], False),
        ({"step": "final"}, ["final.svg"], True),
        ({"steps": "9-10"}, ["step-09.svg", "step-10.svg"], True),
    ],
)
def test_a_choice_of_steps(
    tmp_path: Path, options: dict[str, object], names: list[str], has_table: bool
) -> None:
    source, values = BRANCH
    page = render(tmp_path, gv.run(source, values=values), **options)
    assert sorted(path.name for path in (tmp_path / "walk_files").iterdir()) == names
    assert ("## Values and gradients" in page) is has_table  # a table gives nothing away


def test_other_walks_plots_and_bare_graphs(tmp_path: Path) -> None:
    trace = gv.run("net:mlp:2-2-1", x=[0.5, -1])
    page = render(tmp_path, trace, view="neurons", steps=[1, 2])
    assert "h₁ weighs its two inputs" in page and "{h}_{1}" in page
    page = render(tmp_path, gv.plot("x**2", x=1))
    assert "At x = 1 the value is 1 and the slope 2" in page and "## Values" not in page
    page = render(tmp_path, gv.parse("x*y"))
    assert "walk_files/graph.svg" in page and "## " not in page.removeprefix(MARK)
    page = render(tmp_path, gv.run("x / y", x=1, y=0), pictures="none")
    assert "**Attention:** 1/0 = ∞ is a pole" in page
    page = render(tmp_path, gv.run("W @ x", W=[[1, 2], [3, 4]], x=[1, 1]), pictures="none")
    assert "so this is the forward pass only" in page


def test_the_pictures_are_figures_alone(tmp_path: Path) -> None:
    trace = gv.run("x*y", x=2, y=3)
    gv.render(trace, tmp_path / "own.svg", only="graph", step=2, theme="dark")
    render(tmp_path, trace, theme="dark")
    own = (tmp_path / "own.svg").read_bytes()
    assert (tmp_path / "walk_files" / "step-2.svg").read_bytes() == own


def test_the_same_page_again_and_over_other_files(tmp_path: Path) -> None:
    trace = gv.run("x*y", x=2, y=3)
    page = render(tmp_path, trace)
    assert render(tmp_path, trace) == page
    (tmp_path / "walk.md").unlink()
    assert render(tmp_path, trace) == page  # its pictures are ours
    (tmp_path / "walk_files" / "step-2.svg").write_text("<svg>mine</svg>")
    (tmp_path / "walk.md").unlink()
    with pytest.raises(GradvizError, match=r"step-2\.svg already exists"):
        render(tmp_path, trace)
    assert not (tmp_path / "walk.md").exists()
    (tmp_path / "walk.md").write_text("# mine")
    with pytest.raises(GradvizError, match=r"walk\.md already exists"):
        render(tmp_path, trace)


def test_what_a_page_does_not_take(tmp_path: Path) -> None:
    trace = gv.run("x*y", x=2, y=3)
    with pytest.raises(GradvizError, match="it hides none for good"):
        render(tmp_path, trace, hide="gradients")
    for options in ({"slide": "4:3"}, {"caption": "a"}, {"scale": 3}):
        with pytest.raises(GradvizError, match=r"does not apply to \.md"):
            render(tmp_path, trace, **options)
    with pytest.raises(GradvizError, match="unknown choice of pictures"):
        render(tmp_path, trace, pictures="all")
    with pytest.raises(GradvizError, match=r"pictures does not apply to \.svg"):
        gv.render(trace, tmp_path / "a.svg", pictures="last")
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_blanks_and_brackets_is_a_path(tmp_path: Path) -> None:
    gv.render(gv.run("x*y", x=2, y=3), tmp_path / "a (1) ü.md", step=1)
    page = (tmp_path / "a (1) ü.md").read_text("utf-8")
    (image,) = [token for token in tokens(page) if token.type == "image"]
    assert (tmp_path / unquote(str(image.attrs["src"]))).is_file()


# Hostile texts
# ---------------------------------------------------------------------------------------------

HOSTILE = {
    "tag": "<script>alert(1)</script>",
    "closed tag": "</script><img src=x onerror=alert(1)>",
    "cdata": "<![CDATA[ ]]>",
    "comment": "<!-- x --> -->",
    "entity": "&lt;b&gt; &#60;i&#62; &amp;",
    "autolink": "<https://evil.example> https://evil.example www.evil.example",
    "link": "[click](javascript:alert(1)) [a]: b",
    "image": "![x](//evil.example/x.png)",
    "reference": "[x][y] [^1] [^1]: note",
    "code": "`a` ``b`` ```c",
    "maths": "$x$ $$y$$ \\(z\\) \\[w\\]",
    "pipe": "a | b || c",
    "emphasis": "*a* **b** _c_ __d__ ~~e~~",
    "heading": "# heading",
    "setext": "=====",
    "list": "- item",
    "numbered": "1. item",
    "numbered bracket": "12) item",
    "plus": "+ item",
    "quote": "> quote",
    "rule": "---",
    "task": "[x] done",
    "directive": ":::{raw} html",
    "fenced directive": "```{raw} html",
    "role": "{raw}`<b>`",
    "comment of MyST": "% comment",
    "block of MyST": "+++",
    "citation": "@smith2020 [@x]",
    "shortcode": "{{< include secret >}}",
    "liquid": "{{ site.secret }} {% include x %} {# y #}",
    "definition": ": definition",
    "TeX": "\\input{/etc/passwd} \\write18{x} %",
    "backslash": "\\ \\\\ ends \\",
    "superscript": "a^b^ c~d~",
    "right to left": "שלום עולם",
    "override": "a\u202egpj.b",
    "CJK": "가중치 权重",
    "table": "| --- | --- |",
    "line break": "a  \nb\n\nc\n\n# d",
    "tab": "\tcode",
    "nul": "a\0b",
    "emoji": ":smile: 🙂",
}
TEXT = {"text", "softbreak"}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_escaped_text_is_that_text(text: str, reader: str) -> None:
    said = escape(text)
    found = READERS[reader].parse(said)
    assert [t.type for t in found] == ["paragraph_open", "inline", "paragraph_close"]
    children = found[1].children or []
    assert all(c.type in TEXT or c.type == "text_special" for c in children), children
    shown = "".join(c.content for c in children)
    assert shown == re.sub(r"[\0\u202e]", "\ufffd", re.sub(r"[\n\t]", " ", text)).strip()
    assert not re.search(r"\{\{|\{%|\{#", said)  # what Jekyll and Quarto look for


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_cells_and_alt_texts_are_that_text(text: str, reader: str) -> None:
    found = list(tokens(table(("a", "b"), [(escape(text), "1")]), reader))
    assert [t.type for t in found].count("td_open") == 2
    assert not {t.type for t in found} & {"link_open", "html_inline", "image", "code_inline"}
    (image,) = [t for t in tokens(picture(text, "a b.svg"), reader) if t.type == "image"]
    assert image.attrs["src"] == "a%20b.svg"
    assert not {c.type for c in image.children or ()} - {"text", "text_special"}


def harmless(page: str, reader: str) -> None:
    """Nothing in a page is markup but what a page has."""
    for token in tokens(page.removeprefix(MARK), reader):
        kind = token.type.removesuffix("_open").removesuffix("_close")
        assert kind not in {"html_inline", "html_block", "link"}, token.content
        assert reader not in MATHS or kind in {
            "heading", "inline", "text", "text_special", "paragraph", "table", "thead", "tbody",
            "tr", "th", "td", "image", "math_block", "math_inline", "softbreak", "strong", "fence",
        }, (kind, token.content)  # fmt: skip
        if kind == "image":
            assert re.fullmatch(r"walk_files/[\w-]+\.svg", str(token.attrs["src"]))
        assert kind != "strong" or "**Attention:**" in page or reader not in MATHS
        if kind.startswith("math"):
            assert not re.search(r"<[A-Za-z/!?]", token.content)
    assert not re.search(r"\{\{|\{%", re.sub(r"```+text\n[\s\S]*?```+", "", page))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_names_and_sources_are_inert(tmp_path: Path, text: str, reader: str) -> None:
    trace = gv.run(f"q = x*y; q + y # {text.splitlines()[0]}", x=2, y=3)
    try:
        page = render(tmp_path, trace, rename={"q": text.strip()[:60]}, pictures="none")
    except GradvizError as error:
        assert "cannot be called that" in str(error)
        page = render(tmp_path, trace, pictures="none")
    else:
        name = text.strip()[:60]
        assert name in words(page, reader)  # in the table, to the letter
        blocks = [t.content for t in tokens(page, reader) if t.type.startswith("math_")]
        # Seven steps, what two of them add to the sum of y, and two rules.
        assert len(blocks) == (11 if reader in MATHS else 0)
    harmless(page, reader)


def test_long_names_and_sources(tmp_path: Path) -> None:
    text = "<b>|$`" * 2_000
    trace = gv.run(f"x*y # {text}", x=2, y=3)
    page = render(tmp_path, trace, pictures="none")
    harmless(page, "MyST")
    assert len(page.splitlines()[2]) < 200
    with pytest.raises(GradvizError, match="60 characters"):
        render(tmp_path, trace, rename={"x": text})


def test_code_stays_in_its_fence() -> None:
    text = "a = 1 ```\n````\n# not a heading\n</script>"
    (fence,) = READERS["MyST"].parse(code(text))
    assert fence.type == "fence" and fence.content == f"{text}\n"


def test_bars_in_a_table_are_no_cells() -> None:
    row = table(("a", "b"), [(inline(r"\left| x \right| + \| y \|"), "1")])
    kinds = [t.type for t in tokens(row)]
    assert kinds.count("td_open") == 2 and kinds.count("math_inline") == 1
    assert maths(r"{{W}_{1}}") == "{ {W}_{1} }"


@pytest.mark.parametrize("suffix", [form.suffix for form in formats.every()])
def test_hostile_names_in_every_format(tmp_path: Path, suffix: str) -> None:
    trace = gv.run("q = x*y; q + y", x=2, y=3)
    form = formats.of(Path(f"a{suffix}"))
    for text in ("<script>]]>", "a`b|c$d", "\\input{a}%"):
        options = {"rename": {"q": text}} if "names" in form.draws else {}
        gv.render(trace, tmp_path / f"a{suffix}", **options)
        assert form.is_ours((tmp_path / f"a{suffix}").read_bytes())
