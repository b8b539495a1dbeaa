"""`gradviz doctor`: what was found, and what a missing piece would give."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradviz.cli.commands import doctor
from gradviz.fonts import others
from gradviz.layout import engines
from gradviz.layout.engines import Answer, Engine

Gradviz = Callable[..., Any]
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    """Make packages look as if they were not installed."""
    found = doctor.version
    monkeypatch.setattr(doctor, "version", lambda name: "" if name in missing else found(name))


def test_what_was_found(gradviz: Gradviz) -> None:
    told = gradviz("doctor")
    assert told.status == 0 and not told.err
    assert re.search(rf"^  numpy +{re.escape(np.__version__)} ", told.out, re.MULTILINE)
    assert re.search(
        rf"^  python +{sys.version_info[0]}\.{sys.version_info[1]}\.", told.out, re.MULTILINE
    )
    assert re.search(r"^  Gradviz Sans +4 weights ", told.out, re.MULTILINE)
    assert re.search(r"^  width +100 columns +a pipe or a file$", told.out, re.MULTILINE)
    assert re.search(r"^  colour +off +not a terminal", told.out, re.MULTILINE)


def test_every_dependency_is_looked_for() -> None:
    wanted = {re.match(r"[\w-]+", line)[0] for line in PROJECT["dependencies"]}  # type: ignore[index]
    looked_for = {name for name, _, _ in doctor.PACKAGES}
    assert wanted - looked_for == {"graphviz-pure", "graphlay"}, "layout engines, listed as such"
    extras = {
        (extra, re.match(r"[\w-]+", line)[0])  # type: ignore[index]
        for extra, lines in PROJECT["optional-dependencies"].items()
        for line in lines
    }
    assert {(extra, name) for extra, name, _ in doctor.EXTRAS} | {
        ("cuda", "cupy-cuda13x")
    } == extras


def test_a_missing_option_says_what_it_would_give(
    gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "typst", "cupy", "cupy-cuda13x", "cupy-cuda12x")
    told = gradviz("doctor", "--width", "150")
    assert told.status == 0
    lines = told.out.splitlines()
    for name, gives, get in [
        ("typst", "pictures as PDF", "pip install gradviz-explainer"),
        ("cupy", "--backend cupy", 'pip install "gradviz-explainer[cuda]"'),
    ]:
        at = next(i for i, line in enumerate(lines) if line.startswith(f"  {name} "))
        assert "missing" in lines[at] and gives in lines[at]
        assert f"to get it: {get}" in lines[at + 1]


def test_the_program_for_videos(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.search(r"^  ffmpeg +there +videos", gradviz("doctor").out, re.MULTILINE)
    monkeypatch.setenv("PATH", "")
    assert re.search(r"^  ffmpeg +missing +videos", gradviz("doctor").out, re.MULTILINE)


def test_extras_that_are_named_exist() -> None:
    source = Path(doctor.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r"gradviz-explainer\[(\w+)\]", source)) <= set(
        PROJECT["optional-dependencies"]
    )


def test_a_missing_need_is_a_failure(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "sympy", "msgspec")
    told = gradviz("doctor")
    assert told.status == 1
    assert told.err.startswith("gradviz: gradviz cannot work without sympy, msgspec\n")
    assert "pip install gradviz-explainer" in told.err
    assert re.search(r"^  sympy +missing ", told.out, re.MULTILINE)


def test_it_works_where_numpy_is_gone() -> None:
    """The doctor is for broken machines: it answers without the packages that gradviz itself
    needs.
    """
    code = """
