"""The exam file is the key: its seed, its version, and ids that tell nothing of them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from gradviz.errors import GradvizError
from gradviz.exam import cohort, formats
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.question.identity import VERSION

BODY = '[[section]]\n[[section.question]]\nkind = "hinge"\n'


def exam(*lines: str) -> spec.Exam:
    return spec.parse("\n".join(('title = "x"', *lines, BODY)))


def test_every_new_exam_has_a_seed_of_128_bits_and_the_version() -> None:
    exams = [spec.parse(spec.template()) for _ in range(3)]
    seeds = {e.seed for e in exams}
    assert len(seeds) == 3 and all(re.fullmatch("[0-9a-f]{32}", str(seed)) for seed in seeds)
    assert {e.version for e in exams} == {VERSION}
    assert all(e.weaknesses == () for e in exams)
    assert "This file is the key" in spec.template()


@pytest.mark.parametrize(
    "seed", ["", "seed = 1", "seed = 2026", f"seed = {2**32}", 'seed = "quiz"']
)
def test_a_seed_that_can_be_found_by_trying_is_weak(seed: str) -> None:
    (said,) = exam(seed, f'version = "{VERSION}"').weaknesses
    assert "the seed is small or the default one" in said
    drawn = re.search(r'seed = "([0-9a-f]{32})"', said)
    assert drawn and exam(drawn[0], f'version = "{VERSION}"').weaknesses == ()


def test_a_large_number_is_a_seed_too() -> None:
    assert exam(f"seed = {2**100}", f'version = "{VERSION}"').weaknesses == ()
    (said,) = exam(f"seed = {2**100}").weaknesses
    assert f'version = "{VERSION}"' in said


def test_another_version_is_refused_unless_any_will_do() -> None:
    text = f'title = "x"\nversion = "2"\n{BODY}'
    with pytest.raises(GradvizError, match="is written for other questions") as caught:
        spec.parse(text)
    said = str(caught.value)
    assert "line 2" in said and 'version = "2"' in said and "grade --papers FOLDER" in said
    assert spec.parse(text, any_version=True).version == "2"


def test_ids_and_variants_are_keyed_by_the_seed() -> None:
    """The same student and place under another seed: nothing printed is the same."""
    first, second = (paper(exam(f'seed = "{s * 32}"'), Student("s")) for s in "ab")
    assert first.variant != second.variant
    assert {i.question.id for i in first.items}.isdisjoint(i.question.id for i in second.items)


@pytest.mark.parametrize("form", sorted(formats.every()))
def test_no_file_of_a_paper_and_no_journal_holds_the_seed(form: str, tmp_path: Path) -> None:
    """Whoever has the seed has every student's key."""
    secret = "5eed" * 8
    cohort.make(exam(f'seed = "{secret}"'), [Student("s")], form, tmp_path / "papers")
    files = [path for path in (tmp_path / "papers").rglob("*") if path.is_file()]
    assert len(files) > 2
    for path in files:
        contents = [path.read_bytes()]
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                contents += map(archive.read, archive.namelist())
        assert not any(secret.encode() in content for content in contents), path


def test_the_fingerprint_does_not_depend_on_what_is_left_out() -> None:
    """A field at its default counts as absent, so that new fields keep old journals readable."""
    assert exam("seed = 7").fingerprint() == exam("seed = 7", 'course = ""').fingerprint()
    assert exam("seed = 7").fingerprint() != exam("seed = 8").fingerprint()
    assert (
        exam("seed = 7").fingerprint() == exam("seed = 7", f'version = "{VERSION}"').fingerprint()
    )
    assert exam("seed = 7").fingerprint("4") != exam("seed = 7").fingerprint("5")


def test_a_text_seed_with_a_slash_keeps_places_apart() -> None:
    (item,) = paper(exam('seed = "a/b/c"'), Student("s")).items
    assert item.question.identity.place == "1.1.1"


@pytest.mark.parametrize("character", ["\\u0001", "\\n", "\\u202e", "\\u2028", "\\u0000"])
@pytest.mark.parametrize("field", ["title", "course", "date"])
def test_characters_that_no_paper_can_print_are_replaced(field: str, character: str) -> None:
    text = f'title = "x"\n{BODY}' if field != "title" else BODY
    read = spec.parse(f'{field} = "a{character}b"\n{text}')
    assert getattr(read, field) == ("a b" if character == "\\n" else "a\ufffdb")
