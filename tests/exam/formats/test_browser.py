"""The practice page in a browser: its own script marks right answers, mistakes and nonsense."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import Numeric
from gradviz.exam.formats._markup import beside
from gradviz.exam.formats.html import page
from gradviz.exam.paper.paper import Paper
from gradviz.exam.text import decimal
from tests.exam.answers.test_expression import OTHER, SAME
from tests.exam.answers.test_matrix import MATRICES
from tests.exam.answers.test_number import NONSENSE, NUMBERS

pytestmark = pytest.mark.proof

FILL = """<script>
const answers = %s;
for (const [name, text] of Object.entries(answers)) {
  const fields = [...document.getElementsByName(name)];
  if (fields[0].type === 'text') fields[0].value = text;
  else text.split(', ').forEach(letter => fields[letter.charCodeAt(0) - 65].checked = true);
}
document.querySelectorAll('button[data-part]').forEach(button => button.click());
</script></main>"""


def said(folder: Path, paper: Paper, answers: dict[str, str]) -> dict[str, str]:
    """What the page says of answers, by the name of the part."""
    file = folder / "page.html"
    file.write_text(page(paper, practice=True).replace("</main>", FILL % json.dumps(answers)))
    return dict(
        re.findall(
            r'<span class="said[^"]*" id="said-(\w+)" role="status">([^<]*)</span>',
            dump(folder, file),
        )
    )


def dump(folder: Path, file: Path) -> str:
    """The page as a browser has it after its scripts ran."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium")
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'chrome'}",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_right_answers(full: Paper, tmp_path: Path) -> None:
    answers = {
        name: part.answer.written
        for name, (_, part) in full.answers_expected.items()
        if not isinstance(part.answer, Drawing)
    }
    found = said(tmp_path, full, answers)
    assert set(found) == set(answers)
    assert {name: text for name, text in found.items() if text != "That is right."} == {}


def test_mistakes_get_their_sentence(full: Paper, tmp_path: Path) -> None:
    answers, expected = {}, {}
    for name, (_, part) in full.answers_expected.items():
        answer = part.answer
        if isinstance(answer, Numeric) and answer.wrong:
            answers[name], expected[name] = decimal(answer.wrong[0].value), answer.wrong[0].feedback
        elif isinstance(answer, Choice) and not answer.several:
            place = next(i for i, o in enumerate(answer.options) if not o.correct)
            answers[name], expected[name] = (
                "ABCDEFGHIJKLMNOP"[place],
                answer.options[place].feedback,
            )
        elif isinstance(answer, Matrix | Symbolic) and answer.wrong:
            text = next(answer.wrong_texts())
            if answer.mark(text).says:
                answers[name], expected[name] = text, answer.wrong[0].feedback
    found = said(tmp_path, full, answers)
    for name, feedback in expected.items():
        assert found[name].startswith(feedback[:30]), (name, found[name])


CASES = """<!doctype html><meta charset="utf-8"><pre id="out"></pre><script>%s
const cases = %s, read = {numbers, matrix, same};
const said = cases.map(([name, ...given]) => {
  try { return read[name](...given); } catch (error) { return 'unreadable'; }
});
document.getElementById('out').textContent = encodeURIComponent(JSON.stringify(said));
</script>"""


def evaluated(folder: Path, cases: list[list[Any]]) -> list[Any]:
    """What the page's own functions make of texts: name and arguments, then results."""
    file = folder / "cases.html"
    file.write_text(CASES % (beside("html_reader.js"), json.dumps(cases).replace("<", "\\u003c")))
    found = re.search('<pre id="out">([^<]*)</pre>', dump(folder, file))
    assert found is not None and found[1]
    return list(json.loads(unquote(found[1])))


def test_the_page_reads_what_grade_reads(tmp_path: Path) -> None:
    """The same texts as the tests of the other reader, with the same results."""
    rows: list[tuple[list[Any], Any]] = [
        *((["numbers", text], float(value)) for text, value in NUMBERS),
        *((["numbers", text], "unreadable") for text in NONSENSE),
        *((["matrix", text], [[1, 2], [3, -4]]) for text in MATRICES),
        *((["same", a, b, ["x", "y"]], True) for a, b in SAME),
        *((["same", a, b, ["x", "y"]], False) for a, b in OTHER),
        *((["same", t, "x", ["x", "y"]], "unreadable") for t in ("e^3x", "2y e^2x", "x +", "W")),
    ]
    found = evaluated(tmp_path, [case for case, _ in rows])
    for (case, expected), result in zip(rows, found, strict=True):
        if case[0] == "numbers" and result != "unreadable":
            result = result[0]
        assert result == (pytest.approx(expected) if isinstance(expected, float) else expected), (
            case
        )
