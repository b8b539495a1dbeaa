"""QTI 2.1: a content package with a test, items, figures, and follow-through as marking rules."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from html import escape
from pathlib import PurePosixPath
from xml.etree import ElementTree

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Answer, Mistake
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.matrix import Matrix, Rows, shape
from gradviz.exam.answers.number import Numeric
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats import Files, PaperFormat, way, zipped
from gradviz.exam.formats._markup import tag, words
from gradviz.exam.marking.grading import UNEARNED
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import PREFIX, Part, parsed
from gradviz.exam.text import Text, decimal, write
from gradviz.graph.graph import CONSTANT, INPUT
from gradviz.story.maths import Maths, mathml

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
MATHML = "http://www.w3.org/1998/Math/MathML"
GIVEN = "NUMBERS_GIVEN"
"""The outcome that counts the parts in which a number was written."""
OPERATIONS = {"+": "sum", "-": "subtract", "*": "product", "/": "divide"}


def _document(name: str, namespace: str, *children: str, **attributes: object) -> str:
    """A complete document with this root element."""
    root = tag(name, *children, **attributes)
    named = root.replace(f"<{name}", f'<{name} xmlns="{namespace}" {XSI}', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{named}\n'


def html(text: Text) -> str:
    """A paragraph of an item's body."""
    return write(text, words, _maths)


def _maths(maths: Maths) -> str:
    return mathml.write(maths).replace("<math>", f'<math xmlns="{MATHML}">', 1)


def number(value: Fraction) -> str:
    """A number as QTI reads it."""
    text = decimal(value)
    return text if "/" not in text else repr(float(value))


