"""Tables as text, as spreadsheets and programs write them: numbers for an input, students, answers.

UTF-8 with or without its mark, or UTF-16 with its mark. The cells of a row are separated by commas,
semicolons or tabs, and in tables of numbers by spaces too; Excel's line `sep=;` is respected.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from gradviz.errors import FileError, GradvizError, ParseError, did_you_mean
from gradviz.files import clean, read_text

DELIMITERS = (",", ";", "\t")
BLANK = " "
SAID = {",": "commas", ";": "semicolons", "\t": "tabs", BLANK: "blanks"}
NUMBER = re.compile(
    r"[+-]?(\d+(\.\d*|,\d+)?|[.,]\d+)(e[+-]?\d+)?|[+-]?(nan|inf|infinity)", re.I | re.A
)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")


FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""What a cell begins with that a spreadsheet computes instead of showing."""
QUOTED = re.compile(r"'+[=+\-@\t\r]")


def written(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table as CSV. Text that a spreadsheet would take for a formula gets a leading apostrophe,
    which `records` takes off; numbers stay numbers, except in a column of ids.
    """
    import csv

    names = list(header)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow(
            _safe(cell, is_id=name == "id") for name, cell in zip(names, row, strict=True)
        )
    return out.getvalue()


def _safe(cell: Any, *, is_id: bool) -> Any:
    if not isinstance(cell, str) or not FORMULA.match(cell):
        return cell
    return cell if NUMBER.fullmatch(cell) and not is_id else f"'{cell}"


class Row(NamedTuple):
    """The cells of a row, and the line that it ends on."""

    line: int
    cells: list[str]


def records(
    path: str | Path, needed: Iterable[str], spelled: Collection[str] = ()
) -> list[tuple[int, dict[str, str]]]:
    """The rows of a table below its header, each with its line.

    needed   columns that must be there.
    spelled  columns that are found in upper or lower case.

    Raises FileError for a file that cannot be read, ParseError for one that is not such a table.
    """
    text, delimiter, skipped = _opened(path)
    bare = re.sub(r'"[^"]*"', "", _first_line(text))
    delimiter = delimiter or max(DELIMITERS, key=bare.count)
    rows = _rows(path, clean(text), delimiter, skipped)
    rows = [
        Row(line, [cell[1:] if QUOTED.match(cell) else cell for cell in cells])
        for line, cells in rows
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        raise ParseError(
            f"{Path(path).name} is empty",
            where=str(path),
            expected=f"a header with {', '.join(needed)}",
        )
    header = _header(path, rows[0], needed, spelled)
    for line, cells in rows[1:]:
        if len(cells) > len(header):
            raise ParseError(
                "a line has too many cells",
                where=f"{path}, line {line}, column {len(header) + 1}",
                expected=f"{len(header)}, as in the header",
                got=len(cells),
                hint='put a cell with commas in "quotes"',
            )
    pad = [""] * len(header)
    return [(line, dict(zip(header, cells + pad, strict=False))) for line, cells in rows[1:]]


def _header(
    path: str | Path, row: Row, needed: Iterable[str], spelled: Collection[str]
) -> list[str]:
    cells = [cell.strip() for cell in row.cells]
    header = [cell.lower() if cell.lower() in spelled else cell for cell in cells]
    for name in needed:
        if name not in header:
            raise ParseError(
                f"{Path(path).name} has no column {name}",
                where=f"{path}, line {row.line}",
                expected=f"{name} among the columns",
                got=", ".join(header)[:80],
                hint=did_you_mean(name, header),
            )
    twice = next((c for c in header if c and header.count(c) > 1), "")
    if twice:
        raise ParseError(
            f"the column {twice} appears twice",
            where=f"{path}, line {row.line}",
            expected="each column once",
        )
    return header


def _opened(path: str | Path) -> tuple[str, str, int]:
    """The text, the separator that it declares, and how many lines come before the rows."""
    text = read_text(path, form="CSV")
    said = re.match(r'"?sep=(.)"?(\r\n|\r|\n|$)', text, re.I)
    return (text[said.end() :], said[1], 1) if said else (text, "", 0)


def _first_line(text: str) -> str:
    return text.lstrip("\r\n")[:100_000].partition("\n")[0].partition("\r")[0]


def _rows(path: str | Path, text: str, delimiter: str, skipped: int) -> list[Row]:
    import csv

    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [Row(skipped + reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise ParseError(
            f"{Path(path).name} is not valid CSV: {error}",
            where=f"{path}, line {skipped + reader.line_num}",
        ) from None


def numbers(path: str | Path) -> tuple[Any, str]:
    """The numbers of a table, and a note about what was left out.

    One row or one column is a vector, one cell a scalar. Lines that begin with # are comments; rows
    of words above the numbers are a header. A comma in a cell is a decimal comma, unless it could
    also separate thousands. Raises FileError, and ParseError with the line and the column.
    """
    text, said, skipped = _opened(path)
    problems = []
    for delimiter in said or _possible(text):
        quick = _quick(text, delimiter)
        if quick is not None:
            return quick, ""
        try:
            return _numbers(Path(path), text, delimiter, skipped)
        except GradvizError as error:
            problems.append(error)
    raise problems[0]


def _possible(text: str) -> list[str]:
    """What may separate the numbers of a table, likeliest first.

    No number contains a semicolon or a tab; it may contain a comma.
    """
    return [d for d in (";", "\t", ",", BLANK) if d in text] + [","] * ("," not in text)


def _quick(text: str, delimiter: str) -> Any:
    """The numbers of a table that holds nothing else, by NumPy's fast reader; otherwise None."""
    import warnings

    import numpy as np

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cells = io.StringIO(text, newline=None)
            return np.loadtxt(cells, delimiter=delimiter.strip(BLANK) or None)
    except (ValueError, UserWarning):
        return None


def _numbers(path: Path, text: str, delimiter: str, skipped: int) -> tuple[Any, str]:
    import numpy as np

    rows = _number_rows(path, text, delimiter, skipped)
    top = next((k for k, row in enumerate(rows) if not all(map(_is_word, row.cells))), len(rows))
    header, rows = rows[:top], rows[top:]
    if not rows:
        what = f"words only: {', '.join(header[0].cells)}"[:80] if header else "nothing"
        raise FileError(
            f"{path.name} contains no numbers",
            where=str(path),
            expected="rows of numbers, with or without a header",
            got=what,
        )
    for row in rows:
        _check(path, row, rows[0], delimiter)
    _check_commas(path, rows, may_be_delimiter=delimiter != "," and not skipped)
    found = np.array([[float(c.replace(",", ".")) for c in cells] for _, cells in rows])
    words = f"{path.name}: left out the header {', '.join(header[-1].cells)}" if header else ""
    return np.squeeze(found), words[:100]


def _number_rows(path: Path, text: str, delimiter: str, skipped: int) -> list[Row]:
    """The rows without comments, their cells stripped."""
    if delimiter == BLANK:
        lines = re.split(r"\r\n|\r|\n", text)
        rows = [Row(k, line.split()) for k, line in enumerate(lines, 1)]
    else:
        rows = _rows(path, text, delimiter, skipped)
    bare = (Row(line, [cell.strip() for cell in cells]) for line, cells in rows)
    return [row for row in bare if any(row.cells) and not row.cells[0].startswith("#")]


def _is_number(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or THOUSANDS.fullmatch(cell))


def _is_word(cell: str) -> bool:
    """Whether a cell can belong to a header: it is not made of numbers."""
    return not cell or not all(map(_is_number, cell.split()))


def _check(path: Path, row: Row, first: Row, delimiter: str) -> None:
    """Refuse a row with a different number of cells, or with a cell that is not a number."""
    if len(row.cells) != len(first.cells):
        raise ParseError(
            "the rows of the table differ in length",
            where=f"{path}, line {row.line}",
            expected=f"{len(first.cells)} numbers, as on line {first.line}, separated by"
            f" {SAID.get(delimiter, delimiter)}",
            got=len(row.cells),
        )
    for column, cell in enumerate(row.cells, 1):
        if not _is_number(cell):
            raise ParseError(
                f"{cell!r:.40} is not a number" if cell else "a cell is empty",
                where=f"{path}, line {row.line}, column {column}",
                expected="a number in every cell",
                hint=(
                    "write nan for a missing number"
                    if not cell
                    else "leave out the thousands separators"
                    if re.search(r"\d[.,]\d", cell)
                    else ""
                ),
            )


def _check_commas(path: Path, rows: list[Row], may_be_delimiter: bool) -> None:
    """Refuse ambiguous commas, which may separate decimals, thousands or cells."""
    cells = [(row.line, cell) for row in rows for cell in row.cells]
    with_comma = [(line, cell) for line, cell in cells if "," in cell]
    if not with_comma:
        return
    if may_be_delimiter and len(rows[0].cells) == 1:
        line, cell = with_comma[0]
        raise ParseError(
            f"the comma in {cell} may separate decimals or numbers",
            where=f"{path}, line {line}",
            expected="decimal points",
            hint=f"write {cell.replace(',', '.', 1)}",
        )
    with_point = [(line, cell) for line, cell in cells if "." in cell]
    thousands = [pair for pair in with_comma if THOUSANDS.fullmatch(pair[1])]
    several = [pair for pair in thousands if pair[1].count(",") > 1]
    if not with_point and not several and len(thousands) < len(with_comma):
        return
    line, cell = (several or with_comma)[0]
    if several:
        raise ParseError(
            f"the commas in {cell} separate thousands",
            where=f"{path}, line {line}",
            expected="numbers without them",
            hint=f"write {cell.replace(',', '')}",
        )
    others = [f", and {cell} on line {line} has a decimal point" for line, cell in with_point]
    raise ParseError(
        f"the comma in {cell} may separate decimals or thousands",
        where=f"{path}, line {line}",
        expected="decimal points, or decimal commas in all numbers",
        got=cell + (others[0] if others else ""),
        hint=f"write {cell.replace(',', '.', 1)} or {cell.replace(',', '')}",
    )


def with_header(path: str | Path) -> tuple[tuple[str, ...], Any]:
    """The header of a table, empty where there is none, and its numbers as rows and columns.

    Raises what `numbers` raises.
    """
    import numpy as np

    found, _ = numbers(path)
    text, said, skipped = _opened(path)
    for delimiter in said or _possible(text):
        rows = _number_rows(Path(path), text, delimiter, skipped)
        if not rows:
            continue
        wide = len(rows[-1].cells)
        if found.size % wide == 0 and all(len(row.cells) == wide for row in rows):
            is_header = all(map(_is_word, rows[0].cells))
            header = tuple(rows[0].cells) if is_header else ()
            return header, np.reshape(found, (-1, wide))
    return (), np.atleast_2d(found)
