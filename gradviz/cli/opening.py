"""What `gradviz tui` opens: sources checked with their options before the screen changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gradviz.cli.arguments import assignments
from gradviz.cli.passes import saved_run
from gradviz.cli.sources import prepare_source
from gradviz.engine.inside import views
from gradviz.errors import UsageError, ValueInputError
from gradviz.export.look import NOTHING as NO_FOLDING
from gradviz.export.look import listed
from gradviz.graph.graph import Graph
from gradviz.sources import EVERYTHING, Allowed
from gradviz.trace import Trace

if TYPE_CHECKING:
    from gradviz_tui.walk.opened import Coming, Opened
    from gradviz_tui.walk.setup import Setup

OUTSIDE: tuple[str, tuple[int, ...]] = ("", ())
UNFOLDED: dict[str, Any] = asdict(NO_FOLDING) | {
    "view": "graph", "against": None, "classes": (), "into": OUTSIDE,
}  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "weights": None,
    "wrt": (),
    "upstream": None,
    "backend": "numpy",
    "dtype": "float64",
}


def prepared(
    source: str,
    values: Sequence[str],
    at: int = 0,
    *,
    allowed: Allowed = EVERYTHING,
    **options: Any,
) -> Coming:
    """Check a source with its values and options, before the screen changes.

    Raises ValueInputError for a step that does not exist and for what is not allowed, UsageError
    for standard input, and what the run raises for wrong arguments.
    """
    from gradviz_tui.walk.folding import asked, steps_of, view
    from gradviz_tui.walk.opened import Coming, Opened, Passes
    from gradviz_tui.walk.viewed import begun, drawable

    if source == "-":
        raise UsageError(
            "standard input is needed for the keys, so the source cannot come from it",
            expected="SOURCE as a word or a file",
        )
    given = {**DEFAULTS, **UNFOLDED, **options}
    is_view = given["view"] not in views.FIRST
    if is_view and given["into"] != OUTSIDE:
        raise UsageError("--into steps into a node of the graph", expected="--into without --view")
    if is_view:
        drawable(given["view"])
    found = prepare_source(
        source, values, **{name: given[name] for name in DEFAULTS}, allowed=allowed
    )
    classes = listed("classes", given["classes"])
    folding = asked(found.graph, given["depth"], given["expand"], given["repeats"])
    total = steps_of(found, folding)
    if not is_view and not 0 <= at <= total:
        raise ValueInputError(
            f"there is no step {at}", expected=f"--at 0 (the inputs only) to {total}", got=at
        )
    own = {
        name: ",".join(given[name]) if name == "wrt" else given[name]
        for name in DEFAULTS
        if given[name] != DEFAULTS[name]
    }

    run_of = saved_run()
    rival = _rival(source, values, given, found.graph, own, allowed)
    passes = None
    if run_of is not None and rival is None:
        from gradviz.learn.replay import trace as opened_pass

        passes = Passes(partial(opened_pass, run_of), run_of.passes)

    def run() -> Opened:
        trace = found if isinstance(found, Trace) else found.trace()
        view(trace, folding)  # kept for the walk: here, in a thread, there is time
        opened = Opened(
            source,
            assignments(values),
            trace,
            own,
            folding,
            given["view"],
            classes,
            passes=passes,
            into=given["into"],
        )
        opened = opened if rival is None else _beside(opened, rival())
        begun(opened, at)  # refused here, before the screen changes
        return opened

    return Coming(found.graph, run)


def open_source(source: str, values: Sequence[str], **options: Any) -> Opened:
    """Run a source for the program. Raises what `prepared` raises, and what its run does."""
    return prepared(source, values, **options).run()


def _rival(
    source: str,
    values: Sequence[str],
    given: Mapping[str, Any],
    graph: Graph,
    own: Mapping[str, str],
    allowed: Allowed,
) -> Callable[[], Opened] | None:
    """What runs the second of two sources, checked; None without `--against`.

    Raises what `prepared` raises, and ValueInputError for runs that have nothing in common.
    """
    from gradviz_tui.walk.opened import Opened

    if given["against"] is None:
        return None
    from gradviz.cli.against import side
    from gradviz.engine.pair import in_common

    text, words = side(given["against"], source, list(values))
    settings = {name: given[name] for name in DEFAULTS}
    found = prepare_source(text, words, **settings, allowed=allowed, warn=False)
    in_common(graph, found.graph)

    def run() -> Opened:
        trace = found if isinstance(found, Trace) else found.trace()
        return Opened(text, assignments(words), trace, own)

    return run


def _beside(opened: Opened, rival: Opened) -> Opened:
    """A run beside another, both with names that tell them apart."""
    from gradviz.engine.curves.comparison import names_of

    first, second = names_of([opened.trace, rival.trace])
    other = replace(rival, name=second, folding=opened.folding, view=opened.view)
    return replace(opened, name=first, rival=other)


def prepared_training(
    source: str, values: Sequence[str], data: str, allowed: Allowed = EVERYTHING, **training: Any
) -> Setup:
    """What is trained, its arguments read. Raises ValueInputError for what is not allowed, and what
    reading raises.
    """
    from gradviz.cli.passes import read_source
    from gradviz.cli.sources import all_values
    from gradviz_tui.walk.setup import Setup

    graph = read_source(source, allowed)
    if isinstance(graph, Trace):
        raise ValueInputError(
            "a saved trace cannot be trained", expected="an expression or a network", got=source
        )
    given = all_values(graph, values, None, allowed)
    return Setup(source, data, given, tuple(values), allowed=allowed, **training)
