"""HTML: one page that needs nothing else.

A practice page marks itself; a graded one holds no keys at all.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import PurePosixPath
from typing import Any

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import Choice, Drawing, Numeric, Ordering
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.formats.markdown import points
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper import where
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Part
from gradviz.exam.question.text import Text, write
from gradviz.exam.question.wording import right_answer
from gradviz.export.svg import faces
from gradviz.story.maths import mathml

STYLE = """
:root { color-scheme: light dark; --line: #b8c0c8; --good: #0b6e4f; --bad: #b3261e; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin-top: 2.4rem }
section { border-top: 1px solid var(--line); padding-top: .4rem; margin-top: 1.6rem }
figure { margin: 1rem 0; background: #fff; border-radius: 6px; overflow-x: auto } figure svg { max-width: 100%; height: auto }
input[type=text] { font: inherit; width: 11rem; padding: .15rem .4rem } input.wide { width: 22rem; max-width: 100% } label { display: block; margin: .35rem 0 }
.said { display: block; min-height: 1.4em } .right { color: var(--good) } .wrong { color: var(--bad) }
button { font: inherit; padding: .3rem 1rem } .meta { opacity: .75 }
"""

MARKING = """
const keys = JSON.parse(document.getElementById('keys').textContent);
function number(text) {
  text = text.trim().replace(/\\u2212/g, '-').replace(',', '.');
  const parts = text.match(/^(-?\\d+)\\s*\\/\\s*(\\d+)$/);
  return parts ? parts[1] / parts[2] : text === '' ? NaN : Number(text);
}
function mark(name) {
  const key = keys[name], fields = [...document.getElementsByName(name)], said = document.getElementById('said-' + name);
  let right = false, words = 'Not yet.';
  if (key.options) {
    const chosen = fields.map((f, i) => f.checked ? i : -1).filter(i => i >= 0);
    right = chosen.join() === key.right.join();
    const slip = chosen.find(i => !key.right.includes(i));
    if (!right && slip !== undefined) words = key.options[slip] || words;
  } else if (key.number !== undefined) {
    const value = number(fields[0].value);
    right = Math.abs(value - key.number) <= key.tolerance;
    const known = key.wrong.find(w => Math.abs(value - w[0]) <= key.tolerance);
    if (!right && known) words = known[1];
    if (isNaN(value)) words = 'This is no number.';
  } else {
    right = fields[0].value.replace(/\\s/g, '').toLowerCase() === key.text.replace(/\\s/g, '').toLowerCase();
    if (!right) words = 'Not in this form; the key is ' + key.text + '.';
  }
  said.textContent = right ? 'That is right.' : words;
  said.className = 'said ' + (right ? 'right' : 'wrong');
}
for (const button of document.querySelectorAll('button[data-part]'))
  button.addEventListener('click', () => button.dataset.part.split(' ').forEach(mark));
"""

SAVING = """
document.getElementById('save').addEventListener('click', () => {
  const names = JSON.parse(document.getElementById('names').textContent), me = document.body.dataset;
  const quote = text => '"' + text.replace(/"/g, '""') + '"';
  const letter = i => String.fromCharCode(65 + i);
  const answer = name => {
    const fields = [...document.getElementsByName(name)];
    return fields[0].type === 'text' ? fields[0].value : fields.map((f, i) => f.checked ? letter(i) : '').filter(Boolean).join(' ');
  };
  const text = ['id', 'variant', ...names].join() + '\\r\\n' + [me.student, me.variant, ...names.map(answer)].map(quote).join() + '\\r\\n';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], {type: 'text/csv'}));
  link.download = 'answers-' + me.student + '.csv';
  link.click();
});
"""


def html(text: Text) -> str:
    """A paragraph; mathematics as MathML."""
    return write(text, lambda s: escape(s, quote=False), mathml.write)


def _fields(item: Item, part: Part) -> str:
    name, answer = item.name(part), part.answer
    lead = f"({part.id}) " if part.id else ""
    if isinstance(answer, Choice):
        kind = "checkbox" if answer.several else "radio"
        rows = "".join(
            f'<label><input type="{kind}" name="{name}"> {worked.letter(i)}. {html(o.text)}</label>'
            for i, o in enumerate(answer.options)
        )
        prompt = f"{lead}{html(part.prompt)}"
        return f"<fieldset><legend>{prompt or points(item.points)}</legend>{rows}</fieldset>"
    if isinstance(answer, Drawing):
        return f"<p>{lead}{html(part.prompt)} (on paper)</p>"
    items = ""
    if isinstance(answer, Ordering):
        items = (
            "<ul>"
            + "".join(f"<li>{worked.letter(i)}. {html(t)}</li>" for i, t in enumerate(answer.items))
            + "</ul>"
        )
    hint = escape(worked.hint(part))
    wide = "" if isinstance(answer, Numeric) else ' class="wide"'
    return (
        f'{items}<label>{lead}{html(part.prompt)} <input type="text"{wide} name="{name}"'
        f' placeholder="{hint}" aria-label="{name}: {hint}" autocomplete="off"></label>'
    )


def _key(part: Part) -> dict[str, Any]:
    answer = part.answer
    if isinstance(answer, Choice):
        return {
            "right": list(answer.right),
            "options": [worked.feedback(o) for o in answer.options],
        }
    if isinstance(answer, Numeric):
        wrong = [[float(w.value), worked.feedback(w)] for w in answer.wrong]
        return {
            "number": float(answer.key),
            "tolerance": float(answer.tolerance) + 1e-12,
            "wrong": wrong,
        }
    return {"text": right_answer(part)}


def _item(item: Item, *, practice: bool) -> str:
    question = item.question
    said = [
        f'<section aria-label="Question {item.number}"><h3>{item.number}. <span'
        f' class="meta">{points(item.points)}</span></h3>'
    ]
    said += [f"<p>{html(text)}</p>" for text in question.text]
    if question.figure is not None:
        said.append(
            '<figure role="img"'
            f' aria-label="{escape(alt(question.figure))}">{_inside(picture(question.figure, embed_fonts=False), f"q{item.number}")}</figure>'
        )
    for part in question.parts:
        said.append(_fields(item, part))
        if practice and not isinstance(part.answer, Drawing):
            said.append(f'<span class="said" id="said-{item.name(part)}" role="status"></span>')
    if practice:
        names = " ".join(item.name(p) for p in question.parts if not isinstance(p.answer, Drawing))
        said.append(f'<button type="button" data-part="{names}">Check</button>{_worked(item)}')
    return "\n".join([*said, "</section>"])


def _inside(svg: str, name: str) -> str:
    """A picture inside the page, whose ids begin with a name, so that they differ from those of
    other pictures.
    """
    return (
        svg.replace(' id="', f' id="{name}-')
        .replace('href="#', f'href="#{name}-')
        .replace('aria-labelledby="title-', f'aria-labelledby="{name}-title-')
        .replace(" desc-", f" {name}-desc-")
    )


def _worked(item: Item) -> str:
    rows = [f"<p>{html(text)}</p>" for text in item.question.solution.sentences]
    steps = "".join(
        f'<li value="{s.number}">{escape(s.sentence, quote=False)}</li>'
        for s in worked.steps(item.question)
    )
    rows += [f"<ol>{steps}</ol>"] if steps else []
    if slip := where.likeliest(item.question):
        drawn = where.picture(item.question, slip.step, embed_fonts=False)
        rows.append(f"<p>{html(slip.line)}</p><figure>{_inside(drawn, f'w{item.number}')}</figure>")
    return f"<details><summary>Worked solution</summary>{''.join(rows)}</details>" if rows else ""


def page(paper: Paper, *, practice: bool) -> str:
    """The page of a paper. Only a practice page holds keys."""
    exam, student = paper.exam, paper.student
    body = []
    for title, items in paper.sections:
        body += [f"<h2>{escape(title)}</h2>"] if title else []
        body += [_item(item, practice=practice) for item in items]
    names = [item.name(part) for item, part in paper.parts if not isinstance(part.answer, Drawing)]
    if practice:
        keys = {
            item.name(part): _key(part)
            for item, part in paper.parts
            if not isinstance(part.answer, Drawing)
        }
        end = (
            '<script type="application/json"'
            f' id="keys">{_json(keys)}</script>\n<script>{MARKING}</script>'
        )
    else:
        end = (
            '<p><button type="button" id="save">Save my answers</button></p>\n<script'
            ' type="application/json"'
            f' id="names">{_json(names)}</script>\n<script>{SAVING}</script>'
        )
    fonts = faces("".join(body)) if "<figure" in "".join(body) else ""
    about = " · ".join(
        escape(t)
        for t in (
            exam.course,
            exam.date,
            f"{student.name} ({student.id})".strip(),
            f"variant {paper.variant}",
        )
        if t
    )
    return (
        f'<!doctype html>\n<html lang="{exam.language}"><head><meta'
        f' charset="utf-8"><title>{escape(exam.title)}</title><meta name="viewport"'
        ' content="width=device-width"><meta name="generator"'
        f' content="gradviz"><style>{fonts}{STYLE}</style></head>\n<body'
        f' data-student="{escape(student.id)}"'
        f' data-variant="{paper.variant}"><main><h1>{escape(exam.title)}</h1>\n<p'
        f' class="meta">{about}</p><p>{escape(exam.instructions)}</p>\n'
        + "\n".join(body)
        + f"\n{end}</main></body></html>\n"
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _write(paper: Paper) -> Files:
    name = f"{paper.student.id}.html"
    return {
        name: page(paper, practice=False).encode(),
        f"practice/{name}": page(paper, practice=True).encode(),
    }


def _check(path: PurePosixPath, content: bytes) -> None:
    text = content.decode()
    if not text.startswith("<!doctype html>") or not text.endswith("</html>\n"):
        raise ValueInputError(f"{path} is no HTML page", expected="<!doctype html> to </html>")
    if path.parent.name != "practice" and ('id="keys"' in text or "Worked solution" in text):
        raise ValueInputError(f"{path} holds keys", expected="a graded page without any")


FORMAT = PaperFormat(
    "html",
    "HTML: a graded page without keys, and a practice page that marks itself",
    _write,
    _check,
    "A practice page marks numbers and choices; matrices and symbols it compares as they are"
    " written.",
)
