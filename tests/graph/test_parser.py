"""The parser against Python's own `ast`, at sizes that break recursion, and at every mistake we
know of.
"""

import ast
import subprocess
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradviz.errors import GradvizError, ParseError
from gradviz.graph.graph import CONSTANT, INPUT, Graph
from gradviz.graph.text.parser import parse
from tests.sampled import sampled

Tree = tuple[Any, ...]


def tree(graph: Graph, node: int | None = None) -> Tree:
    """A small graph as nested tuples: `("add", ("name", "x"), ("number", "1"))`."""
    n = graph.nodes[graph.output if node is None else node]
    if n.op == INPUT:
        return ("name", n.name)
    if n.op == CONSTANT:
        return ("number", repr(n.options["value"]))
    index = (str(n.options["index"]),) if n.op == "index" else ()
    return (n.op, *(tree(graph, i) for i in n.inputs), *index)


def edges(text: str) -> list[tuple[str, ...]]:
    """Each op with its operands' names or values, for graphs of one level."""
    graph = parse(text)
    called = {n.id: n.name or n.op for n in graph.nodes}
    return [(n.op, *(called[i] for i in n.inputs)) for n in graph.nodes if n.inputs]


# Python's opinion

PYTHON_OPS: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.MatMult: "matmul",
    ast.Pow: "pow",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}


class NotOurs(Exception):
    """Python that is not in our grammar."""


def python_tree(text: str) -> Tree:
    """The same tuples from Python's syntax tree. Raises SyntaxError or NotOurs."""
    source = text.strip()
    return walk(ast.parse(source, mode="eval").body, source)


def walk(node: ast.expr, source: str) -> Tree:
    match node:
        case ast.Name(id=name):
            return ("name", name)
        case ast.UnaryOp():
            return signed(node, source)
        case (
            ast.BinOp(left=left, op=op, right=right)
            | ast.Compare(left=left, ops=[op], comparators=[right])
        ):
            if type(op) in PYTHON_OPS:
                return (PYTHON_OPS[type(op)], walk(left, source), walk(right, source))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if len(args) == {"exp": 1, "maximum": 2}.get(name):
                return (name, *(walk(a, source) for a in args))
        case ast.Subscript(value=value, slice=index):
            return ("index", walk(value, source), str(plain_index(index)))
        case _:
            return literal(node, source)
    raise NotOurs(ast.dump(node))


def signed(node: ast.UnaryOp, source: str) -> Tree:
    """A minus makes a number negative, unless brackets stand between them; a plus changes
    nothing.
    """
    if isinstance(node.op, ast.UAdd):
        return walk(node.operand, source)
    if not isinstance(node.op, ast.USub):
        raise NotOurs(ast.dump(node))
    innermost = node.operand
    while isinstance(innermost, ast.UnaryOp) and isinstance(innermost.op, ast.UAdd):
        innermost = innermost.operand
    between = source[node.col_offset : innermost.col_offset]
    if isinstance(innermost, ast.Constant) and "(" not in between:
        return ("number", repr(-innermost.value))  # type: ignore[operator]
    return ("neg", walk(node.operand, source))


def literal(node: ast.expr, source: str) -> Tree:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return ("number", repr(node.value))
    if isinstance(node, ast.List) and all(isinstance(i, ast.Constant) for i in node.elts):
        return ("number", ast.unparse(node))
    if isinstance(node, ast.List):
        return ("stack", *(walk(i, source) for i in node.elts))
    raise NotOurs(ast.dump(node))


def plain_index(node: ast.expr) -> list[Any]:
    entries = node.elts if isinstance(node, ast.Tuple) else [node]
    return [plain_entry(e) for e in entries]


def plain_entry(node: ast.expr) -> Any:
    if isinstance(node, ast.Slice):
        ends = [node.lower, node.upper] + ([node.step] if node.step else [])
        return ":".join(ast.unparse(e) if e else "" for e in ends)
    value = ast.literal_eval(node)
    return (
        {Ellipsis: "...", None: "newaxis"}.get(value, value)
        if not isinstance(value, list)
        else value
    )


