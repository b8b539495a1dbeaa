"""The practice page in a browser: its own script marks right answers, mistakes and nonsense."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import Numeric
from gradviz.exam.formats.html import page
from gradviz.exam.paper.paper import Paper
from gradviz.exam.text import decimal

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
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium")
    file = folder / "page.html"
    file.write_text(page(paper, practice=True).replace("</main>", FILL % json.dumps(answers)))
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
    return dict(
        re.findall(
            r'<span class="said[^"]*" id="said-(\w+)" role="status">([^<]*)</span>', done.stdout
        )
    )


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
        elif isinstance(answer, Matrix):
            answers[name], expected[name] = "1", "Not in this form"
    found = said(tmp_path, full, answers)
    for name, feedback in expected.items():
        assert found[name].startswith(feedback[:30]), (name, found[name])
