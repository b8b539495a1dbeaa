"""The views of a trace: ways to step through it and to see it, one file each.

A file declares a `VIEW` and is named after the walk that it makes (`gradviz.trace.walks`). A view
says of itself which traces it fits; the stories, pictures and reports of its walk are found by the
same name in their rooms. Its options follow its name, as in `differences,h=0.01,sides=central`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from gradviz import plugins
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.graph import Graph
from gradviz.trace.trace import Trace
from gradviz.trace.walks import Walk

FIRST: Final = ("graph",)
"""The view that is shown where none is asked for."""


@dataclass(frozen=True)
class View:
    """A view of a trace.

    says  what it shows, in a few words, for help.
    walk  the walk that it leads through a trace, given its options. Raises ValueInputError, with
          the reason in one sentence, for a trace that it does not fit.
    inside  the same for what a node that was stepped into holds; None for a view of whole runs.
    bare    the same for a graph without values; None for a view that shows numbers only.
    options what each option is read with. A reader raises ValueError for a text that it cannot
            read, with what it expects.
    """

    says: str
    walk: Callable[..., Walk]
    inside: Callable[[Walk], Walk] | None = None
    bare: Callable[[Graph], Walk] | None = None
    options: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)


class Asked(NamedTuple):
    """A view that was asked for: its name, itself, and its options."""

    name: str
    view: View
    options: Mapping[str, Any]


def names() -> list[str]:
    """The names of the views, without loading them."""
    return plugins.names(__name__)


def view(text: str) -> View:
    """The view that a text asks for. Raises what `asked` raises."""
    return asked(text).view


def asked(text: str) -> Asked:
    """The view that a text such as `differences,h=0.01` asks for.

    Raises UnknownNameError for a view or an option that does not exist, and ValueInputError for a
    value that is not allowed.
    """
    name, *pieces = str(text).split(",")
    if name not in names():
        raise UnknownNameError(
            f"there is no view {name!r:.60}",
            expected=", ".join(names()),
            hint=did_you_mean(name, names()),
        )
    found: View = plugins.entry(__name__, name).VIEW
    given: dict[str, Any] = {}
    for piece in pieces:
        key, _, value = (part.strip() for part in piece.partition("="))
        if key not in found.options:
            raise UnknownNameError(
                f"the view {name} has no option {key!r:.40}",
                expected=", ".join(found.options) or f"{name}, without options",
                got=f"{text!r:.60}",
                hint=did_you_mean(key, found.options),
            )
        if key in given:
            raise ValueInputError(f"{key} is given twice", expected="it once", got=f"{text!r:.60}")
        try:
            given[key] = found.options[key](value)
        except ValueError as error:
            raise ValueInputError(
                f"{value!r:.40} is no value of {key}", expected=str(error), got=f"{text!r:.60}"
            ) from None
    return Asked(name, found, given)


def walk(trace: Trace, name: str) -> Walk:
    """The walk of a view through a trace.

    Raises UnknownNameError for a view that does not exist, and ValueInputError for one that does
    not fit the trace: it says why, and which views fit.
    """
    wanted = asked(name)
    try:
        return wanted.view.walk(trace, **wanted.options)
    except ValueInputError as error:
        if wanted.options:
            raise
        fit = [other for other in names() if other != wanted.name and fits(trace, other)]
        error.hint = error.hint or f"the view {' or '.join(fit)}, which fits"
        raise


def seen(subject: Trace | Walk | Graph, name: str, path: str | None = None) -> Any:
    """A subject as a view shows it; for the graph it is the subject itself.

    path  the node that is stepped into, where the subject is what it holds.

    Raises what `walk` raises, and ValueInputError for a graph without values and for a walk that
    is inside a node, of which most views show nothing.
    """
    found = view(name)
    if name in FIRST:
        return subject
    if path is not None and found.inside is not None and isinstance(subject, Trace | Walk):
        return found.inside(subject)
    if path is not None or not isinstance(subject, Trace | Graph):
        raise ValueInputError(
            f"{name} show a whole run, not what is inside a node",
            expected="a view or a node to step into, not both",
            got=f"--view {name}" + (f" --into {path}" if path else ""),
        )
    if isinstance(subject, Graph):
        if found.bare is not None:
            return found.bare(subject)
        raise ValueInputError(
            f"a graph without values cannot be shown as {name}",
            expected="a value for every input",
            got=f"--view {name}",
        )
    return walk(subject, name)


def fits(trace: Trace, name: str) -> bool:
    """Whether a view fits a trace."""
    try:
        view(name).walk(trace)
    except ValueInputError:
        return False
    return True
