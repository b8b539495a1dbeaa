"""Other programs' marking, written from their documentation: a Moodle-style matcher and a QTI
response processor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

Q = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


def moodle_numerical(question: ElementTree.Element, response: str) -> tuple[float, str]:
    """Fraction and feedback of a `numerical` question: the first answer that matches wins, `*`
    matches all.
    """
    for answer in question.findall("answer"):
        text = (answer.findtext("text") or "").strip()
        tolerance = float(answer.findtext("tolerance") or 0)
        if text == "*" or abs(float(response) - float(text)) <= tolerance + 1e-12:
            return float(answer.get("fraction", "0")) / 100, answer.findtext("feedback/text") or ""
    return 0.0, ""


CLOZE = re.compile(r"\{(\d+):(NUMERICAL|SHORTANSWER|MULTICHOICE):((?:\\.|[^}\\])*)\}")


def moodle_cloze(text: str) -> list[tuple[int, str, list[tuple[float, str, str]]]]:
    """The fields of a cloze text: weight, type, and (fraction, answer, feedback) of every
    answer.
    """
    fields = []
    for weight, kind, body in CLOZE.findall(text):
        answers = []
        for row in re.split(r"(?<!\\)~", body):
            fraction = 1.0 if row.startswith("=") else 0.0
            row = re.sub(r"^(=|%\d+%)", "", row)
            answer, *feedback = re.split(r"(?<!\\)#", row)
            answers.append(
                (fraction, unescaped(answer), unescaped(feedback[0]) if feedback else "")
            )
        fields.append((int(weight), kind, answers))
    return fields


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def cloze_number(answers: list[tuple[float, str, str]], response: float) -> float:
    """The fraction of a NUMERICAL field."""
    for fraction, answer, _ in answers:
        value, tolerance = answer.split(":")
        if abs(response - float(value)) <= float(tolerance) + 1e-12:
            return fraction
    return 0.0


def gift_items(text: str) -> list[tuple[str, str, str]]:
    """Name, question text and answers of every item of a GIFT file."""
    items = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.split("\n") if not line.startswith(("//", "$CATEGORY:"))]
        block = "\n".join(lines).strip()
        if not block:
            continue
        match = re.fullmatch(
            r"::(.*?)(?<!\\)::\[html\](.*?)(?<!\\)\{(.*)(?<!\\)\}", block, re.DOTALL
        )
        assert match is not None, block
        items.append((unescaped(match[1]), unescaped(match[2]), match[3]))
    return items


def gift_number(body: str, response: float) -> tuple[float, str]:
    """Fraction and feedback of a numerical item's answers."""
    assert body.startswith("#")
    for row in body[1:].strip().split("\n"):
        if row.startswith("~"):
            return 0.0, unescaped(row.split("#", 1)[1])
        answer, feedback = re.split(r"(?<!\\)#", row[1:], maxsplit=1)
        fraction = 1.0
        if answer.startswith("%"):
            _, percent, answer = answer.split("%", 2)
            fraction = float(percent) / 100
        value, tolerance = answer.split(":")
        if abs(response - float(value)) <= float(tolerance) + 1e-12:
            return fraction, unescaped(feedback)
    return 0.0, ""


class QtiItem:
    """Runs the response processing of an assessment item."""

    def __init__(self, root: ElementTree.Element) -> None:
        self.root = root
        self.declared = {d.get("identifier", ""): d for d in root.iter(f"{Q}responseDeclaration")}

    def score(self, responses: Mapping[str, Any]) -> float:
        self.values: dict[str, Any] = {name: responses.get(name) for name in self.declared}
        for outcome in self.root.iter(f"{Q}outcomeDeclaration"):
            first = outcome.findtext(f"{Q}defaultValue/{Q}value")
            self.values[outcome.get("identifier", "")] = [] if first is None else float(first)
        processing = self.root.find(f"{Q}responseProcessing")
        assert processing is not None
        for condition in processing:
            assert condition.tag == f"{Q}responseCondition"
            for branch in condition:
                test, *actions = branch
                if self.value(test):
                    for action in actions:
                        self.values[action.get("identifier", "")] = self.value(action[0])
                    break
        return float(self.values["SCORE"])

    def feedback(self) -> list[str]:
        """What the last scoring shows: every modalFeedback whose identifier is in its outcome."""
        return [
            "".join(row.itertext())
            for row in self.root.iter(f"{Q}modalFeedback")
            if (row.get("identifier") in self.values[row.get("outcomeIdentifier", "")])
            == (row.get("showHide") == "show")
        ]

    def value(self, node: ElementTree.Element) -> Any:
        name = node.tag.removeprefix(Q)
        if name == "baseValue":
            return float(node.text or "") if node.get("baseType") == "float" else node.text
        if name == "variable":
            return self.values[node.get("identifier", "")]
        if name == "correct":
            declared = self.declared[node.get("identifier", "")]
            values = [v.text for v in declared.iter(f"{Q}value")]
            shape = declared.get("cardinality")
            return (
                set(values) if shape == "multiple" else values if shape == "ordered" else values[0]
            )
        parts = [self.value(child) for child in node]
        if name == "isNull":
            return parts[0] is None
        if name == "or" and any(parts):
            return True
        if name == "and" and any(p is False for p in parts):
            return False
        if any(p is None for p in parts):
            return None
        if name == "equal":
            expected, given = parts
            below, above = map(float, node.get("tolerance", "0 0").split())
            return expected - below - 1e-12 <= given <= expected + above + 1e-12
        if name == "match":
            return parts[0] == parts[1]
        if name in ("and", "or"):
            return all(parts) if name == "and" else any(parts)
        if name in ("gt", "gte"):
            return parts[0] > parts[1] or (name == "gte" and parts[0] == parts[1])
        if name == "not":
            return not parts[0]
        if name == "member":
            return parts[0] in parts[1]
        if name == "multiple":
            return [v for p in parts for v in (p if isinstance(p, list) else [p])]
        if name == "sum":
            return sum(parts)
        if name == "product":
            product = 1.0
            for p in parts:
                product *= p
            return product
        assert name in ("subtract", "divide"), name
        return parts[0] - parts[1] if name == "subtract" else parts[0] / parts[1]
