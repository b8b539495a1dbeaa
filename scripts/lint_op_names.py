"""Find code that asks for an op by its name, which only the op's declaration may do.

    python scripts/lint_op_names.py [FOLDER …]

It finds names of ops that are compared (`op.name == "matmul"`, `"conv" in op.name`, a `case`),
that are the keys of a dictionary, or that make up a tuple, a list or a set. Whatever other code
needs to know about an op is a field of `gradviz.ops.op.Op`. Exits with
status 1 if anything is found.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from gradviz.ops import registry

ROOT = Path(__file__).parent.parent
FOLDERS = ("gradviz", "tui")

ALLOWED = {
    "gradviz/ops/": "the declarations",
    "gradviz/arrays/": "functions of the array namespace have NumPy's names, not those of ops",
    "gradviz/story/maths/": "the kinds of written mathematics have their own names",
    "gradviz/networks/loss.py": "the losses that a network may be asked to end with",
    "gradviz/networks/pattern.py": "the words for layers in a pattern",
    "gradviz/networks/zoo/": "networks are built by naming ops",
    "gradviz/scene/views/cells/": "how the cells of a window become one has the names of numbers",
    "gradviz/exam/kinds/": "questions are made by naming ops, and explain their effects",
    "gradviz/exam/question/sample.py": "random graphs are built by naming ops",
    "gradviz/mistakes/": "a mistake declares the op whose rule it changes",
}
"""Files and folders in which names of ops may appear, and why."""

OTHER_THINGS = ("kind", "rule", "combine", "text")
"""Attributes compared with words that happen to be names of ops: `maths.kind == "mul"`."""

OPTIONS = ["index"]
"""The option whose name is also the name of its op."""


def found_in(source: str, names: frozenset[str]) -> Iterator[tuple[int, str]]:
    """The lines of a file that ask for an op by its name, with what they ask for."""
    tree = ast.parse(source)
    compared = {
        side for node in ast.walk(tree) if isinstance(node, ast.Compare) for side in _sides(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from ((node.lineno, said) for said in _compared(node, names))
        elif isinstance(node, ast.MatchValue):
            yield from ((node.lineno, said) for said in _texts(node.value) if said in names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("startswith", "endswith") and _is_name_of_op(node.func.value):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set) and node not in compared:
            entries = node.keys if isinstance(node, ast.Dict) else node.elts
            said = [text for entry in entries if entry for text in _texts(entry)]
            least = 1 if isinstance(node, ast.Dict) and said != OPTIONS else 2
            if len(said) == len(entries) >= least and names.issuperset(said):
                yield node.lineno, ", ".join(said)


def _compared(node: ast.Compare, names: frozenset[str]) -> Iterator[str]:
    sides = _sides(node)
    if any(_last_word(side) in OTHER_THINGS for side in sides):
        return
    contains = any(isinstance(op, ast.In | ast.NotIn) for op in node.ops)
    for side in sides:
        for text in _texts(side):
            if text in names or (contains and _is_name_of_op(sides[-1])):
                yield text


def _sides(node: ast.Compare) -> list[ast.expr]:
    return [node.left, *node.comparators]


def _texts(node: ast.expr) -> list[str]:
    """The text of a constant, or the texts of a collection."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return [text for entry in node.elts for text in _texts(entry)]
    return []


def _last_word(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_name_of_op(node: ast.expr) -> bool:
    """Whether it is `….op`, `op.name` or `….op.name`."""
    if not isinstance(node, ast.Attribute):
        return False
    return node.attr == "op" or (node.attr == "name" and _last_word(node.value) == "op")


def names() -> frozenset[str]:
    """The names of all ops."""
    return frozenset(op.name for op in (*registry.every(), registry.get("scope", hidden=True)))


def main(folders: list[str]) -> int:
    """Print what is found; return 1 if there is anything."""
    known, count = names(), 0
    for path in sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(tuple(ALLOWED)):
            continue
        for line, said in sorted(found_in(path.read_text(encoding="utf-8"), known)):
            print(f"{place}:{line}: asks for an op by its name: {said}")
            count += 1
    if count:
        print("Put what is asked into the op's declaration: a field of gradviz.ops.op.Op.")
    return bool(count)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(FOLDERS)))