NUMBERS = st.sampled_from(
    ["0", "3", "1_000", "2.5", ".5", "4.", "1e3", "2E-1", "12345678901234567890"]
)
LEAVES = st.sampled_from(["x", "y", "longer_name"]) | NUMBERS
BINARY = ["+", "-", "*", "/", "@", "**", "<", "<=", ">", ">=", "==", "!="]
SPACE = st.sampled_from(["", " ", "  "])
SUBSCRIPTS = st.sampled_from(
    ["0", "-1", "1:3", "::2", ":", "1:", ":-1", "..., 0", "None, :", "[0, 2]", "[0, -1], 1:"]
)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(st.sampled_from("+-"), SPACE, inner).map("".join),
        st.tuples(inner, SPACE, st.sampled_from(BINARY), SPACE, inner).map("".join),
        inner.map("({})".format),
        inner.map("exp({})".format),
        st.tuples(inner, inner).map(lambda ab: "maximum({}, {})".format(*ab)),
        st.tuples(inner, SUBSCRIPTS).map(lambda ab: "({})[{}]".format(*ab)),
        st.tuples(st.sampled_from("xy"), SUBSCRIPTS).map(lambda ab: "{}[{}]".format(*ab)),
        st.tuples(inner, inner).map(lambda ab: "[x, exp({}), y*({})]".format(*ab)),
    )


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=12)


def agree_with_python(text: str) -> None:
    """Both refuse the text, or both read it as the same tree."""
    try:
        expected = python_tree(text)
    except (SyntaxError, NotOurs):
        with pytest.raises(ParseError):
            parse(text)
    else:
        assert tree(parse(text)) == expected


@settings(deadline=None, max_examples=400)
@given(EXPRESSIONS)
@example("-x**2")
@example("-3**2")
@example("2**-x**-y*z")
@example("-(3)")
@example("--3")
@example("-+3")
@example("x - y - z")
@example("x**y**z")
@example("a < b < c")
@example("-x @ y")
@example("-3[0]")
def test_expressions_are_pythons(text: str) -> None:
    agree_with_python(text)


TOKENS = [*BINARY, "(", ")", "x", "y", "3", ".5", "exp(", "[0]", ",", " ", "-", "+", "//", "^"]
SOUP = st.lists(st.sampled_from(TOKENS), max_size=9).map("".join)


@settings(deadline=None, max_examples=600)
@given(SOUP)
@example("x(3)")
@example("exp()")
@example("(x)(y)")
@example("3 3")
def test_what_python_refuses_is_refused(text: str) -> None:
    agree_with_python(text)


@settings(deadline=None, max_examples=150)
@given(EXPRESSIONS)
def test_the_span_of_a_node_is_the_text_of_its_expression(text: str) -> None:
    try:
        graph = parse(text)
    except ParseError:
        return
    for node in graph.nodes:
        assert node.span is not None
        part = text[node.span.start : node.span.stop]
        inside = tree(parse(part))
        # A literal between brackets or in a list stands for itself again.
        assert inside == tree(graph, node.id), part


