"""The table of speed: every row has a figure or says why not, and the README has room for it."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("table")


def test_what_was_not_measured_says_why(table: ModuleType) -> None:
    found = table.Measured()
    found.missing = {"networks": "torch is not installed"}
    shown = [table.shown(row, found) for row in table.rows()]
    assert any("torch is not installed" in row for row in shown)
    assert all(row.endswith("| – |") for row in shown)


def test_a_missing_peer_is_named(table: ModuleType) -> None:
    found = table.Measured()
    for size in (5, 50, 500):
        name = f"batch {size}"
        peers = {"PyTorch": 6.0, "JAX": None}
        found.figures["batches", name] = table.Figure(name, 3.0, peers)
    shown = [table.shown(row, found) for row in table.array_rows()][:3]
    assert shown[0].endswith("| ≤ 3.3 | 3 ns | yes |")
    assert shown[1].endswith("| ≥ 1 | 2 × | yes |")
    assert shown[2].endswith("| ≥ 1 | JAX is not installed | – |")


def test_the_worst_case_is_judged(table: ModuleType) -> None:
    found = table.Measured()
    for size, ratio in ((50, 20.0), (500, 13.0), (5_000, 30.0)):
        name = f"recorded {size}"
        found.figures["scalars", name] = table.Figure(name, 1.0, {"micrograd": ratio})
    row = next(r for r in table.scalar_rows() if "50 to 5,000" in r.what)
    assert table.shown(row, found).endswith("| ≥ 14 | 13 to 30 × | no |")


def test_a_training_step_is_held_to_its_gradients(table: ModuleType) -> None:
    found = table.Measured()
    for name, ratio in (("XOR", 0.7), ("ring", 1.2), ("digits", 1.31)):
        peers = {"gradients": 10.0, "PyTorch": 40.0}
        found.figures["training", name] = table.Figure(name, 10 * ratio, peers)
    first, second = (table.shown(row, found) for row in table.training_rows())
    assert first.endswith("| ≤ 1.3 | 0.7 to 1.31 of its time | no |")
    assert second.endswith("| ≤ 1 | 0.175 to 0.328 of its time | yes |")


def test_two_threads_must_gain_what_pytorch_gains(table: ModuleType) -> None:
    found = table.Measured()
    for part, seconds, theirs in (("networks", 1.5, 1.8), ("two threads", 1.0, 1.0)):
        found.figures[part, "vgg16"] = table.Figure("vgg16", seconds, {"PyTorch": theirs})
    row = next(r for r in table.thread_rows() if "vgg16" in r.what)
    assert table.shown(row, found).endswith("| ≥ 1.6 | 1.5 × | no |")


def test_calls_take_turns(table: ModuleType) -> None:
    del table  # its fixture makes the module known
    shared = importlib.import_module("side_by_side")
    calls: list[str] = []
    shared.timed({n: lambda n=n: calls.append(n) for n in "ab"}, rounds=3, least=0)
    assert "".join(calls)[4:] == "ababab"  # after two calls each that do not count


def test_the_readme_quotes_it(table: ModuleType, tmp_path: Path) -> None:
    table.README, table.RESULTS = tmp_path / "README.md", tmp_path / "bench.md"
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(table.BEGIN) == text.count(table.END) == 1
    table.README.write_text(text, encoding="utf-8")
    table.write("| a |\n")
    table.write("| b |\n")
    quoted = table.README.read_text(encoding="utf-8")
    assert "| b |\n" in quoted and "| a |" not in quoted
    assert quoted.startswith(text.partition(table.BEGIN)[0])
    assert quoted.endswith(text.partition(table.END)[2])
