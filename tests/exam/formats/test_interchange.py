"""Papers for other programs, checked against the QTI schema, a GIFT reader and Moodle's rules."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gradviz.exam import formats
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.expression import Symbolic
from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import Numeric
from gradviz.exam.answers.order import Ordering
from gradviz.exam.formats.gift import escape
from gradviz.exam.paper.paper import Paper

SCHEMA = Path(__file__).parent / "schemas" / "imsqti_v2p1.xsd.gz"
XS = 'xmlns="http://www.w3.org/2001/XMLSchema"'
STUBS = {
    "xml.xsd": (
        f'<schema {XS} targetNamespace="http://www.w3.org/XML/1998/namespace">'
        '<attribute name="lang" type="string"/><attribute name="base" type="string"/></schema>'
    ),
    "XInclude.xsd": (
        f'<schema {XS} targetNamespace="http://www.w3.org/2001/XInclude"><element'
        ' name="include"/></schema>'
    ),
    "mathml2.xsd": (
        f'<schema {XS} targetNamespace="http://www.w3.org/1998/Math/MathML"><element'
        ' name="math"/></schema>'
    ),
    "apipv1p0_qtiextv2p1_v1p0.xsd": (
        f"<schema {XS}"
        ' targetNamespace="http://www.imsglobal.org/xsd/apip/apipv1p0/imsapip_qtiv1p0"><element'
        ' name="apipAccessibility"/></schema>'
    ),
}
"""The five names that the schema takes from others, free of rules."""


@pytest.fixture(scope="module")
def schema() -> Any:
    etree = pytest.importorskip("lxml.etree")

    class Stubs(etree.Resolver):  # type: ignore[name-defined,misc]
        def resolve(self, url: str, public: str, context: Any) -> Any:
            return self.resolve_string(STUBS[url.rpartition("/")[2]], context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Stubs())
    content = gzip.decompress(SCHEMA.read_bytes())
    assert hashlib.sha256(content).hexdigest() in SCHEMA.with_name("README.md").read_text(), (
        "as IMS published it"
    )
    return etree.XMLSchema(
        etree.parse(io.BytesIO(content), parser, base_url="schemas/imsqti_v2p1.xsd")
    )


def package(made: Paper) -> dict[str, bytes]:
    with zipfile.ZipFile(
        io.BytesIO(formats.get("qti21").write(made)[f"{made.student.id}.zip"])
    ) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_items_and_tests_are_valid_by_the_schema_of_qti(
    full: Paper, easy: Paper, schema: Any
) -> None:
    from lxml import etree

    for made in (full, easy):
        documents = {
            n: c for n, c in package(made).items() if n.endswith(".xml") and n != "imsmanifest.xml"
        }
        assert len(documents) == len(list(made.items)) + 1
        for name, content in documents.items():
            assert schema.validate(etree.fromstring(content)), f"{name}: {schema.error_log}"
    broken = documents["question-1.xml"].replace(
        b"<itemBody>", b"<itemBody><prompt>no place for one</prompt>"
    )
    assert not schema.validate(etree.fromstring(broken)), "the schema does look"


NCNAME = re.compile(r"[A-Za-z_][\w.-]*")
CP = "{http://www.imsglobal.org/xsd/imscp_v1p1}"


def test_the_manifest_is_as_content_packaging_wants_it(full: Paper) -> None:
    """IMS Content Packaging 1.1: metadata, organizations, resources in order; every file listed,
    every reference kept.
    """
    files = package(full)
    root = ElementTree.fromstring(files["imsmanifest.xml"])
    assert root.tag == f"{CP}manifest" and [e.tag for e in root] == [
        f"{CP}{n}" for n in ("metadata", "organizations", "resources")
    ]
    assert (
        root.findtext(f"{CP}metadata/{CP}schema"),
        root.findtext(f"{CP}metadata/{CP}schemaversion"),
    ) == ("QTIv2.1 Package", "1.0.0")
    assert len(root[1]) == 0
    ids = [e.get("identifier", "") for e in root.iter() if e.get("identifier")]
    assert len(ids) == len(set(ids)) and all(NCNAME.fullmatch(i) for i in ids)
    kinds = [r.get("type") for r in root[2]]
    assert kinds == ["imsqti_test_xmlv2p1", *["imsqti_item_xmlv2p1"] * len(list(full.items))]
    listed = [f.get("href") for f in root.iter(f"{CP}file")]
    assert sorted(listed) == sorted(set(files) - {"imsmanifest.xml"})  # type: ignore[type-var]
    for resource in root[2]:
        own = [f.get("href") for f in resource.findall(f"{CP}file")]
        assert own[0] == resource.get("href")
        text = files[str(own[0])].decode()
        assert set(own[1:]) == set(re.findall(r'<img src="([^"]+)"', text)), (
            "a resource brings its own pictures"
        )
    assert [d.get("identifierref") for d in root[2][0].findall(f"{CP}dependency")] == [
        r.get("identifier") for r in root[2][1:]
    ]
    references = re.findall(
        r'<assessmentItemRef identifier="[\w.-]+" href="([^"]+)"', files["test.xml"].decode()
    )
    assert references == [r.get("href") for r in root[2][1:]]


def test_qti_declares_what_it_uses_and_sets_what_it_declares(full: Paper, easy: Paper) -> None:
    """What a schema cannot say: variables exist, responses are asked for once, feedback that is
    shown can be set.
    """
    for made in (full, easy):
        for name, content in package(made).items():
            if not name.startswith("question-") or not name.endswith(".xml"):
                continue
            root = ElementTree.fromstring(content)
            tags = [(e.tag.partition("}")[2], e) for e in root.iter()]
            responses = [e.get("identifier") for tag, e in tags if tag == "responseDeclaration"]
            outcomes = {e.get("identifier") for tag, e in tags if tag == "outcomeDeclaration"}
            assert sorted(map(str, responses)) == sorted(
                str(e.get("responseIdentifier")) for _, e in tags if e.get("responseIdentifier")
            )
            used = {e.get("identifier") for tag, e in tags if tag in ("variable", "correct")}
            assert used <= {*responses, *outcomes}
            assert {e.get("identifier") for tag, e in tags if tag == "setOutcomeValue"} <= outcomes
            shown = [e.get("identifier") for tag, e in tags if tag == "modalFeedback"]
            said = [
                e.text
                for tag, e in tags
                if tag == "baseValue" and (e.text or "").startswith("mistake")
            ]
            assert shown == said and len(set(shown)) == len(shown)
            choices = [e.get("identifier") for tag, e in tags if tag == "simpleChoice"]
            assert len(choices) == len(set(choices))
            for tag, e in tags:
                if tag == "responseDeclaration" and e.get("baseType") == "identifier":
                    assert {v.text for v in e.iter() if v.tag.endswith("}value")} <= set(choices)


def read_gift(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Items by pygiftparser.

    It has to be told that numbers can be negative; it lacks the answer to everything else, and
    takes an escaped bracket for the end of the answers.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pygiftparser import parser, utils
    signed = utils.reAnswerNumericValue.pattern.replace(r"(?P<value>", r"(?P<value>-?")
    monkeypatch.setattr(utils, "reAnswerNumericValue", re.compile(signed))
    path.write_text(re.sub(r"(?m)^~#.*\n", "", path.read_text()).replace(r"\}", "❵"))
    with path.open() as file:
        found: list[Any] = parser.parseFile(file)
    return found


def test_an_independent_reader_of_gift_finds_the_same_questions(
    full: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s-1.gift"
    file.write_bytes(formats.get("gift").write(full)["s-1.gift"])
    items = read_gift(file, monkeypatch)
    assert len(items) == len(list(full.parts)) and all(item.valid for item in items)
    for item, (name, (_, part)) in zip(items, full.answers_expected.items(), strict=True):
        answer, found = part.answer, item.answers
        assert (
            item.title == f"{full.variant} {name}"
            and item.markup == "html"
            and item.text.startswith("<p>")
        )
        kind = type(found).__name__
        if isinstance(answer, Numeric):
            assert kind == "NumericAnswerSet"
            numbers = [(answer.key, 100), *((w.value, 0) for w in answer.wrong)]
            assert [(a.value, a.fraction) for a in found.answers] == [
                (pytest.approx(float(v), rel=1e-5), f) for v, f in numbers
            ]
            assert {a.tolerance for a in found.answers} == {float(answer.tolerance)}
        elif isinstance(answer, Choice):
            assert kind == ("MultipleChoicesSet" if answer.several else "SelectSet")
            assert [a.fraction > 0 for a in found.answers] == [o.correct for o in answer.options]
        elif isinstance(answer, Drawing):
            assert kind == "Essay"
        else:
            assert isinstance(answer, Matrix | Symbolic | Ordering) and kind == "ShortSet"
            assert escape(part.answer.written) in [a.answer for a in found.answers]


# Moodle has no schema of its own: what its importer reads (question/format/xml/format.php), and
# demands.
FEEDBACKS = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
COMMON = ("name", "questiontext", "generalfeedback", "penalty", "hidden", "idnumber", "tags")
OWN = {
    "numerical": (
        "defaultgrade",
        "answer",
        "unitgradingtype",
        "unitpenalty",
        "showunits",
        "unitsleft",
    ),
    "multichoice": (
        "defaultgrade",
        "single",
        "shuffleanswers",
        "answernumbering",
        *FEEDBACKS,
        "answer",
    ),
    "cloze": (),
    "essay": (
        "defaultgrade",
        "responseformat",
        "responserequired",
        "responsefieldlines",
        "attachments",
        "attachmentsrequired",
        "graderinfo",
        "responsetemplate",
    ),
}
FRACTIONS = {
    100,
    90,
    83.33333,
    80,
    75,
    70,
    66.66667,
    60,
    50,
    40,
    33.33333,
    30,
    25,
    20,
    16.66667,
    14.28571,
    12.5,
    11.11111,
    10,
    5,
    0,
}
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def test_moodle_gets_what_it_asks_for(full: Paper, easy: Paper) -> None:
    seen = set()
    for made in (full, easy):
        root = ElementTree.fromstring(formats.get("moodle").write(made)[f"{made.student.id}.xml"])
        assert (
            root.tag == "quiz"
            and root[0].get("type") == "category"
            and (root[0].findtext("category/text") or "").startswith("$course$/top/")
        )
        for question in root[1:]:
            kind = str(question.get("type"))
            seen.add(kind)
            assert {e.tag for e in question} == {*COMMON, *OWN[kind]}
            for tag in ("questiontext", "generalfeedback", "graderinfo"):
                for field in question.iter(tag):
                    assert field.get("format") == "html"
                    text = field.findtext("text") or ""
                    ElementTree.fromstring(
                        f"<div>{text}</div>"
                    )  # a page that is well-formed, pictures and all
                    pictures = re.findall(r'src="@@PLUGINFILE@@/([^"]+)"', text)
                    assert pictures == [f.get("name") for f in field.findall("file")]
            for answer in question.findall("answer"):
                assert abs(float(answer.get("fraction", ""))) in FRACTIONS
                assert answer.findtext("feedback/text") or answer.get("fraction") == "0"
            if kind == "numerical":
                rows = question.findall("answer")
                assert [r.get("fraction") for r in rows] == [
                    "100",
                    *["0"] * (len(rows) - 1),
                ] and rows[-1].findtext("text") == "*"
                assert all(
                    NUMBER.fullmatch(r.findtext("text") or "")
                    and NUMBER.fullmatch(r.findtext("tolerance") or "")
                    for r in rows[:-1]
                )
            if kind == "cloze":
                text = re.sub(
                    r"\\\(.*?\\\)",
                    "",
                    question.findtext("questiontext/text") or "",
                    flags=re.DOTALL,
                )
                fields = re.findall(
                    r"\{\d+:(?:NUMERICAL|SHORTANSWER|MULTICHOICE):(?:\\.|[^{}\\])+\}", text
                )
                assert (
                    fields
                    and "{" not in (rest := re.sub(r"\{\d+:[A-Z]+:(?:\\.|[^{}\\])+\}", "", text))
                    and "}" not in rest
                )
    assert seen == set(OWN)