# Trees as written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + x", [("add", "x", "x")]),
        ("1/2", [("div", "constant", "constant")]),
        ("max(x, 0)", [("maximum", "x", "constant")]),
        ("min(x, y)", [("minimum", "x", "y")]),
        ("max(x)", [("max", "x")]),
        ("max(x, axis=0)", [("max", "x")]),
        ("max([x, y])", [("stack", "x", "y"), ("max", "stack")]),
        ("concatenate([x, y], axis=-1)", [("concatenate", "x", "y")]),
        ("concatenate(x, y)", [("concatenate", "x", "y")]),
        ("stack((x, y), axis=1)", [("stack", "x", "y")]),
        (
            "where(x > 0, x, 0)",
            [("greater", "x", "constant"), ("where", "greater", "x", "constant")],
        ),
        ("where(condition=c, b=y, a=x)", [("where", "c", "x", "y")]),
        ("q = W @ x; q*q", [("matmul", "W", "x"), ("mul", "q", "q")]),
        ("pi*x", [("mul", "constant", "x")]),
        ("W.T @ x", [("transpose", "W"), ("matmul", "transpose", "x")]),
        (
            "(a + b) .T**2",
            [("add", "a", "b"), ("transpose", "add"), ("pow", "transpose", "constant")],
        ),
        ("W.T.T[0]", [("transpose", "W"), ("transpose", "transpose"), ("index", "transpose")]),
    ],
)
def test_ops_and_operands(text: str, expected: list[tuple[str, ...]]) -> None:
    assert edges(text) == expected


def test_several_operands_of_max_nest_to_the_left() -> None:
    x, y, z = (("name", n) for n in "xyz")
    assert tree(parse("max(x, y, z)")) == ("maximum", ("maximum", x, y), z)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("sum(x)", {"axis": None, "keepdims": False}),
        ("sum(x, 0)", {"axis": 0, "keepdims": False}),
        ("sum(x, axis=-1, keepdims=True)", {"axis": -1, "keepdims": True}),
        ("sum(x, axis=(0, 1))", {"axis": (0, 1), "keepdims": False}),
        ("sum(x, axis=(0,))", {"axis": (0,), "keepdims": False}),
        ("sum(x, axis=(0))", {"axis": 0, "keepdims": False}),
        ("sum(x, axis=[0, -2],)", {"axis": [0, -2], "keepdims": False}),
        ("sum(x, axis='rows')", {"axis": "rows", "keepdims": False}),
        ('sum(x, axis="rows")', {"axis": "rows", "keepdims": False}),
        ("sum(x, axis=None)", {"axis": None, "keepdims": False}),
        ("reshape(x, ())", {"shape": ()}),
        ("reshape(x, (2, -1))", {"shape": (2, -1)}),
        ("leaky_relu(x, slope=1e-2)", {"slope": 0.01}),
        ("x[1:3, -1, ..., None, newaxis, [0, -2], ::2, :, ::]",
         {"index": ["1:3", -1, "...", "newaxis", "newaxis", [0, -2], "::2", ":", ":"]}),
        ("x[+1, 1:2:,]", {"index": [1, "1:2"]}),
    ],
)  # fmt: skip
def test_options(text: str, options: dict[str, Any]) -> None:
    graph = parse(text)
    assert repr(dict(graph.nodes[graph.output].options)) == repr(options)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("3.0", 3.0),
        ("1_000", 1000),
        ("1e-3", 0.001),
        ("pi", "pi"),
        ("(3)", 3),
        ("inf", float("inf")),
        ("-Infinity", float("-inf")),
        ("True", True),
        ("[1, -2.5]", [1, -2.5]),
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("[(1), 2,]", [1, 2]),
        ("[]", []),
        ("[1,\n 2]  # two numbers", [1, 2]),
    ],
)
def test_one_constant(text: str, value: Any) -> None:
    (node,) = parse(text).nodes
    assert (node.op, repr(node.options["value"])) == (CONSTANT, repr(value))


def test_nan_is_a_number() -> None:
    assert repr(parse("nan").nodes[0].options["value"]) == "nan"


def test_an_array_literal_with_inputs_is_a_stack_of_stacks() -> None:
    a, b = ("name", "a"), ("name", "b")
    expected = (
        "stack",
        ("stack", a, ("number", "2")),
        ("number", "[3, 4]"),
        ("stack", ("number", "3"), b),
    )
    graph = parse("[[a, 2], [3, 4], [3, b]]")
    assert tree(graph) == expected
    assert graph.nodes[graph.output].options == {"axis": 0}


# Statements


