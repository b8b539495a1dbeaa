"""QTI 2.1: a content package with a test, its items and figures; follow-through compiled into the
marking rules.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from pathlib import PurePosixPath
from xml.etree import ElementTree

from gradviz.errors import ValueInputError
from gradviz.exam.answers.forms import (
    Choice,
    Drawing,
    Matrix,
    Numeric,
    Option,
    Ordering,
    Symbolic,
    Wrong,
    WrongExpression,
    WrongMatrix,
)
from gradviz.exam.formats import Files, PaperFormat
from gradviz.exam.marking.follow import PREFIX
from gradviz.exam.paper import solution as worked
from gradviz.exam.paper.archive import zipped
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Part, parsed
from gradviz.exam.question.text import Text, decimal, write
from gradviz.exam.question.wording import right_answer
from gradviz.graph.graph import CONSTANT, INPUT
from gradviz.story.maths import mathml

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
MATHML = "http://www.w3.org/1998/Math/MathML"
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
FEEDBACK = (
    '<outcomeDeclaration identifier="FEEDBACK" cardinality="multiple" baseType="identifier"/>'
)
Mistake = Wrong | WrongMatrix | WrongExpression | Option
OPERATIONS = {"add": "sum", "sub": "subtract", "mul": "product", "div": "divide"}


def html(text: Text) -> str:
    """A paragraph of an item's body."""
    return write(
        text,
        lambda s: escape(s, quote=False),
        lambda m: mathml.write(m).replace("<math>", f'<math xmlns="{MATHML}">', 1),
    )


def number(value: Fraction) -> str:
    """A float as QTI reads it."""
    text = decimal(value)
    return text if "/" not in text else repr(float(value))


