"""The lint step finds code that asks for an op by its name."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def _lint() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "lint_op_names", ROOT / "scripts" / "lint_op_names.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


LINT = _lint()


@pytest.mark.parametrize(
    "planted",
    [
        'if op.name == "matmul": pass',
        'if "matmul" != row.op: pass',
        'if node.op in ("mul", "div"): pass',
        'if "conv" in op.name: pass',
        'if "pool" not in self.trace.op.name: pass',
        'if node.op.startswith("conv"): pass',
        'NAMES = {"maxpool2d": "max pooling", "dot": "dot product"}',
        'ONE = {"matmul": 1}',
        'IN_PLACE = frozenset({"batchnorm", "dropout"})',
        'LAYERS = ("matmul", "add")',
        'match node.op:\n    case "relu": pass',
    ],
)
def test_what_is_planted_is_found(planted: str) -> None:
    assert list(LINT.found_in(f"x = 1\n{planted}\n", LINT.names()))


@pytest.mark.parametrize(
    "fine",
    [
        'call("matmul", a, b)',
        'if maths.kind == "mul": pass',
        'if self.trace.rule in ("max", "min"): pass',
        'if op.operator == "*": pass',
        'if row.op == "input": pass',
        'Expression(op.name, (x,), {"index": entries})',
        'SEEN = {"lowest": 1, "mean": 2}',
        '"""add"""',
    ],
)
def test_what_is_no_question_for_a_name_is_left(fine: str) -> None:
    assert not list(LINT.found_in(fine, LINT.names()))


def test_a_planted_file_fails_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gradviz" / "scene").mkdir(parents=True)
    (tmp_path / "gradviz" / "scene" / "draw.py").write_text('\nif op.name == "dot": pass\n')
    (tmp_path / "gradviz" / "ops").mkdir()
    (tmp_path / "gradviz" / "ops" / "family.py").write_text('HERE = ("dot", "add")\n')
    monkeypatch.setattr(LINT, "ROOT", tmp_path)
    assert LINT.main(["gradviz"]) == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        "gradviz/scene/draw.py:2: asks for an op by its name: dot"
    )


def test_the_house_is_clean() -> None:
    assert LINT.main(list(LINT.FOLDERS)) == 0


@pytest.mark.parametrize("place", LINT.ALLOWED)
def test_every_exception_is_needed(place: str) -> None:
    files = [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py")
    assert any(list(LINT.found_in(f.read_text(encoding="utf-8"), LINT.names())) for f in files)