def test_an_assignment_names_a_node() -> None:
    graph = parse("q = W @ x; # product\n\nsum(q**2);")
    assert [n.name for n in graph.nodes] == ["W", "x", "q", "", "", ""]
    assert graph.nodes[graph.output].op == "sum"


def test_the_last_statement_is_the_output_also_when_it_is_an_assignment() -> None:
    graph = parse("s = x + y\nf = s*s\n")
    assert graph.nodes[graph.output].name == "f"


def test_a_second_name_is_the_same_node() -> None:
    graph = parse("q = x; p = q; p*q")
    assert [n.op for n in graph.nodes] == ["input", "mul"]
    assert graph.nodes[graph.output].inputs == (0, 0)


def test_a_literal_can_have_a_name() -> None:
    graph = parse("x = 3; x*y + x")
    named = [n for n in graph.nodes if n.name == "x"]
    assert [(n.op, n.options["value"]) for n in named] == [(CONSTANT, 3)]
    assert len(graph.consumers[named[0].id]) == 2


def test_newlines_inside_brackets_are_space() -> None:
    assert tree(parse("(x\n+ y)[\n0\n]")) == tree(parse("(x + y)[0]"))
    assert tree(parse("exp(\r\nx)\r\n")) == tree(parse("exp(x)"))


def test_names_are_compared_as_python_compares_them() -> None:
    assert [n.name for n in parse("ﬁ + fi + Größe + 𝑥 + x").inputs] == ["fi", "Größe", "x"]


def test_inputs_come_in_order_of_appearance() -> None:
    assert [n.name for n in parse("z*(y + x)*z").inputs] == ["z", "y", "x"]


# Sizes


@sampled(
    ("text", "nodes"),
    [
        (" + ".join(["x"] * 10_000), 10_000),
        ("*".join(f"x{i}" for i in range(10_000)), 19_999),
        ("(" * 3_000 + "x" + ")" * 3_000, 1),
        ("(" * 50_000 + "x" + ")" * 50_000, 1),
        ("-" * 20_000 + "x", 20_001),
        ("**".join(["x"] * 30_000), 30_000),
        ("exp(" * 20_000 + "x" + ")" * 20_000, 20_001),
        ("x" + "[0]" * 30_000, 30_001),
        ("+".join(["x"] * 100_000), 100_000),
        ("[" + ",".join(["1.5"] * 40_000) + "]", 1),
        (";".join(f"t{i + 1} = t{i} + x" for i in range(9_000)), 9_002),
    ],
    few=4,
    ids=[
        "terms",
        "factors",
        "3000 brackets",
        "50000 brackets",
        "minus",
        "powers",
        "calls",
        "indices",
        "longest",
        "array",
        "statements",
    ],
)
def test_large_texts(text: str, nodes: int) -> None:
    assert len(parse(text).nodes) == nodes


