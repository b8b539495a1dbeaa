"""Papers that the tests share."""

from __future__ import annotations

import pytest

from gradviz.exam import formats, kinds
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import Paper, paper
from gradviz.exam.paper.roster import Student


def exam_text(levels: str = "last", seed: int = 5) -> str:
    """An exam with a question of every kind."""
    lines = [
        'title = "Every <kind> & {all}"\ncourse = "Deep $Learning_1"\ndate = "1 May"\nseed ='
        f' {seed}\n[[section]]\ntitle = "All #1"'
    ]
    for name, kind in kinds.every().items():
        level = kind.levels[-1] if levels == "last" else kind.levels[0]
        lines.append(f'[[section.question]]\nkind = "{name}"\nlevel = {level}\npoints = 3')
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def full() -> Paper:
    """A paper with a question of every kind, at its highest level."""
    return paper(spec.parse(exam_text()), Student("s-1", "Zoë O'Neil <3"))


@pytest.fixture(scope="session")
def easy() -> Paper:
    """The same at the lowest levels."""
    return paper(spec.parse(exam_text("first")), Student("s-2"))


@pytest.fixture(scope="session")
def written(full: Paper) -> dict[str, formats.Files]:
    """The full paper in every format."""
    return {name: form.write(full) for name, form in formats.every().items()}


def pages(content: bytes) -> list[str]:
    """The text of every page of a PDF."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]
