"""Every public function, called wrongly: one message of ours, never Python's own."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.calls import public
from gradviz.errors import CallError, GradvizError

TEXT = "x*y"
STRANGE: tuple[Any, ...] = (
    None, 3, -1, 2.5, True, {}, {"x": 1}, [], object(), "((", "", b"x", float("nan"), max, ("a", 1),
)  # fmt: skip


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for owner, name, names in ((gv, "gv", gv.PUBLIC), (gv.exam, "gv.exam", gv.exam.__all__)):
        for one in names:
            found = getattr(owner, one)
            if inspect.isfunction(found):
                yield f"{name}.{one}", found


EVERY = dict(functions())


def test_all_public_functions_are_here() -> None:
    assert {"gv.run", "gv.check", "gv.render", "gv.exam.grade", "gv.exam.question"} <= set(EVERY)
    assert len(EVERY) == 27


def wrong_calls(function: Callable[..., Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Nothing, too much, unknown names, and every strange value in every place."""
    trace = gv.run(TEXT, x=1, y=2)
    yield (), {}
    yield (TEXT,) * 9, {}
    yield (TEXT,), {"nonsense_option": 1}
    for first in (TEXT, trace):
        for value in STRANGE:
            yield (value,), {}
            yield (first, value), {}
            for p in inspect.signature(function).parameters.values():
                if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD):
                    yield (first,), {p.name: value}
                    yield (first,), {p.name: value, "x": 1, "y": 2}


@pytest.mark.parametrize("name", EVERY)
def test_a_wrong_call_is_answered_in_one_message(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = 0
    for args, named in wrong_calls(EVERY[name]):
        try:
            EVERY[name](*args, **named)
        except GradvizError as error:
            refused += 1
            assert str(error)
    assert refused > 3


@pytest.mark.parametrize("name", EVERY)
def test_a_call_without_or_with_too_many_arguments_says_what_is_taken(name: str) -> None:
    found = inspect.signature(EVERY[name]).parameters.values()
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in found)
    for args in ((), (TEXT,) * 9)[: 1 if takes_any else 2]:
        with pytest.raises(CallError, match=f"{name} is called wrongly") as caught:
            EVERY[name](*args)
        assert f"expected: {name}(" in str(caught.value) and "got:" in str(caught.value)
        assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gv.run(TEXT, {"x": 1}), "values={'x': 1}, or each input by its name: x=1"),
        (lambda: gv.check(TEXT, {"x": 1}), "values={'x': 1}"),
        (lambda: gv.run(TEXT, 1, 2), "inputs and options are given by name: x=1"),
        (lambda: gv.run(), "give source"),
        (lambda: gv.fold(TEXT, dept=1), "did you mean depth?"),
        (lambda: gv.enter(TEXT, "a"), "gv.run(…) makes a trace"),
        (lambda: gv.run(TEXT, values=3), "values: Mapping[str, Any] or None"),
        (lambda: gv.exam.paper("exam.gv.toml"), "exam: Exam"),
    ],
)
def test_a_slip_is_told_its_remedy(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(CallError) as caught:
        call()
    assert says in str(caught.value)


@pytest.mark.parametrize("name", EVERY)
def test_a_public_function_keeps_its_signature_and_can_be_pickled(name: str) -> None:
    assert pickle.loads(pickle.dumps(EVERY[name])) is EVERY[name]
    assert EVERY[name].__doc__ and inspect.signature(EVERY[name]).parameters


def test_what_goes_wrong_inside_is_not_blamed_on_the_caller() -> None:
    def broken(x: int) -> int:
        return x + "1"  # type: ignore[operator]

    with pytest.raises(TypeError, match="unsupported operand") as caught:
        public(broken, "gv.broken")(1)
    assert not isinstance(caught.value, GradvizError)


def test_a_text_can_be_folded() -> None:
    assert len(gv.fold("net:mlp:2-3-1", depth=1).nodes) < len(gv.net("mlp:2-3-1").nodes)


TRACE = gv.run("x*y", x=1, y=2)
PROGRAM = gv.compile("x*y")
WRONG_METHODS: list[tuple[Callable[[], Any], str]] = [
    (lambda: TRACE.value(), "Trace.value(key)"),
    (lambda: TRACE.value("x", "y"), "Trace.value('x', 'y')"),
    (lambda: TRACE.gradient(kye="x"), "Trace.gradient(kye='x')"),
    (lambda: TRACE.contributions(), "give key"),
    (lambda: TRACE.to_json(2), "Trace.to_json(2)"),
    (lambda: gv.Trace.from_json(), "Trace.from_json(text)"),
    (lambda: TRACE.save(), "Trace.save(path)"),
    (lambda: gv.Trace.load(), "Trace.load(path)"),
    (lambda: TRACE.graph.find(), "Graph.find(key)"),
    (lambda: TRACE.graph.bind(), "give input_shapes"),
    (lambda: gv.inputs("x")[0].named(), "Expression.named(name)"),
    (lambda: PROGRAM.value(1, 2), "value(x=1)"),
    (lambda: PROGRAM.gradients({"x": 1, "y": 2}), "gradients(values={'x': 1, 'y': 2})"),
    (lambda: PROGRAM.trace(1), "it takes its inputs by name"),
    (lambda: PROGRAM.batch([1]), "batch([1])"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "said"), WRONG_METHODS)
def test_methods_answer_wrong_calls_too(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(CallError) as refused:
        call()
    assert said in str(refused.value) and "called wrongly" in str(refused.value)


def test_methods_keep_their_signatures_and_answers() -> None:
    assert str(inspect.signature(TRACE.value)) == "(key: 'Any') -> 'Any'"
    assert TRACE.gradient("x") == 2 and PROGRAM.gradients(x=1, y=2) == {"x": 2, "y": 1}
    assert gv.Trace.from_json(TRACE.to_json()).value("y") == 2