@sampled("opening", ["(", "[", "exp(", "x[", "-(", "[x,", "f=(", "1+("], few=2)
def test_many_open_brackets_are_one_error(opening: str) -> None:
    with pytest.raises(ParseError):
        parse(opening * (200_000 // len(opening)))


def test_a_text_of_a_megabyte_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        parse("x+" * 500_000 + "x")
    assert "200,000" in caught.value.expected and "1,000,001" in caught.value.got
    assert len(str(caught.value)) < 1_000


# Mistakes: text, column, what is said, what is suggested

MISTAKES = [
    # nothing
    ("", 1, "no expression", ""),
    ("   # nothing\n;\n", 1, "no expression", ""),
    # other languages
    ("x^2", 2, "^ is not known", "**"),
    ("x && y", 3, "&& is not known", "(a > 0)*(b > 0)"),
    ("x & y", 3, "& is not known", "(a > 0)*(b > 0)"),
    ("x || y", 3, "|| is not known", "maximum(a > 0, b > 0)"),
    ("|x|", 1, "| is not known", "abs(x)"),
    ("!x", 1, "! is not known", "1 - condition"),
    ("x and y", 3, "and is not known", "multiply"),
    ("x or y", 3, "or is not known", "maximum"),
    ("not x", 1, "not is not known", "1 - condition"),
    ("x if c else y", 3, "if is not known", "where(condition, a, b)"),
    ("lambda x: x", 1, "lambda is not known", "lam"),
    ("import os", 1, "import is not known", "inputs, numbers, operators"),
    ("x // 2", 3, "// is not known", "/ divides"),
    ("x % 2", 3, "% is not known", "remainder"),
    ("(y := x)", 4, ":= is not known", "statement of its own"),
    ("x += 1", 3, "+= is not known", "assigned once"),
    ("x **= 2", 3, "**= is not known", "assigned once"),
    ("x <> y", 3, "<> is not known", "!="),
    ("c ? x : y", 3, "? is not known", "where(condition, a, b)"),
    ("{x}", 1, "{ is not known", "( )"),
    ("x'", 2, "' is not known", "x.T"),
    ("x + \\\n y", 5, "\\ is not known", "( )"),
    # calls and attributes
    ("__import__('os').system('true')", 1, "no op '__import__'", "gradviz list ops"),
    ("x.t", 2, "attribute", "as in sum(x)"),
    ("x.", 2, "attribute", "as in sum(x)"),
    ("x.T()", 4, "operator", "x.T*("),
    ("3.T", 3, "operator", "3.*T"),
    ("(x + y).sum()", 8, "attribute", "sum((x + y))"),
    ("np.exp(x)", 3, "attribute", "exp(…) without np."),
    ("x.__class__", 2, "attribute", "as in sum(x)"),
    ("y*ln(x)", 3, "no op 'ln'", "log"),
    ("sigmod(x)", 1, "no op 'sigmod'", "did you mean sigmoid?"),
    ("x + x(3)", 5, "no op 'x'", "x*(…)"),
    ("exp x", 5, "operator is missing", "exp(x)"),
    ("exp()", 1, "exp lacks x", ""),
    ("exp(x, y)", 1, "exp takes at most 1", ""),
    ("sum(x, axes=0)", 1, "no argument 'axes'", "did you mean axis?"),
    ("sum(x, axis=y)", 1, "'axis' of sum must be a plain value", ""),
    ("sum(x, keepdims=true)", 1, "'keepdims' of sum is True or False", ""),
    ("sum(x, axis=0, axis=1)", 16, "axis is given twice", "remove one of them"),
    ("sum(axis=0, x)", 13, "follows a keyword argument", "move x to the front"),
    ("sum(x, axis=)", 13, "operand is missing", ""),
    ("max(x, y, axis=0)", 1, "max of several operands takes no options", "max([a, b]"),
    ("concatenate([])", 1, "concatenate lacks", ""),
    # text, None and tuples
    ("'a' + x", 1, "'a' is not an operand", "options"),
    ("x + None", 5, "None is not an operand", "options"),
    ("(x, y) + 1", 1, "(x, y) is not an operand", "[ ]"),
    ("() + 1", 1, "() is not an operand", "between the brackets"),
    ("x 'a'", 3, "operator is missing", "option"),
    ("sum('abc", 5, "' is not known", "matching quotes"),
    # names and =
    ("x + (y = 3)", 8, "= stands inside", "=="),
    ("x + 1 = y", 7, "= stands inside", "=="),
    ("x = y = 3", 7, "= stands inside", "=="),
    ("pi = 3", 1, "pi is a constant", ""),
    ("x*y; x = 3", 6, "x already has a value", "x2"),
    ("q = x; p = y; q = 3", 15, "q already has a value", "q2"),
    ("x = x + 1", 1, "x already has a value", "x2"),
    # brackets
    ("(x + y", 1, "( is never closed", "add )"),
    ("exp(x; y", 4, "( is never closed", "add )"),
    ("sum(x[1, y)", 10, "not a valid index", ""),
    ("x[1", 2, "[ is never closed", "add ]"),
    ("[1, 2", 1, "[ is never closed", "add ]"),
    ("(x]", 3, "( is closed by ]", "( was opened at line 1, column 1"),
    ("exp([x)", 7, "[ is closed by )", "[ was opened at line 1, column 5"),
    ("x[1)", 4, "[ is closed by )", "[ was opened at line 1, column 2"),
    ("x)", 2, "no bracket is open that )", "remove it"),
    ("]", 1, "no bracket is open that ]", "remove it"),
    # operands and operators
    ("x +", 4, "operand is missing after +", ""),
    ("x +\ny", 4, "operand is missing after +", "( )"),
    ("x + * y", 5, "operand is missing after +", "before *"),
    ("* x", 1, "operand is missing", "before *"),
    ("(x + )", 6, "operand is missing after +", ""),
    ("exp(, x)", 5, "operand is missing", ""),
    ("2x", 2, "between 2 and x", "2*x"),
    ("x y", 3, "between x and y", "x*y"),
    ("(x)(y)", 4, "between (x) and (", "(x)*("),
    ("2(x)", 2, "between 2 and (", "2*("),
    ("x = 3 y", 7, "between 3 and y", "3*y"),
    ("a < b < c", 7, "do not chain", "(a < b)*(b < c)"),
    ("x, y", 2, "comma stands outside", "[a, b]"),
    ("2*x:y", 4, ": is only allowed in an index", "x[1:3]"),
    ("x + ...", 5, "... is only allowed in an index", ""),
    # arrays and indices
    ("[[1, 2], [3]]", 10, "rows of the array literal differ", "same number"),
    ("[[x, 2], [y]]", 10, "rows of the array literal differ", "same number"),
    ("[[[1], [2]], [[3], x]] + [1, [2]]", 30, "rows of the array literal differ", "same number"),
    ("[" * 33 + "1" + "]" * 33, 1, "nested too deep", ""),
    ("x[i]", 3, "not a valid index", "where"),
    ("x[1.5]", 3, "not a valid index", ""),
    ("x[]", 3, "index is missing", ""),
    ("x[1:2:3:4]", 8, "not a valid index", ""),
    ("x[y > 0]", 3, "not a valid index", "where(condition, a, b)"),
    # numbers
    ("1.2.3", 1, "1.2.3 is not a number", "one point"),
    ("1__0", 1, "1__0 is not a number", "between digits"),
    ("x + 007", 5, "007 is not a number", "write 7"),
    ("0x1F", 1, "0x1F is not a number", "decimal"),
    ("9" * 5_000, 1, "is not a number", "exponent"),
    # characters
    ("x × y", 3, "× is not known", "write *"),
    ("x·y", 2, "· is not known", "write *"),
    ("x − y", 3, "− is not known", "write -"),
    ("x ÷ y", 3, "÷ is not known", "write /"),
    ("x²", 2, "² is not known", "**2"),
    ("√x", 1, "√ is not known", "sqrt(x)"),
    ("x ＋ y", 3, "＋ is not known", "write +"),
    ("（x）", 1, "（ is not known", "write ("),
    ("Wᵀ @ x", 2, "ᵀ is not known", ".T"),
    ("x\0", 2, "unprintable character, U+0000", "delete"),
    ("x\u200b", 2, "unprintable character, U+200B", "delete"),
    ("\ufeffx", 1, "unprintable character, U+FEFF", "delete"),
    ("x\u00a0+ y", 2, "special space character, U+00A0", "plain space"),
    ("x \ud800", 3, "unprintable character, U+D800", "delete"),
    ("x + ☃", 5, "☃ is not known", "letters"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column", "what", "hint"), MISTAKES, ids=[m[0][:30] for m in MISTAKES]
)
def test_a_mistake_is_shown_with_its_place(text: str, column: int, what: str, hint: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    error = caught.value
    assert what in error.what
    assert hint in error.hint
    assert isinstance(error.where, tuple)
    source, span = error.where
    assert source == text
    assert len(source[: span.start].rpartition("\n")[2]) + 1 == column
    assert f", column {column}\n" in str(error)
    assert error.expected or error.got


def test_the_place_counts_lines() -> None:
    with pytest.raises(ParseError) as caught:
        parse("q = x*y\nr = q + 1\nq = 2\n")
    assert "line 3, column 1\n            q = 2\n            ^" in str(caught.value)
    assert "first written at line 1, column 1" in caught.value.got


def test_an_opening_bracket_is_named_with_its_line() -> None:
    with pytest.raises(ParseError, match="closed by") as caught:
        parse("exp(\n  [x,\n   y)\n")
    assert caught.value.hint == "[ was opened at line 2, column 3"


@pytest.mark.parametrize("text", [None, 3, b"x", ["x"]])
def test_only_text_is_parsed(text: Any) -> None:
    with pytest.raises(ParseError, match="an expression is text"):
        parse(text)


NASTY = st.text(alphabet="xy3.0e_-+*/@<>=!()[],;: \n#'\"^&|%\\²×piexpsummax\0\u00a0ﬁ", max_size=40)


@settings(deadline=None, max_examples=600)
@given(st.text(max_size=40) | NASTY)
@example("1" * 5_000)
@example("0x" + "f" * 5_000)
@example("1e" + "9" * 5_000)
@example("x[" + "9" * 5_000 + "]")
@example("sum(x, axis=" + "(" * 40 + ")" * 40 + ")")
def test_any_text_is_a_graph_or_one_clear_error(text: str) -> None:
    try:
        graph = parse(text)
    except GradvizError as error:
        assert isinstance(error, ParseError)
        assert error.where and str(error)
    else:
        plain = unicodedata.normalize("NFKC", text)
        assert all(n.name in plain for n in graph.inputs)


def test_reading_needs_no_array_library() -> None:
    heavy = ["numpy", "sympy", "textual"]
    code = (
        "import sys; from gradviz.graph.text.parser import parse; from gradviz.graph.text.writer"
        " import write; from gradviz.graph.text.literals import value; write(parse('max(x, [1,"
        f" 2])')); value('[[1/3, 2]]'); print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def scopes_of(text: str) -> dict[str, str]:
    """The scope of every named node and op."""
    return {node.name or node.op: node.scope for node in parse(text).nodes}


def test_a_label_puts_its_statement_into_a_scope():
    found = scopes_of("s1: a = tanh(w*x + 2); s2: inner: b = exp(a)\nb")
    ops = {"a": "s1", "mul": "s1", "add": "s1", "b": "s2/inner"}
    assert ops.items() <= found.items()
    assert found["w"] == found["x"] == ""  # inputs come from outside
    constants = [
        node.scope for node in parse("s1: a = x*pi + 2; a*3").nodes if node.op == "constant"
    ]
    assert sorted(constants) == ["", "s1", "s1"]


def test_the_statements_of_a_scope_need_not_stand_together():
    assert scopes_of("s: a = exp(x); b = log(x); s: c = a*b; c")["c"] == "s"


def test_a_label_is_a_name_of_its_own():
    """It may equal an input's or a result's, and leaves slices, keywords and names as they are."""
    assert scopes_of("x: x = exp(a); x[1:3]")["x"] == "x"
    assert scopes_of("sum: sum(a, axis=0)")["sum"] == "sum"


@pytest.mark.parametrize(
    "text, at",
    [("s1:", 3), ("s1: ; x", 4), ("s1:\nx", 3), ("x*y: z", 3), ("a = b: c", 5), ("(a: x)", 2),
     ("f = relu(x: y)", 10), ("1: x", 1), ("pi: x", 0), ("a: None: x", 3), ("a:: x", 2),
     (": x", 0)],
)  # fmt: skip
def test_labels_elsewhere_are_refused_where_they_stand(text, at):
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert caught.value.where[1].start == at