import importlib.abc, importlib.metadata, sys
GONE = {"numpy", "sympy", "msgspec"}
class Gone(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in GONE:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Gone())
version = importlib.metadata.version
def gone(name):
    if name in GONE:
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
importlib.metadata.version = gone
from gradviz.cli.main import run
sys.exit(run(["doctor"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("gradviz: gradviz cannot work without numpy, sympy, msgspec\n")
    assert "This" not in done.stderr and "Standard output" in done.stdout


def engine(name: str, path: str, version: str = "") -> Engine:
    return Engine(name, lambda request: Answer({}), lambda: version, path)


def test_layout_engines(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one that runs is the one that is used."""
    found = [
        engine("setting", "/opt/broken/dot"),
        engine("bundled", "/opt/pure", "graphviz-pure version 0.2.2 (Rust port of Graphviz 16.1)"),
        engine("graphlay", "", "graphlay 0.3.1"),
        engine("system", "/usr/bin/dot", "graphviz version 12.0.1 (0)"),
        engine("own", "", "gradviz's own columns"),
    ]
    monkeypatch.setattr(engines, "found", lambda: found)
    out = gradviz("doctor", "--width", "150").out
    for line in (
        r"setting +does not run +unusable: /opt/broken/dot",
        r"bundled +0\.2\.2 +places the boxes of pictures: /opt/pure",
        r"graphlay +0\.3\.1 +fallback: graphlay 0\.3\.1",
        r"system +12\.0\.1 +fallback: /usr/bin/dot",
        r"own +built in +fallback: gradviz's own columns",
    ):
        assert re.search(rf"^  {line}$", out, re.MULTILINE)


def test_what_it_says_is_true(gradviz: Gradviz) -> None:
    """Each package once, with the version that is installed; nothing is still to come."""
    findings = json.loads(gradviz("doctor", "--json").out)["findings"]
    packages = [*(name for name, _, _ in doctor.PACKAGES), *(name for _, name, _ in doctor.EXTRAS)]
    for name in packages:
        (told,) = [f for f in findings if f["name"] == name]
        try:
            assert told["found"] == metadata.version(name)
        except metadata.PackageNotFoundError:
            assert told["found"] == ""
    assert "to come" not in gradviz("doctor").out
    placing = [f["name"] for f in findings if f["gives"].startswith("places the boxes")]
    assert placing == [engines.found()[0].name]


def test_every_package_it_names_is_imported_by_gradviz() -> None:
    """A dependency that nothing uses is none. Packages of fonts are found by their files."""
    names = {"fonttools": "fontTools", "pillow": "PIL", "python-pptx": "pptx"}
    root = Path(doctor.__file__).parents[3]
    sources = [*(root / "gradviz").rglob("*.py"), *(root / "tui").rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = {*(n for n, _, _ in doctor.PACKAGES), *(n for _, n, _ in doctor.EXTRAS)}
    assert set(others.PACKAGES) < named
    for name in named - set(others.PACKAGES):
        module = names.get(name, name.replace("-", "_"))
        assert re.search(
            rf"^\s*(import|from) {module}\b|import_module\(\"{module}\"", code, re.M
        ), name


def test_cupy_without_a_gpu(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed is not enough: what the backend says against it is passed on."""
    import gradviz.arrays as arrays
    from gradviz.errors import BackendError

    def refuse(name: str) -> None:
        raise BackendError("the cupy backend needs an NVIDIA GPU", got="none that CuPy can use")

    found = doctor.version
    monkeypatch.setattr(
        doctor, "version", lambda name: "14.0.1" if name == "cupy-cuda13x" else found(name)
    )
    monkeypatch.setattr(arrays, "for_backend", refuse)
    out = gradviz("doctor", "--width", "150").out
    assert "14.0.1" in out
    assert "cannot be used: the cupy backend needs an NVIDIA GPU, got none that CuPy can use" in out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(engines, "found", list)
    assert max(map(len, gradviz("doctor", "--width", str(width)).out.splitlines())) <= width


def test_json(gradviz: Gradviz) -> None:
    data = json.loads(gradviz("doctor", "--json").out)
    assert set(data) == {"gradviz", "findings"}
    numpy = next(f for f in data["findings"] if f["name"] == "numpy")
    assert (numpy["found"], numpy["needed"]) == (np.__version__, True)


def test_bad_input(gradviz: Gradviz) -> None:
    refused = gradviz("doctor", "who")
    assert refused.refused and refused.status == 2
