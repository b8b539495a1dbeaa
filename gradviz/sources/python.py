"""A function in a file of Python: `lecture.py::forward`, or `lecture.py::loss(y=2)`.

The function is called once, on expressions; what it computes with them is the graph, each node of
which knows the line and the columns that made it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from inspect import Parameter, signature, unwrap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from gradviz.errors import GradvizError, ValueInputError, did_you_mean
from gradviz.files import read_text
from gradviz.graph import expression
from gradviz.graph.code import Code, Place
from gradviz.graph.expression import Expression
from gradviz.graph.graph import Graph
from gradviz.graph.text.grammar import RESERVED
from gradviz.ops.registry import by_operator
from gradviz.ops.shaping import encode_index
from gradviz.sources import Source

FORM: Final = re.compile(r"(?s)(?P<file>.*?\.py)::(?P<name>\w+)(?:\((?P<given>.*)\))?\s*", re.I)
ASSIGNED: Final = "__assigned__"
INDEX: Final = "__index__"
HOW: Final = "FILE.py::FUNCTION, or FILE.py::FUNCTION(y=2) for what is not an input"


def read(text: str) -> Graph:
    """The graph that a function computes. Raises ValueInputError and FileError."""
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise ValueInputError("which function of the file?", expected=HOW, got=f"{text!r:.60}")
    path = Path(found["file"])
    source = read_text(path)
    functions = _functions(path, source)
    function = functions.get(found["name"])
    if function is None:
        raise ValueInputError(
            f"there is no function {found['name']!r:.60} in {path.name}",
            expected=", ".join(functions) or "a file with a function",
            hint=did_you_mean(found["name"], functions),
        )
    return _Call(path, source, function, _given(found["given"] or "")).graph()


def _functions(path: Path, source: str) -> dict[str, Callable[..., Any]]:
    """The functions that a file defines. Its own imports are found as if it were run."""
    space: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    space |= {ASSIGNED: _assigned, INDEX: _Index()}
    sys.path.insert(0, str(path.parent.absolute()))
    try:
        with _blaming(path), redirect_stdout(sys.stderr):
            exec(compile(_Assignments().of(source), str(path), "exec"), space)  # noqa: S102 - what this kind is for
    finally:
        sys.path.pop(0)
    return {
        name: value
        for name, value in space.items()
        if getattr(getattr(value, "__code__", None), "co_filename", "") == str(path)
    }


class _Index:
    """Gives back what is written between the brackets of a subscript."""

    def __getitem__(self, index: Any) -> Any:
        return index


def _assigned(target: Any, index: Any, value: Any) -> Any:
    """What a variable stands for after `target[index] = value`."""
    if isinstance(target, Expression) or isinstance(value, Expression):
        entries = encode_index(index)
        return expression.call(by_operator("x[]="), target, value, index=entries)
    target[index] = value
    return target


class _Assignments(ast.NodeTransformer):
    """Rewrites `x[2] = 0` as `x = assigned(x, [2], 0)`, in the same place: an expression cannot be
    changed, but its variable can stand for another.
    """

    def of(self, source: str) -> ast.Module:
        """The module of a source text."""
        found = self.visit(ast.parse(source))
        assert isinstance(found, ast.Module)
        return ast.fix_missing_locations(found)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """An assignment to one element or slice of a variable."""
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Subscript):
            return self.generic_visit(node)
        return self._assign(node, target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """`x[2] += y`."""
        if not isinstance(node.target, ast.Subscript):
            return self.generic_visit(node)
        before = ast.Subscript(node.target.value, node.target.slice, ast.Load())
        value = ast.copy_location(ast.BinOp(before, node.op, node.value), node)
        return self._assign(node, node.target, value)

    def _assign(self, node: ast.stmt, target: ast.Subscript, value: ast.expr) -> ast.AST:
        if not isinstance(target.value, ast.Name):
            return self.generic_visit(node)
        name = target.value.id
        index = ast.Subscript(ast.Name(INDEX, ast.Load()), target.slice, ast.Load())
        call = ast.Call(ast.Name(ASSIGNED, ast.Load()), [target.value, index, value], [])
        made = ast.Assign([ast.Name(name, ast.Store())], ast.copy_location(call, node))
        return ast.copy_location(made, node)


def _given(text: str) -> dict[str, Any]:
    """Arguments that are plain values: `y=2, reg=0.1`. Raises ValueInputError."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        assert isinstance(call, ast.Call) and not call.args
        return {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, AssertionError):
        raise ValueInputError(
            "the arguments of the function cannot be read", expected=HOW, got=f"({text:.60})"
        ) from None


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Errors of user code end in one message, with the line of this file that they come from."""
    try:
        yield
    except SyntaxError as error:
        raise ValueInputError(
            f"{path.name} is not Python: {error.msg}", where=f"{path.name}, line {error.lineno}"
        ) from None
    except GradvizError as error:
        error.where = error.where or _line_of(error, path)
        raise
    except Exception as error:  # noqa: BLE001 - code of the user's may raise anything
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise ValueInputError(
            f"the code stopped with {what:.200}", where=_line_of(error, path)
        ) from None


def _line_of(error: BaseException, path: Path) -> str:
    """The last line of the file on the way to an error."""
    found, at = "", error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == str(path):
            found = f"{path.name}, line {at.tb_lineno}"
        at = at.tb_next
    return found


class _Call:
    """One call of a function on expressions, watched line by line."""

    def __init__(
        self, path: Path, source: str, function: Callable[..., Any], given: dict[str, Any]
    ) -> None:
        self.path, self.function, self.given = path, function, given
        self.code: CodeType = unwrap(function).__code__  # type: ignore[attr-defined]
        self.lines = source.splitlines()
        self.made: list[tuple[Expression, CodeType, int]] = []
        self.before: dict[str, Any] = {}
        self.taken: set[str] = set()

    def graph(self) -> Graph:
        """The graph of what the function returns. Raises ValueInputError for anything else."""
        arguments = self._arguments()
        self.taken |= set(arguments)
        with _blaming(self.path), redirect_stdout(sys.stderr), expression.watched(self._note):
            found = self._traced(arguments)
        if not isinstance(found, Expression):
            raise ValueInputError(
                f"{self.function.__name__} does not return one expression",
                where=self.path.name,
                expected="what it computes from its inputs: a loss, or an array",
                got=type(found).__name__,
            )
        graph = expression.graph_of(found)
        return graph.written_as(self._code(graph))

    def _arguments(self) -> dict[str, Any]:
        """An input for every parameter without a default and without a given value."""
        parameters = signature(self.function).parameters
        for name in self.given:
            if name not in parameters:
                raise ValueInputError(
                    f"{self.function.__name__} has no parameter {name!r:.60}",
                    expected=", ".join(parameters),
                    hint=did_you_mean(name, parameters),
                )
        found = dict(self.given)
        for name, parameter in parameters.items():
            if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
                continue
            if name not in found and parameter.default is Parameter.empty:
                (found[name],) = expression.inputs([name])
        return found

    def _traced(self, arguments: dict[str, Any]) -> Any:
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            return self.function(**arguments)
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, value: Any) -> Any:
        if frame.f_code is not self.code:
            return None
        self.before = dict(frame.f_locals)
        return self._line

    def _line(self, frame: FrameType, event: str, value: Any) -> Any:
        """After each line: what it has assigned is called as its variable."""
        for name, found in frame.f_locals.items():
            if isinstance(found, Expression) and self.before.get(name) is not found:
                self._call(found, name)
        self.before = dict(frame.f_locals)
        return self._line

    def _call(self, found: Expression, name: str) -> None:
        if found.name or not found.inputs or name in RESERVED:
            return
        names = (name if k == 1 else f"{name}{k}" for k in range(1, len(self.made) + 2))
        found.name = next(n for n in names if n not in self.taken)
        self.taken.add(found.name)

    def _note(self, made: Expression) -> None:
        """Where in the file an expression is made: in the innermost function of the file."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != str(self.path):
            frame = frame.f_back
        if frame is not None:
            self.made.append((made, frame.f_code, frame.f_lasti))

    def _code(self, graph: Graph) -> Code:
        functions = {self.code: None}
        places: dict[int, Place] = {}
        for made, code, instruction in self.made:
            place = self._place(code, instruction)
            if place is not None and made.inputs and graph.holds(made):
                functions[code] = None
                places[graph.find(made)] = place
        numbers = sorted({n for code in functions for n in _lines(code)})
        lines = tuple((n, self.lines[n - 1]) for n in numbers)
        return Code(lines, places, f"{self.path.name}::{self.function.__name__}")

    def _place(self, code: CodeType, instruction: int) -> Place | None:
        for k, found in enumerate(code.co_positions()):
            if k == instruction // 2:
                line, last, column, end = found
                if line is None or last is None or column is None or end is None:
                    return None
                return Place(line, self._column(line, column), last, self._column(last, end))
        return None

    def _column(self, line: int, octets: int) -> int:
        return len(self.lines[line - 1].encode()[:octets].decode(errors="ignore"))


def _lines(code: CodeType) -> range:
    """The lines of a function."""
    last = max(found[1] or code.co_firstlineno for found in code.co_positions())
    return range(code.co_firstlineno, last + 1)


def files(text: str) -> tuple[Path, ...]:
    """The file of the function."""
    return (Path(text.strip().partition("::")[0]),)


SOURCE = Source(
    "a function in Python", read, suffixes=(".py",), reads_files=True, runs_code=True, files=files
)