class ItemWriter:
    """Writes one question as an assessment item."""

    def __init__(self, item: Item) -> None:
        self.item, self.question = item, item.question
        self.declared: list[str] = []
        self.rules: list[str] = []
        self.feedback: list[str] = []
        self.body = [f"<p>{html(text)}</p>" for text in self.question.text]

    def document(self) -> str:
        """The item's XML."""
        if self.question.figure is not None:
            self.body.append(
                f'<p><img src="figure-{self.item.number}.svg"'
                f' alt="{escape(alt(self.question.figure))}"/></p>'
            )
        for part in self.question.parts:
            self._part(part)
        name = self.question.id
        return (
            f'{HEADER}<assessmentItem xmlns="{QTI}" {XSI} identifier="q{name}" title="Question'
            f' {self.item.number}" adaptive="false" timeDependent="false">\n'
            + "\n".join(self.declared)
            + '\n<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">'
            f"<defaultValue><value>0</value></defaultValue></outcomeDeclaration>\n{_maximum(self.item)}\n{FEEDBACK}\n<itemBody>\n"
            + "\n".join(self.body)
            + "\n</itemBody>\n<responseProcessing>\n"
            + "\n".join(self.rules)
            + "\n</responseProcessing>\n"
            + "\n".join(self.feedback)
            + "\n</assessmentItem>\n"
        )

    def _part(self, part: Part) -> None:
        answer, name = part.answer, f"RESPONSE_{part.id or 'only'}"
        worth = self.item.points_of(part)
        lead = f"({part.id}) {html(part.prompt)}" if part.id else html(part.prompt)
        if isinstance(answer, Numeric):
            self._declare(name, "single", "float", [number(answer.key)])
            self.body.append(
                f'<p>{lead} <textEntryInteraction responseIdentifier="{name}"'
                ' expectedLength="12"/></p>'
            )
            near = number(answer.tolerance)
            ways = [(_base(answer.key), worth)]
            if followed := rule(part):
                ways.append((followed, worth))
            rights = [(_equal(expected, name, near), points) for expected, points in ways]
            self._conditions(
                rights, [(_equal(_base(w.value), name, near), w) for w in answer.wrong]
            )
        elif isinstance(answer, Matrix):
            self._matrix(answer, name, lead, worth)
        elif isinstance(answer, Choice):
            self._choice(answer, name, lead, worth)
        elif isinstance(answer, Ordering):
            places = [f"i{i}" for i in answer.key]
            self._declare(name, "ordered", "identifier", places)
            rows = "".join(
                f'<simpleChoice identifier="i{i}">{html(t)}</simpleChoice>'
                for i, t in enumerate(answer.items)
            )
            self.body.append(
                f'<orderInteraction responseIdentifier="{name}"'
                f' shuffle="false">{rows}</orderInteraction>'
            )
            self._conditions([(_match(name), worth)])
        elif isinstance(answer, Symbolic):
            self._declare(name, "single", "string", [right_answer(part)])
            self.body.append(
                f'<p>{lead} <textEntryInteraction responseIdentifier="{name}"'
                ' expectedLength="40"/></p>'
            )
            self._conditions(
                [(_match(name), worth)], [(_is(name, "string", w.source), w) for w in answer.wrong]
            )
        else:
            assert isinstance(answer, Drawing)
            self._declare(name, "single", "string", [])
            self.body.append(
                "<extendedTextInteraction"
                f' responseIdentifier="{name}"><prompt>{lead}</prompt></extendedTextInteraction>'
            )

    def _matrix(self, answer: Matrix, name: str, lead: str, worth: Fraction) -> None:
        rows, cells = "", [v for row in answer.rows for v in row]
        for i, row in enumerate(answer.rows):
            fields = ""
            for j, value in enumerate(row):
                cell = f"{name}_{i}_{j}"
                self._declare(cell, "single", "float", [number(value)])
                fields += (
                    f'<td><textEntryInteraction responseIdentifier="{cell}"'
                    ' expectedLength="6"/></td>'
                )
                self._conditions(
                    [(_equal(_base(value), cell, number(answer.tolerance)), worth / len(cells))]
                )
            rows += f"<tr>{fields}</tr>"
        self.body.append(f"<p>{lead}</p><table><tbody>{rows}</tbody></table>")
        self._conditions(
            [],
            [
                (_all_equal(w, answer, name), w)
                for w in answer.wrong
                if _shape(w.rows) == _shape(answer.rows)
            ],
        )

    def _choice(self, answer: Choice, name: str, lead: str, worth: Fraction) -> None:
        self._declare(
            name,
            "multiple" if answer.several else "single",
            "identifier",
            [f"c{i}" for i in answer.right],
        )
        rows = "".join(
            f'<simpleChoice identifier="c{i}">{html(o.text)}</simpleChoice>'
            for i, o in enumerate(answer.options)
        )
        prompt = f"<prompt>{lead}</prompt>" if lead else ""
        self.body.append(
            f'<choiceInteraction responseIdentifier="{name}" shuffle="false"'
            f' maxChoices="{0 if answer.several else 1}">{prompt}{rows}</choiceInteraction>'
        )
        self._conditions([(_match(name), worth)])
        for i, option in enumerate(answer.options):
            if not option.correct:
                chosen = (
                    f'<baseValue baseType="identifier">c{i}</baseValue><variable'
                    f' identifier="{name}"/>'
                )
                self._conditions(
                    [],
                    [
                        (
                            (
                                f"<member>{chosen}</member>"
                                if answer.several
                                else f"<match>{chosen}</match>"
                            ),
                            option,
                        )
                    ],
                )

    def _declare(self, name: str, cardinality: str, base: str, values: list[str]) -> None:
        said = "".join(f"<value>{escape(v)}</value>" for v in values)
        right = f"<correctResponse>{said}</correctResponse>" if values else ""
        self.declared.append(
            f'<responseDeclaration identifier="{name}" cardinality="{cardinality}"'
            f' baseType="{base}">{right}</responseDeclaration>'
        )

    def _conditions(
        self, ways: Sequence[tuple[str, Fraction]], mistakes: Sequence[tuple[str, Mistake]] = ()
    ) -> None:
        """The first condition that holds earns its points, or gets its feedback."""
        rows = [(condition, _earns(points)) for condition, points in ways]
        rows += [(condition, self._says(mistake)) for condition, mistake in mistakes]
        if rows:
            tags = ("responseIf", *["responseElseIf"] * len(rows))
            said = "".join(
                f"<{tag}>{condition}{action}</{tag}>"
                for tag, (condition, action) in zip(tags, rows, strict=False)
            )
            self.rules.append(f"<responseCondition>{said}</responseCondition>")

    def _says(self, mistake: Mistake) -> str:
        """What shows the feedback on a mistake."""
        name = f"mistake{len(self.feedback) + 1}"
        self.feedback.append(
            f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="{name}" showHide="show">'
            f"{escape(worked.feedback(mistake), quote=False)}</modalFeedback>"
        )
        return (
            '<setOutcomeValue identifier="FEEDBACK"><multiple><variable identifier="FEEDBACK"/>'
            f'<baseValue baseType="identifier">{name}</baseValue></multiple></setOutcomeValue>'
        )


def _earns(points: Fraction) -> str:
    return (
        '<setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/>'
        f'<baseValue baseType="float">{number(points)}</baseValue></sum></setOutcomeValue>'
    )


def _maximum(item: Item) -> str:
    return (
        '<outcomeDeclaration identifier="MAXSCORE" cardinality="single" baseType="float">'
        f"<defaultValue><value>{item.points}</value></defaultValue></outcomeDeclaration>"
    )


def _base(value: Fraction) -> str:
    return f'<baseValue baseType="float">{number(value)}</baseValue>'


def _equal(expected: str, name: str, tolerance: str) -> str:
    """The first operand is the one that the tolerance is about."""
    return (
        f'<equal toleranceMode="absolute" tolerance="{tolerance} {tolerance}">{expected}<variable'
        f' identifier="{name}"/></equal>'
    )