class ItemWriter:
    """Writes one question as an assessment item."""

    def __init__(self, item: Item) -> None:
        self.item, self.question = item, item.question
        self.declared: list[str] = []
        self.rules: list[str] = []
        self.feedback: list[str] = []
        self.counted: dict[str, int] = {}
        self.body = [tag("p", html(text)) for text in self.question.text]

    def document(self) -> str:
        """The item's XML."""
        if self.question.figure is not None:
            src = f"figure-{self.item.number}.svg"
            self.body.append(tag("p", tag("img", src=src, alt=alt(self.question.figure))))
        for part in self.question.parts:
            lead = f"({part.id}) {html(part.prompt)}" if part.id else html(part.prompt)
            draw = way(self.ANSWERS, type(part.answer))
            assert draw is not None, "PaperFormat.write refuses what cannot be drawn"
            draw(self, part.answer, _response(part), lead, part)
        lines = [
            *(self.declared or [""]),
            _outcome("SCORE", "single", "float", "0"),
            _outcome("MAXSCORE", "single", "float", str(self.item.points)),
            _outcome("FEEDBACK", "multiple", "identifier"),
            *(_outcome(name, "single", "float", str(n)) for name, n in self.counted.items()),
            "<itemBody>",
            *self.body,
            "</itemBody>",
            "<responseProcessing>",
            *(self.rules or [""]),
            "</responseProcessing>",
            *(self.feedback or [""]),
        ]
        return _document(
            "assessmentItem",
            QTI,
            "\n",
            "\n".join(lines),
            "\n",
            identifier=f"q{self.question.id}",
            title=f"Question {self.item.number}",
            adaptive="false",
            timeDependent="false",
        )

    def _number(self, answer: Numeric, name: str, lead: str, part: Part) -> None:
        self._declare(name, "single", "float", [number(answer.key)])
        self.body.append(tag("p", lead, " ", _field(name, 12)))
        worth, near = self.item.points_of(part), number(answer.tolerance)
        ways = [(_equal(_float(answer.key), name, near), worth)]
        if followed := rule(part):
            unearned = [_equal(_float(Fraction(n)), name, near) for n in UNEARNED]
            unearned += self._copied(name)
            others = (tag("not", condition) for condition in unearned)
            ways.append((tag("and", *others, _equal(followed, name, near)), worth))
        self._conditions(ways, [(_equal(_float(w.value), name, near), w) for w in answer.wrong])

    def _copied(self, name: str) -> list[str]:
        """A condition: more than two numbers are given, and all of them are this one."""
        names = [_response(p) for p in self.question.parts if isinstance(p.answer, Numeric)]
        if len(names) < 3:
            return []
        if GIVEN not in self.counted:
            self._count(GIVEN, [tag("not", tag("isNull", _variable(n))) for n in names])
        same = (
            tag("or", tag("isNull", _variable(n)), _equal(_variable(name), n, "0"))
            for n in names
            if n != name
        )
        return [tag("and", tag("gt", _variable(GIVEN), _float(Fraction(2))), *same)]

    def _matrix(self, answer: Matrix, name: str, lead: str, part: Part) -> None:
        """Marked as `Matrix.mark` does: at most half the points for half of the entries, where
        zeros in their place do not count.
        """
        rows, near = "", number(answer.tolerance)
        hits, others = list[str](), list[str]()
        for i, row in enumerate(answer.rows):
            fields = ""
            for j, value in enumerate(row):
                cell = f"{name}_{i}_{j}"
                self._declare(cell, "single", "float", [number(value)])
                fields += tag("td", _field(cell, 6))
                right = _equal(_float(value), cell, near)
                (hits if value else others).append(right)
            rows += tag("tr", fields)
        self.body.append(tag("p", lead) + tag("table", tag("tbody", rows)))
        self._count(f"{name}_RIGHT", hits)
        self._count(f"{name}_OF", [tag("not", right) for right in others], len(hits))
        alike = [w for w in answer.wrong if shape(w.rows) == answer.shape]
        whole = tag("and", *(_equal_cells(answer.rows, name, near)))
        twice = tag("product", _float(Fraction(2)), _variable(f"{name}_RIGHT"))
        worth, of = self.item.points_of(part), _variable(f"{name}_OF")
        halves = tag("divide", tag("product", _float(worth), _variable(f"{name}_RIGHT")),
                     tag("product", _float(Fraction(2)), of))  # fmt: skip
        self._conditions(
            [(whole, worth)],
            [(tag("and", *_equal_cells(w.rows, name, near)), w) for w in alike],
            [(tag("gte", twice, of), _adds("SCORE", halves))],
        )

    def _count(self, name: str, conditions: Sequence[str], start: int = 0) -> None:
        """An outcome that counts how many conditions hold, from a start on."""
        self.counted[name] = start
        one = _adds(name, _float(Fraction(1)))
        self.rules += (
            tag("responseCondition", tag("responseIf", condition, one)) for condition in conditions
        )

    def _choice(self, answer: Choice, name: str, lead: str, part: Part) -> None:
        several = answer.several
        right = [f"c{i}" for i in answer.right]
        self._declare(name, "multiple" if several else "single", "identifier", right)
        self.body.append(
            tag(
                "choiceInteraction",
                tag("prompt", lead) if lead else "",
                *_simple_choices("c", answer),
                responseIdentifier=name,
                shuffle="false",
                maxChoices=0 if several else 1,
            )
        )
        self._conditions([(_match(name), self.item.points_of(part))])
        for i, option in enumerate(answer.options):
            if not option.correct:
                chosen = _base("identifier", f"c{i}"), _variable(name)
                self._conditions([], [(tag("member" if several else "match", *chosen), option)])

    def _order(self, answer: Ordering, name: str, lead: str, part: Part) -> None:
        self._declare(name, "ordered", "identifier", [f"i{i}" for i in answer.key])
        rows = _simple_choices("i", answer)
        self.body.append(tag("orderInteraction", *rows, responseIdentifier=name, shuffle="false"))
        self._conditions([(_match(name), self.item.points_of(part))])

    def _expression(self, answer: Symbolic, name: str, lead: str, part: Part) -> None:
        self._declare(name, "single", "string", [answer.written])
        self.body.append(tag("p", lead, " ", _field(name, 40)))
        wrong = [
            (tag("match", _variable(name), _base("string", w.source)), w) for w in answer.wrong
        ]
        self._conditions([(_match(name), self.item.points_of(part))], wrong)

    def _drawing(self, answer: Drawing, name: str, lead: str, part: Part) -> None:
        self._declare(name, "single", "string", [])
        prompt = tag("prompt", lead)
        self.body.append(tag("extendedTextInteraction", prompt, responseIdentifier=name))

    ANSWERS: Mapping[type, Callable[..., None]] = {
        Numeric: _number,
        Matrix: _matrix,
        Choice: _choice,
        Ordering: _order,
        Symbolic: _expression,
        Drawing: _drawing,
    }

    def _declare(self, name: str, cardinality: str, base: str, values: Sequence[str]) -> None:
        right = tag("correctResponse", *(tag("value", escape(v)) for v in values))
        self.declared.append(
            tag(
                "responseDeclaration",
                right if values else "",
                identifier=name,
                cardinality=cardinality,
                baseType=base,
            )
        )

    def _conditions(
        self,
        ways: Sequence[tuple[str, Fraction]],
        mistakes: Sequence[tuple[str, Mistake]] = (),
        others: Sequence[tuple[str, str]] = (),
    ) -> None:
        """A rule: the first condition that holds earns its points, gives its feedback or acts."""
        rows = [(condition, _adds("SCORE", _float(points))) for condition, points in ways]
        rows += [(condition, self._says(mistake)) for condition, mistake in mistakes]
        rows += others
        if rows:
            branches = ("responseIf", *["responseElseIf"] * len(rows))
            said = (tag(name, *row) for name, row in zip(branches, rows, strict=False))
            self.rules.append(tag("responseCondition", *said))

    def _says(self, mistake: Mistake) -> str:
        """The rule that shows the feedback on a mistake."""
        name = f"mistake{len(self.feedback) + 1}"
        self.feedback.append(
            tag(
                "modalFeedback",
                words(solution.feedback(mistake)),
                outcomeIdentifier="FEEDBACK",
                identifier=name,
                showHide="show",
            )
        )
        return _set("FEEDBACK", tag("multiple", _variable("FEEDBACK"), _base("identifier", name)))


