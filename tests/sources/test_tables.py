"""Tables as spreadsheets and programs write them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz import files
from gradviz.errors import GradvizError
from gradviz.sources import tables


def written(folder: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


READ = [
    ("1,2\n3,4\n", [[1, 2], [3, 4]]),
    ("5,6\n", [5, 6]),
    ("1\n2\n3", [1, 2, 3]),
    ("7", 7),
    ("1, 2,\t-3e-1\n", [1, 2, -0.3]),
    ("# a comment\n1,2\n\n3,4", [[1, 2], [3, 4]]),
    ("nan,inf\n-inf,1", [[np.nan, np.inf], [-np.inf, 1]]),
    ("1;2\r\n3;4\r\n", [[1, 2], [3, 4]]),
    ("1\r2\r3\r", [1, 2, 3]),
    ("1\t2\n3\t4", [[1, 2], [3, 4]]),
    ("1 2\n 3   4 \n", [[1, 2], [3, 4]]),
    ('"1","2"\n"3","4"\n', [[1, 2], [3, 4]]),
    ("x,y\n1,2\n3,4\n", [[1, 2], [3, 4]]),
    ('"height, cm";weight\n1;2\n', [1, 2]),
    ("sepal length,sepal width\n5.1,3.5\n", [5.1, 3.5]),
    ("made by hand\nx y\n1 2", [1, 2]),
    ("sep=;\n1,5;2\n", [1.5, 2]),
    ("1,5;2,25\n-3,0;4\n", [[1.5, 2.25], [-3, 4]]),
    ("1,5;2,5;3,5", [1.5, 2.5, 3.5]),
    ("0,125;0,250", [0.125, 0.25]),
    ("x y\n1,5 2,5\n", [1.5, 2.5]),
    ("1,234;2,5", [1.234, 2.5]),
    ('"1,5","2,5"\n', [1.5, 2.5]),
    ("# a; b\n1,2\n", [1, 2]),
    ("a; b, c\n1,2\n3,4", [[1, 2], [3, 4]]),
    ("1,2\t\n3,4\t\n", [[1, 2], [3, 4]]),
    ("sep=;\n1,5\n2,5\n", [1.5, 2.5]),
]


@pytest.mark.parametrize(("text", "numbers"), READ, ids=[repr(t)[:30] for t, _ in READ])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_numbers(tmp_path: Path, text: str, numbers: object, encoding: str) -> None:
    found, _ = tables.numbers(written(tmp_path, text, encoding))
    np.testing.assert_array_equal(found, np.array(numbers, dtype=float))


def test_a_header_that_is_left_out_is_said(tmp_path: Path) -> None:
    assert tables.numbers(written(tmp_path, "x,y\n1,2\n"))[1] == "t.csv: left out the header x, y"
    assert tables.numbers(written(tmp_path, "1,2\n"))[1] == ""


@given(
    st.lists(
        st.lists(st.floats(allow_nan=False, width=32), min_size=2, max_size=2),
        min_size=2,
        max_size=5,
    ),
    st.sampled_from([",", ";", "\t", " "]),
    st.booleans(),
)
def test_numbers_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]], delimiter: str, header: bool
) -> None:
    lines = [delimiter.join(map(repr, row)) for row in rows]
    text = "\n".join([delimiter.join("ab"), *lines] if header else lines)
    found, note = tables.numbers(written(tmp_path_factory.mktemp("t"), text))
    np.testing.assert_array_equal(found, np.array(rows))
    assert bool(note) == header


BAD = [
    ("1,x\n2,3", "'x' is not a number", "line 1, column 2"),
    ("1,2,x\n3,4,5", "'x' is not a number", "line 1, column 3"),
    ("1, 2, x\n3, 4, 5", "'x' is not a number", "line 1, column 3"),
    ("x,y\n1,2\n3,z\n", "'z' is not a number", "line 3, column 2"),
    ("1,2\n3\n", "differ in length", "line 2"),
    ("1 2\n3\n", "differ in length", "line 2"),
    ("1,,2", "a cell is empty", "line 1, column 2"),
    ("", "contains no numbers", "nothing"),
    ("a,b\n", "contains no numbers", "words only: a, b"),
    ("1,234;5,678", "the comma in 1,234 may separate decimals or thousands", "write 1.234 or 1234"),
    ("1.5;2,5", "the comma in 2,5 may separate", "1.5 on line 1 has a decimal point"),
    ("1,234,567;2", "the commas in 1,234,567 separate thousands", "write 1234567"),
    ("1.234,5;2", "'1.234,5' is not a number", "leave out the thousands separators"),
    ('1,"2', "is not valid CSV", "line 1"),
    ("sep=;\n1;x", "'x' is not a number", "line 2, column 2"),
]


@pytest.mark.parametrize(("text", "what", "more"), BAD, ids=[repr(b[0])[:30] for b in BAD])
def test_tables_that_hold_no_numbers(tmp_path: Path, text: str, what: str, more: str) -> None:
    with pytest.raises(GradvizError) as caught:
        tables.numbers(written(tmp_path, text))
    assert what in str(caught.value) and more in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("data", "byte"),
    [
        ("ü;1\n".encode("latin-1"), 1),
        (b"a,1\nZo\xeb,2\n", 7),
        ("1,2".encode("utf-16-le"), 2),
        (b"\xff\xfe1\x00,", 5),
        (b"\x89PNG\r\n\x1a\n\0\0", 1),
    ],
)
def test_other_encodings_are_refused_with_their_place(
    tmp_path: Path, data: bytes, byte: int
) -> None:
    for read in (tables.numbers, lambda path: tables.records(path, ["id"])):
        with pytest.raises(GradvizError, match=r"t\.csv is not in UTF-8") as caught:
            read(written(tmp_path, data))
        assert f"byte {byte}" in str(caught.value) and "save it as CSV UTF-8" in caught.value.hint


def test_what_is_no_file_of_a_fair_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/null")):
        with pytest.raises(GradvizError, match="a device or a pipe, not a file"):
            tables.numbers(path)
    with pytest.raises(GradvizError, match="this is a folder"):
        tables.numbers(tmp_path)
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(files.LARGEST_TEXT + 1)  # holes: nothing is written
    with pytest.raises(GradvizError, match=r"large\.csv is too large") as caught:
        tables.numbers(large)
    assert caught.value.expected == "at most 256 MiB" and "256.0 MiB" in caught.value.got


RECORDS = [
    "id,Name\ns1,Zoë\n\ns2,\n",
    "ID;name\r\ns1;Zoë\r\ns2\r\n",
    "id\tNAME\ns1\tZoë\ns2\t",
    "sep=;\nid;name\ns1;Zoë\ns2;\n",
    '"id","name"\n"s1","Zoë"\n"s2",""\n',
]


@pytest.mark.parametrize("text", RECORDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_records(tmp_path: Path, text: str, encoding: str) -> None:
    found = tables.records(written(tmp_path, text, encoding), ["id"], ["id", "name"])
    assert [row for _, row in found] == [{"id": "s1", "name": "Zoë"}, {"id": "s2", "name": ""}]
    assert found[1][0] == text[: text.index("s2")].count("\n") + 1


def test_blanks_and_commas_in_cells_stay(tmp_path: Path) -> None:
    path = written(tmp_path, 'id;1a;1b\n"s 1";-3,5;"[1; 2]"\n')
    assert tables.records(path, ["id"]) == [(2, {"id": "s 1", "1a": "-3,5", "1b": "[1; 2]"})]
