"""The LaTeX of a paper with a question of every kind, typeset by LaTeX itself: `make proofs`.

It needs Debian's texlive-latex-extra, which has the exam class, and poppler-utils.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import unicodedata
import zipfile
from pathlib import Path

import pytest

from gradviz.exam import formats
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import paper
from gradviz.exam.paper.roster import Student
from gradviz.story.maths import latex
from tests.exam.conftest import exam_text
from tests.story.maths.test_writers import SOURCES

pytestmark = pytest.mark.proof


def typeset(folder: Path, source: Path) -> tuple[str, str]:
    """The text of the pages, and the log; twice, so that references are settled."""
    for name in ("pdflatex", "pdftotext", "kpsewhich"):
        if shutil.which(name) is None:
            pytest.skip(f"this machine has no {name}")
    if subprocess.run(["kpsewhich", "exam.cls"], capture_output=True).returncode:
        pytest.skip("this machine's LaTeX has no exam class")
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", source.name],
            cwd=folder,
            capture_output=True,
            timeout=300,
        )
        log = done.stdout.decode(errors="replace")
        assert done.returncode == 0, log[-1500:]
    text = subprocess.run(
        ["pdftotext", "-layout", source.with_suffix(".pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return unicodedata.normalize("NFC", text), log


@pytest.mark.parametrize(("levels", "size"), [("last", "a4"), ("first", "us-letter")])
def test_latex_sets_the_paper_and_its_solutions(tmp_path: Path, levels: str, size: str) -> None:
    exam = spec.parse(f'paper = "{size}"\n{exam_text(levels)}')
    made = paper(exam, Student("s-1", "Zoë O'Neil <3"))
    with zipfile.ZipFile(io.BytesIO(formats.get("latex").write(made)["s-1.zip"])) as archive:
        archive.extractall(tmp_path)
    source = tmp_path / "s-1.tex"
    text, log = typeset(tmp_path, source)
    solved = tmp_path / "solved.tex"
    solved.write_text(
        source.read_text().replace(
            r"\documentclass[addpoints,", r"\documentclass[addpoints,answers,"
        )
    )
    told, more = typeset(tmp_path, solved)
    for log_ in (log, more):
        wide = [
            float(w) for w in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt too (?:wide|high)", log_)
        ]
        assert not [w for w in wide if w > 3], "nothing stands out over the margin"
        assert "Missing character" not in log_
    assert (
        "Every <kind> & {all}" in text
        and re.search(r"Deep \$Learning[\s_]*1", text)
        and "Zoë O’Neil <3 (s-1)" in text
    )
    assert text.count(f"variant {made.variant}") == text.count("\f")
    assert "Solution:" not in text and "A likely mistake" not in text
    assert told.count("Solution:") == len(list(made.items)) and "A likely mistake" in told


def test_latex_sets_every_kind_of_mathematics_and_every_name(tmp_path: Path) -> None:
    source = tmp_path / "maths.tex"
    formulas = [rf"\[{latex.write(m)}\]" for m in SOURCES if m.kind != "row"]
    begin = r"\documentclass{article}\usepackage{amsmath}\begin{document}"
    source.write_text("\n".join([begin, *formulas, r"\end{document}"]))
    _, log = typeset(tmp_path, source)
    assert "Missing character" not in log