def _outcome(name: str, cardinality: str, base: str, *first: str) -> str:
    """The declaration of an outcome, with its first value."""
    value = (tag("defaultValue", tag("value", v)) for v in first)
    return tag(
        "outcomeDeclaration", *value, identifier=name, cardinality=cardinality, baseType=base
    )


def _field(name: str, width: int) -> str:
    return tag("textEntryInteraction", responseIdentifier=name, expectedLength=width)


def _simple_choices(first: str, answer: Answer) -> list[str]:
    rows = enumerate(answer.listed)
    return [tag("simpleChoice", html(text), identifier=f"{first}{i}") for i, text in rows]


def _set(outcome: str, value: str) -> str:
    return tag("setOutcomeValue", value, identifier=outcome)


def _adds(outcome: str, value: str) -> str:
    return _set(outcome, tag("sum", _variable(outcome), value))


def _variable(name: str) -> str:
    return tag("variable", identifier=name)


def _base(type: str, value: str) -> str:
    return tag("baseValue", escape(value), baseType=type)


def _float(value: Fraction) -> str:
    return _base("float", number(value))


def _equal(expected: str, name: str, tolerance: str) -> str:
    """A comparison with a tolerance, which applies to the first operand."""
    near = f"{tolerance} {tolerance}"
    return tag("equal", expected, _variable(name), toleranceMode="absolute", tolerance=near)


def _equal_cells(rows: Rows, name: str, tolerance: str) -> Iterator[str]:
    """A condition for every cell: it has this value."""
    return (
        _equal(_float(v), f"{name}_{i}_{j}", tolerance)
        for i, row in enumerate(rows)
        for j, v in enumerate(row)
    )


def _response(part: Part) -> str:
    """The name of the variable that holds the answer to a part."""
    return f"RESPONSE_{part.id or 'only'}"


def _match(name: str) -> str:
    return tag("match", _variable(name), tag("correct", identifier=name))