def _all_equal(wrong: WrongMatrix, answer: Matrix, name: str) -> str:
    """Whether every cell is as a mistake makes it."""
    near = number(answer.tolerance)
    cells = (
        _equal(_base(v), f"{name}_{i}_{j}", near)
        for i, row in enumerate(wrong.rows)
        for j, v in enumerate(row)
    )
    return f"<and>{''.join(cells)}</and>"


def _shape(rows: Sequence[Sequence[Fraction]]) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _is(name: str, base: str, value: str) -> str:
    return (
        f'<match><variable identifier="{name}"/><baseValue'
        f' baseType="{base}">{escape(value)}</baseValue></match>'
    )


def _match(name: str) -> str:
    return f'<match><variable identifier="{name}"/><correct identifier="{name}"/></match>'


def rule(part: Part) -> str:
    """What the part should be, from the earlier answers, as a QTI expression.

    Empty where it does not follow from them, or by an op that QTI does not have, such as ReLU.
    """
    if not part.follows:
        return ""
    graph, said = parsed(part.follows), list[str]()
    for node in graph.nodes:
        operands = "".join(said[i] for i in node.inputs)
        if node.op == INPUT:
            said.append(f'<variable identifier="RESPONSE_{node.name.removeprefix(PREFIX)}"/>')
        elif node.op == CONSTANT:
            said.append(_base(Fraction(str(node.options["value"]))))
        elif node.op == "neg":
            said.append(f'<product><baseValue baseType="float">-1</baseValue>{operands}</product>')
        elif node.op in OPERATIONS:
            said.append(f"<{OPERATIONS[node.op]}>{operands}</{OPERATIONS[node.op]}>")
        else:
            return ""
    return said[graph.output]


def _test(paper: Paper) -> str:
    sections = ""
    for s, (title, items) in enumerate(paper.sections, 1):
        refs = "".join(
            f'<assessmentItemRef identifier="ref{i.number}" href="question-{i.number}.xml"/>'
            for i in items
        )
        sections += (
            f'<assessmentSection identifier="section{s}" title="{escape(title) or s}"'
            f' visible="true">{refs}</assessmentSection>'
        )
    return (
        f'{HEADER}<assessmentTest xmlns="{QTI}" {XSI} identifier="test-{paper.variant}"'
        f' title="{escape(paper.exam.title)}"><testPart identifier="all" navigationMode="nonlinear"'
        f' submissionMode="simultaneous">{sections}</testPart></assessmentTest>\n'
    )


def _manifest(paper: Paper, files: Mapping[str, bytes | str]) -> str:
    resources = ""
    for item in paper.items:
        figure = f"figure-{item.number}.svg"
        more = f'<file href="{figure}"/>' if figure in files else ""
        resources += (
            f'<resource identifier="item{item.number}" type="imsqti_item_xmlv2p1"'
            f' href="question-{item.number}.xml"><file'
            f' href="question-{item.number}.xml"/>{more}</resource>'
        )
    depends = "".join(f'<dependency identifierref="item{item.number}"/>' for item in paper.items)
    return (
        f'{HEADER}<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" {XSI}'
        f' identifier="exam-{paper.variant}"><metadata><schema>QTIv2.1'
        " Package</schema><schemaversion>1.0.0</schemaversion></metadata><organizations/><resources><resource"
        ' identifier="test" type="imsqti_test_xmlv2p1" href="test.xml"><file'
        f' href="test.xml"/>{depends}</resource>{resources}</resources></manifest>\n'
    )


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
    """The manifest lists what is there, every response is declared, and every item is named by the
    test.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        documents = {
            n: ElementTree.fromstring(archive.read(n)) for n in names if n.endswith(".xml")
        }
    manifest = documents["imsmanifest.xml"]
    listed = {f.get("href") for f in manifest.iter("{http://www.imsglobal.org/xsd/imscp_v1p1}file")}
    if listed != names - {"imsmanifest.xml"}:
        raise ValueInputError(
            f"{path}: the manifest does not list what is there",
            expected=sorted(names),
            got=sorted(map(str, listed)),
        )
    for name, root in documents.items():
        declared = {d.get("identifier") for d in root.iter(f"{{{QTI}}}responseDeclaration")}
        used = {e.get("responseIdentifier") for e in root.iter() if e.get("responseIdentifier")}
        if declared != used:
            raise ValueInputError(
                f"{path}: {name} asks for what it does not declare",
                expected=sorted(map(str, declared)),
                got=sorted(map(str, used)),
            )


FORMAT = PaperFormat(
    "qti21",
    "QTI 2.1 content package",
    _write,
    _check,
    "Follow-through marks are rules where they need + − × ÷ only; those through ReLU, max, exp or"
    " log are given by `gradviz exam grade`. An answer in symbols counts as it is written only.",
)
