"""`gradviz diagnose`: the sentences, the exit status, claims from files, bad inputs."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gradviz.cli.main import run

CAT = ["e = exp(s); p = e[0] / sum(e); L = -log(p)", "s=[3.2, 5.1, -1.7]"]


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = run(["diagnose", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_a_wrong_number_ends_with_status_3(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said([*CAT, "--claim", "L=0.89"], capsys)
    assert status == 3
    assert "L = 0.89 is not right: it is 2.04" in out
    assert "The logarithm was taken to base 10, in step 5" in out


def test_right_numbers_end_with_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said([*CAT, "--claim", "L=2.04", "--claim", "p=0.13"], capsys)
    assert status == 0 and "L = 2.04 is right." in out and "p = 0.13 is right." in out


def test_the_findings_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said([*CAT, "--claim", "L=0.89", "--json"], capsys)
    found = json.loads(out)
    assert status == 3 and found["schema"] == "gradviz.findings/1"
    (finding,) = found["findings"]
    assert finding["verdict"] == "explained" and finding["claims"][0]["text"] == "0.89"
    (slip,) = finding["best"]["slips"]
    assert slip["mistake"] == "logarithm-to-base-10" and slip["step"] == 5
    assert slip["says"].startswith("the logarithm was taken to base 10")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "what,number\nL,0.890\np,0.13\n"),
        ("a.txt", "# from the slide\nL=0.890\n\np=0.13\n"),
        ("a.json", '{"L": 0.890, "p": 0.13}'),
        ("b.json", '["L=0.890", "p=0.13"]'),
    ],
)
def test_claims_from_a_file_keep_their_digits(
    name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    file.write_text(text)
    status, out, _ = said([*CAT, "--claims", str(file)], capsys)
    assert status == 3
    assert "L = 0.890 is not right" in out and "p = 0.13 is right" in out
    assert "base 10" not in out  # 0.8861 is not 0.890: its last digit counts


def test_an_array_in_json_has_null_where_nothing_is_claimed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_text('{"e": [24.5, null, 0.183]}')
    status, out, _ = said([*CAT, "--claims", str(tmp_path / "a.json")], capsys)
    assert status == 0 and "is right" in out


BAD = [
    ([], 2, "nothing is claimed"),
    (["--claim", "L"], 1, "not a claim"),
    (["--claim", "K=1"], 1, "no node called"),
    (["--claim", "L=1", "--slips", "3"], 2, "--slips"),
    (["--claim", "L=1", "--h", "x"], 2, "--h"),
    (["--claim", "L=1", "--only", "signz"], 1, "signs"),
    (["--claim", "L=1", "--backend", "exact"], 2, "numpy"),
    (["--claims", "none.csv"], 1, "none.csv"),
]


@pytest.mark.parametrize(("words", "status", "says"), BAD)
def test_bad_inputs_get_one_message(
    words: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, out, err = said([*CAT, *words], capsys)
    assert (found, out) == (status, "") and says in err and "Traceback" not in err


@pytest.mark.parametrize(
    "text", ["L\n", "a,b\nL,x\n", '{"L": {}}', '{"L": 1', "[1, 2]", '{"L": true}']
)
def test_a_file_without_claims_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad").write_text(text)
    status, out, err = said([*CAT, "--claims", str(tmp_path / "bad")], capsys)
    assert (status, out) == (1, "") and "bad" in err


def test_the_wrong_gate_is_lit_in_the_text_and_in_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Step 5 takes the logarithm: its gate alone has a heavy frame."""
    file = tmp_path / "slip.svg"
    _, out, _ = said([*CAT, "--claim", "L=0.89", "-o", str(file), "--width", "160"], capsys)
    assert "┏━c: log" in out and out.count("┏") == 1
    drawn = " ".join(ElementTree.parse(file).getroot().itertext())
    drawn = " ".join(drawn.split())
    assert "step 5 of" in drawn and "base 10" in drawn and str(file) in out


def test_the_step_is_drawn_in_other_views_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """s for s(1 − s) at the sigmoid: dW[0,0] = 2(a − t)·a·x with a = σ(2.5)."""
    net = ["z = W @ x + b; a = sigmoid(z); L = sum((a - t)**2)", "W=[[1, 2], [3, -1]]"]
    net += ["x=[0.5, 1]", "b=[0, 0.1]", "t=[0, 1]"]
    file = tmp_path / "slip.svg"
    words = [*net, "--claim", "dW[0,0]=0.85404", "--view", "matrix", "-o", str(file)]
    status, _, err = said(words, capsys)
    assert (status, err) == (3, "")
    drawn = " ".join(" ".join(ElementTree.parse(file).getroot().itertext()).split())
    assert "s was taken for s(1 − s)" in drawn


def test_a_view_without_a_picture_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = said([*CAT, "--claim", "L=0.89", "--view", "matrix"], capsys)
    assert status == 2 and "-o FILE" in err


def test_a_picture_is_not_written_over_a_file_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.svg").write_text("mine")
    status, _, err = said([*CAT, "--claim", "L=0.89", "-o", str(tmp_path / "a.svg")], capsys)
    assert status == 1 and "a.svg" in err
    assert (tmp_path / "a.svg").read_text() == "mine"


def test_in_ascii_everything_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said([*CAT, "--claim", "L=-2.04", "--ascii"], capsys)
    assert out.isascii()