def rule(part: Part) -> str:
    """The right answer to the part given the earlier answers, as a QTI expression.

    Empty if it does not follow from them, or needs an op that QTI does not have, such as ReLU.
    """
    if not part.follows:
        return ""
    graph, said = parsed(part.follows), list[str]()
    for node in graph.nodes:
        operands = [said[i] for i in node.inputs]
        if node.op == INPUT:
            said.append(_variable(f"RESPONSE_{node.name.removeprefix(PREFIX)}"))
        elif node.op == CONSTANT:
            said.append(_float(Fraction(str(node.options["value"]))))
        elif (operator := graph.op(node).operator) == "-x":
            said.append(tag("product", _float(Fraction(-1)), *operands))
        elif operator in OPERATIONS:
            said.append(tag(OPERATIONS[operator], *operands))
        else:
            return ""
    return said[graph.output]


def _test(paper: Paper) -> str:
    sections = []
    for s, (title, items) in enumerate(paper.sections, 1):
        refs = (
            tag("assessmentItemRef", identifier=f"ref{i.number}", href=f"question-{i.number}.xml")
            for i in items
        )
        about = {"identifier": f"section{s}", "title": title or s, "visible": "true"}
        sections.append(tag("assessmentSection", *refs, **about))
    part = tag(
        "testPart",
        *sections,
        identifier="all",
        navigationMode="nonlinear",
        submissionMode="simultaneous",
    )
    about = {"identifier": f"test-{paper.variant}", "title": paper.exam.title}
    return _document("assessmentTest", QTI, part, **about)


def _manifest(paper: Paper, files: Mapping[str, bytes | str]) -> str:
    depends = [tag("dependency", identifierref=f"item{item.number}") for item in paper.items]
    resources = [_resource("test", "imsqti_test_xmlv2p1", ["test.xml"], depends)]
    for item in paper.items:
        figure = f"figure-{item.number}.svg"
        held = [f"question-{item.number}.xml", *([figure] if figure in files else [])]
        resources.append(_resource(f"item{item.number}", "imsqti_item_xmlv2p1", held))
    schema = tag("schema", "QTIv2.1 Package"), tag("schemaversion", "1.0.0")
    return _document(
        "manifest",
        PACKAGE,
        tag("metadata", *schema),
        tag("organizations"),
        tag("resources", *resources),
        identifier=f"exam-{paper.variant}",
    )


def _resource(name: str, type: str, files: Sequence[str], depends: Sequence[str] = ()) -> str:
    """A resource of the package; its document is the first of its files."""
    held = (tag("file", href=file) for file in files)
    return tag("resource", *held, *depends, identifier=name, type=type, href=files[0])


def _write(paper: Paper) -> Files:
    files: dict[str, bytes | str] = {}
    for item in paper.items:
        files[f"question-{item.number}.xml"] = ItemWriter(item).document()
        if item.question.figure is not None:
            files[f"figure-{item.number}.svg"] = picture(item.question.figure)
    return {
        f"{paper.student.id}.zip": zipped(
            {"imsmanifest.xml": _manifest(paper, files), "test.xml": _test(paper), **files}
        )
    }


def _check(path: PurePosixPath, content: bytes) -> None:
    """Check that the manifest lists every file and that every response is declared."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        documents = {
            n: ElementTree.fromstring(archive.read(n)) for n in names if n.endswith(".xml")
        }
    manifest = documents["imsmanifest.xml"]
    listed = {f.get("href") for f in manifest.iter(f"{{{PACKAGE}}}file")}
    if listed != names - {"imsmanifest.xml"}:
        raise ValueInputError(
            f"{path}: the manifest does not list the files of the package",
            expected=sorted(names),
            got=sorted(map(str, listed)),
        )
    for name, root in documents.items():
        declared = {d.get("identifier") for d in root.iter(f"{{{QTI}}}responseDeclaration")}
        used = {e.get("responseIdentifier") for e in root.iter() if e.get("responseIdentifier")}
        if declared != used:
            raise ValueInputError(
                f"{path}: {name} declares other responses than it asks for",
                expected=sorted(map(str, declared)),
                got=sorted(map(str, used)),
            )


FORMAT = PaperFormat(
    "qti21",
    "QTI 2.1 content package",
    _write,
    _check,
    ItemWriter.ANSWERS,
    "The marking rules give follow-through marks that need only + − × ÷; `gradviz exam grade` gives"
    " those through ReLU, max, exp or log. An expression must be written like the key.",
)
