"""docs/architecture.md against the folders, the import contracts and the picture."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = re.findall(r"^\| `(gradviz[\w.]*)` \| (.*) \|$", PAGE, re.MULTILINE)
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]


def folder(module: str) -> Path:
    """Where a module stands: its folder, or its file without the suffix."""
    base = ROOT / "tui" if module.startswith("gradviz_tui") else ROOT
    return base / module.replace(".", "/")


def floors() -> list[set[str]]:
    """The layers of the import contract from the top, each the modules that share it."""
    (layers,) = [c["layers"] for c in LINTER["contracts"] if c["type"] == "layers"]
    return [set(re.findall(r"[\w.]+", layer)) for layer in layers]


def test_every_room_of_the_table_is_there_and_every_one_that_is_there_is_in_it() -> None:
    names = {name for name, _ in ROOMS}
    there = {"gradviz_tui"} | {
        f"gradviz.{path.stem}"
        for path in (ROOT / "gradviz").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem[0] != "_"
    }
    assert names == there


def test_the_table_has_the_order_of_the_import_contract() -> None:
    order = [next(i for i, floor in enumerate(floors()) if name in floor) for name, _ in ROOMS]
    assert order == sorted(order)
    assert {name for floor in floors() for name in floor} == {name for name, _ in ROOMS}


@pytest.mark.parametrize(("room", "told"), ROOMS)
def test_the_folders_and_files_that_are_named_exist(room: str, told: str) -> None:
    base = folder(room)
    for name in re.findall(r"`([\w/.]+?)/?`", told):
        inside = base.parent if name.startswith(base.name) else base
        assert (inside / name).exists() or name == "gradviz", f"{room}: {name}"


def test_what_is_said_of_views_and_sympy_is_a_contract() -> None:
    forbidden = [c for c in LINTER["contracts"] if c["type"] == "forbidden"]
    views = next(c for c in forbidden if "gradviz.engine" in c["forbidden_modules"])
    assert {f"gradviz.{v}" for v in ("story", "layout", "scene", "export")} == set(
        views["source_modules"]
    )
    assert "gradviz.mistakes" in views["forbidden_modules"]
    users = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "gradviz").rglob("*.py")
        if re.search(r"^\s*(import sympy|from sympy)", path.read_text(encoding="utf-8"), re.M)
    ]
    assert users and all(re.fullmatch(r"gradviz/arrays/exact\w*\.py", user) for user in users)


def test_the_places_of_declarations_exist() -> None:
    table = PAGE[PAGE.index("| thing |") :]
    rows = re.findall(r"^\| (.*) \| (.*) \| .* \|$", table, re.MULTILINE)[1:]
    assert len(rows) >= 10
    for thing, places in rows:
        named = re.findall(r"`(.*?)`", places)
        assert named, thing
        for place in named:
            assert (ROOT / place).exists(), place


def test_the_picture_names_what_is_there_and_is_what_the_script_draws(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        picture = importlib.import_module("architecture_picture")
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    for name, module, _ in picture.STATIONS.values():
        if module:
            assert hasattr(importlib.import_module(module), name), f"{module}.{name}"
    for _, _, rooms in picture.WAYS:
        for room in filter(None, rooms.split(", ")):
            assert any(name.endswith(room) for name, _ in ROOMS), room
    picture.main(tmp_path / "drawn.svg")
    assert (tmp_path / "drawn.svg").read_bytes() == picture.FILE.read_bytes()


def test_importing_gradviz_loads_nothing_heavy() -> None:
    code = (
        "import sys, gradviz\n"
        "heavy = {'numpy', 'sympy', 'textual'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def offered(room: str) -> set[str] | None:
    """The modules that a room names for others in its docstring, one per line; None for a room of
    one file.
    """
    path = folder(room) / "__init__.py"
    if not path.exists():
        return None
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    named = re.findall(r"^- (\w+)$", said.partition("For other rooms")[2], re.MULTILINE)
    assert named == sorted(named), f"the modules that {room} offers are not in order"
    return set(named)


def test_rooms_import_from_each_other_what_their_docstrings_offer() -> None:
    """And each module that is offered is there, and another room uses it."""
    used: dict[str, set[str]] = {name: set() for name, _ in ROOMS}
    wrong = []
    for importer, module in imports():
        room = room_of(module)
        if room is None or room == room_of(importer) or module == room:
            continue
        part = module.removeprefix(f"{room}.").partition(".")[0]
        used[room].add(part)
        if part not in (offered(room) or ()):
            wrong.append(f"{importer} imports {module}, which {room} does not offer to others")
    assert not wrong, "\n".join(sorted(wrong))
    for room, _ in ROOMS:
        unused = (offered(room) or set()) - used[room]
        assert not unused, f"{room} offers {unused}, which no other room uses"


def imports() -> Iterator[tuple[str, str]]:
    """Every import of a module of ours, inside functions too: by which module, and of which."""
    for base in (ROOT, ROOT / "tui"):
        for path in (base / ("gradviz" if base == ROOT else "gradviz_tui")).rglob("*.py"):
            importer = ".".join(path.relative_to(base).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from ((importer, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    for alias in node.names:
                        whole = f"{node.module}.{alias.name}"
                        yield importer, whole if is_module(whole) else node.module


def is_module(name: str) -> bool:
    path = folder(name)
    return path.is_dir() or path.with_suffix(".py").exists()


def room_of(module: str) -> str | None:
    """The room of a module; None for other packages and for the public names in `gradviz`."""
    names = [name for name, _ in ROOMS if f"{module}.".startswith(f"{name}.")]
    return names[0] if names else None
