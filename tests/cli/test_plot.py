"""`gradviz plot`: files in every format, text in the terminal, JSON, and bad input."""

from __future__ import annotations

import json
import math
from pathlib import Path
from xml.etree import ElementTree

import pytest

import gradviz as gv
from gradviz.cli.main import run
from gradviz.export import formats

Capture = pytest.CaptureFixture[str]


def out(capsys: Capture, *words: str) -> str:
    assert run(["plot", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "suffix", [s for s in formats.suffixes() if formats.of(Path(f"a{s}")).inside]
)
def test_a_plot_is_written_in_every_format(tmp_path: Path, capsys: Capture, suffix: str) -> None:
    path = tmp_path / f"s{suffix}"
    assert out(capsys, "sigmoid(x)", "x=1", "-o", str(path)).splitlines()[-1] == str(path)
    assert path.stat().st_size > 300
    assert formats.of(path).is_ours(path.read_bytes())


def test_the_picture_is_described_by_its_numbers(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "s.svg"
    out(capsys, "sigmoid(x)", "x=1", "-o", str(path), "--theme", "dark")
    root = ElementTree.parse(path).getroot()
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"0.7311", "0.1966", "sigmoid(x)"} <= set(texts)
    description = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
    assert "At x = 1 the value is 0.7311 and the slope 0.1966" in description


def test_the_points_as_json_are_those_of_runs(capsys: Capture) -> None:
    data = json.loads(out(capsys, "tanh", "relu", "x=1", "--json", "--points", "9"))
    assert (data["schema"], data["kind"], data["variable"]) == ("gradviz.plot/1", "curves", "x")
    tanh, relu = data["curves"]
    for x, value, slope in tanh["pieces"][0]:
        assert value == pytest.approx(math.tanh(x), abs=1e-15)
        assert slope == pytest.approx(1 - math.tanh(x) ** 2, abs=1e-15)
    assert relu["at"] == [1, 1, 1]
    assert relu["kinks"][0]["x"] == 0
    assert (relu["kinks"][0]["left"][1], relu["kinks"][0]["right"][1]) == (0, 1)


def test_a_surface_as_json(capsys: Capture) -> None:
    data = json.loads(
        out(
            capsys,
            "x**2-y**2",
            "--paths",
            "gd:0.1",
            "--from",
            "x=1,y=0.5",
            "--steps",
            "2",
            "--json",
        )
    )
    assert data["critical"] == [
        {"kind": "saddle", "at": [0, 0], "value": 0, "eigenvalues": pytest.approx([-2, 2])}
    ]
    assert data["paths"][0]["steps"] == [
        pytest.approx(p) for p in ([1, 0.5, 0.75], [0.8, 0.6, 0.28], [0.64, 0.72, -0.1088])
    ]
    assert len(data["values"]) == len(data["y"]) and len(data["values"][0]) == len(data["x"])


def test_the_terminal_shows_the_curve(capsys: Capture) -> None:
    shown = out(capsys, "relu(x)", "x=1", "--width", "60", "--ascii")
    assert shown.isascii()
    lines = shown.split("\n")
    body = [line.split("|")[1] for line in lines if "|" in line]
    # From the lower left to the upper right: the first sign of each row moves to the left.
    first = [row.index("o") for row in body if "o" in row]
    assert first == sorted(first, reverse=True) and len(first) > 10
    assert "At x = 1 the value is 1 and the slope 1" in shown
    braille = out(capsys, "relu(x)", "--width", "60")
    assert any(0x2800 < ord(c) < 0x2900 for c in braille)
    assert "The slope jumps" in braille or "the slope jumps from 0 to 1" in braille


def test_the_terminal_shows_a_surface(capsys: Capture) -> None:
    shown = out(capsys, "x**2+y**2", "--ascii", "--width", "60")
    assert shown.isascii() and "o minimum 0 at x = 0, y = 0" in shown


def test_the_same_words_in_python(capsys: Capture) -> None:
    words = ["x**2+y**2", "--paths", "gd:0.2", "--from", "x=1,y=1", "--range", "x=-2..2,y=-2..2"]
    told = json.loads(out(capsys, *words, "--json"))
    same = gv.plot("x**2+y**2", paths="gd:0.2", start="x=1,y=1", range="x=-2..2,y=-2..2")
    assert told["sentence"] == gv.frame(same, 1).sentence
    assert told["paths"][0]["steps"][-1] == list(same.content.descents[0].places[-1])


@pytest.mark.parametrize(
    ("words", "message", "status"),
    [
        (["sigmoid(x)", "--range", "3..1"], "runs backwards", 1),
        (["sigmod(x)"], "sigmoid", 1),
        (["sigmoid(x)", "--points", "1000000"], "number of points", 1),
        (["sigmoid(x)", "y=1"], "no input 'y'", 1),
        (["3"], "without a variable", 1),
        (["log(x)", "--range", "-2..-1"], "no finite value", 1),
        (["x", "--nonsense"], "unknown option", 2),
        (["x", "--json", "-o", "a.svg"], "standard output", 2),
        (["x", "-o", "a.json"], "not graphs", 1),
        (["x", "-o", "a.nonsense"], "no format has the suffix", 1),
    ],
)
def test_bad_input_is_one_message_and_writes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    words: list[str],
    message: str,
    status: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["plot", *words]) == status
    told = capsys.readouterr()
    assert message in told.err and not told.out and "Traceback" not in told.err
    assert list(tmp_path.iterdir()) == []


def test_the_same_plot_gives_the_same_bytes(tmp_path: Path, capsys: Capture) -> None:
    for name in ("a.svg", "b.svg"):
        out(capsys, "activations", "x=1", "-o", str(tmp_path / name))
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


FIT = ("w*x + b", "--data", "linear", "w=-1", "b=0")


def test_ways_to_minimise_as_text_and_json(capsys: Capture) -> None:
    """Least squares ends lowest; a numerical gradient of 2 parameters takes 4 evaluations."""
    command = (*FIT, "--ways", "all", "--steps", "30")
    text = out(capsys, *command, "--width", "100")
    assert "Lowest: least squares" in text and "2·2 = 4" in text
    ways = json.loads(out(capsys, *command, "--json"))
    assert {w["name"]: w["evaluations"] for w in ways["ways"]} == {
        "random search": 500, "least squares": 4, "numerical gradient": 120, "GD": 30, "SGD": 6,
        "Adam": 30,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ways", "newton"), "newton"),
        (("--ways", "gd:fast"), "rate"),
        (("--ways", "gd", "--steps", "0"), "steps"),
        (("--ways", "gd", "--seed", "-1"), "seed"),
    ],
)
def test_bad_ways(tmp_path: Path, capsys: Capture, words: tuple[str, ...], said: str) -> None:
    assert run(["plot", *FIT, *words, "-o", str(tmp_path / "a.svg")]) == 1
    assert said in capsys.readouterr().err and not list(tmp_path.iterdir())
