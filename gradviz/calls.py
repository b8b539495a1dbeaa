"""Public functions and methods: a call that they cannot take ends in one message of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast, get_args, get_origin

from gradviz.errors import CallError, did_you_mean

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type)


def answering(name: str, *methods: str) -> Callable[[C], C]:
    """A class, known as `name`, whose methods of these names answer wrong calls as `public`
    functions do. Methods that programs call in their loops are left as they are.
    """

    def decorate(kind: C) -> C:
        for method in methods:
            is_static = isinstance(vars(kind)[method], staticmethod)
            made = public(getattr(kind, method), f"{name}.{method}", bound=not is_static)
            setattr(kind, method, staticmethod(made) if is_static else made)
        return kind

    return decorate


def unnamed(name: str, surplus: tuple[Any, ...]) -> CallError:
    """The error of a method that takes nothing but names, and was given `surplus`."""
    return CallError(
        f"{name} is called wrongly: it takes its inputs by name",
        expected=f"{name}(x=1)",
        got=f"{name}({', '.join(map(_brief, surplus))})",
        hint=f"{name}(values={_brief(surplus[0])})" if isinstance(surplus[0], Mapping) else "",
    )


def public(function: F, name: str, *, bound: bool = False) -> F:
    """The function under its public name. Its calls raise CallError for arguments that it does not
    take, and for values of another type than it declares, where those end in an error.

    Nothing is checked while a call succeeds. The first argument of a `bound` one is its object.
    """

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except (TypeError, AttributeError) as error:
            if isinstance(error, CallError):
                raise
            refused = _refusal(function, name, args, named, bound)
            if refused is None:
                raise
            raise refused from None

    module, _, call.__qualname__ = name.rpartition(".")
    call.__module__ = module.replace("gv", "gradviz", 1)  # so that it can be pickled
    call.__name__ = call.__qualname__
    return cast(F, call)


def _refusal(
    function: Callable[..., Any],
    name: str,
    args: tuple[Any, ...],
    named: Mapping[str, Any],
    is_bound: bool,
) -> CallError | None:
    """What is wrong with a call; None if its arguments are those that the function declares."""
    from inspect import signature

    declared = signature(function, eval_str=True)
    if is_bound:
        _, *others = declared.parameters.values()
        declared, args = declared.replace(parameters=others), args[1:]
    said = ", ".join([*map(_brief, args), *(f"{key}={_brief(v)}" for key, v in named.items())])
    got = f"{name}({said})"
    try:
        bound = declared.bind(*args, **named)
    except TypeError as error:
        return CallError(
            f"{name} is called wrongly: {error}",
            expected=_told(name, declared),
            got=got,
            hint=_advice(declared, args, named),
        )
    for key, value in bound.arguments.items():
        parameter = declared.parameters[key]
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if not _fits(value, parameter.annotation):
            return CallError(
                f"{name} is called wrongly: {key} is of the wrong type",
                expected=f"{key}: {_type_name(parameter.annotation)}",
                got=f"{_brief(value)}, of the type {type(value).__name__}",
                hint="gv.run(…) makes a trace" if _makes_trace(parameter.annotation) else "",
            )
    return None


def _told(name: str, declared: Any) -> str:
    """The signature without types, and without options that are rarely needed."""
    pieces, keywords = list[str](), False
    for p in declared.parameters.values():
        if p.kind is p.KEYWORD_ONLY:
            keywords = True
        elif p.kind is p.VAR_KEYWORD:
            pieces.append("NAME=VALUE …")
        elif p.kind is p.VAR_POSITIONAL:
            pieces.append(f"*{p.name}")
        else:
            pieces.append(p.name if p.default is p.empty else f"{p.name}={p.default!r}")
    return f"{name}({', '.join(pieces)})" + (", and options by name" if keywords else "")


def _advice(declared: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    known = declared.parameters
    takes = [p for p in known.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    inputs = any(p.kind is p.VAR_KEYWORD for p in known.values())
    unknown = [key for key in named if key not in known]
    if len(args) > len(takes):
        if inputs and "values" in known and isinstance(args[len(takes)], Mapping):
            return f"values={_brief(args[len(takes)])}, or each input by its name: x=1"
        return "inputs and options are given by name: x=1" if inputs else ""
    missing = [p.name for p in takes[len(args) :] if p.default is p.empty and p.name not in named]
    if missing:
        return f"give {' and '.join(missing)}"
    return did_you_mean(unknown[0], known) if unknown and not inputs else ""


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a declared type, as far as it is a matter of classes."""
    if kind is float:
        return isinstance(value, int | float)
    if isinstance(kind, type) and get_origin(kind) is None:
        try:
            return isinstance(value, kind)
        except TypeError:  # a protocol
            return True
    origin, inner = get_origin(kind), get_args(kind)
    if kind is None:
        return value is None
    if not isinstance(origin, type):  # Any, a type variable, a literal, typing.Union
        return True
    if origin.__name__ == "UnionType":
        return any(_fits(value, one) for one in inner)
    if not isinstance(value, origin):
        return False
    if issubclass(origin, Mapping) or not issubclass(origin, Iterable) or not inner:
        return True
    return not isinstance(value, Collection) or all(_fits(v, inner[0]) for v in value)


def _type_name(kind: Any) -> str:
    said = getattr(kind, "__name__", "") if isinstance(kind, type) else ""
    if said and get_origin(kind) is None:
        return "None" if said == "NoneType" else said
    inner = get_args(kind)
    if getattr(get_origin(kind), "__name__", "") == "UnionType":
        return " or ".join(map(_type_name, inner))
    return str(kind).replace("collections.abc.", "").replace("typing.", "")


def _makes_trace(kind: Any) -> bool:
    return getattr(kind, "__name__", "") == "Trace"


def _brief(value: Any) -> str:
    return f"{type(value).__name__} …" if hasattr(value, "shape") else f"{value!r:.40}"
