"""`gradviz list`: the ops, networks, examples, backends, optimizers, schedules and data sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import click

from gradviz.arrays import BACKENDS
from gradviz.cli.examples import EXAMPLES
from gradviz.cli.lists import listed, views
from gradviz.cli.output import columns, needs_ascii, write_lines
from gradviz.errors import BackendError, UsageError, did_you_mean
from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.story.maths.ascii import to_ascii


def _overview() -> Iterator[Line]:
    for name, listing in LISTS.items():
        yield [
            (f"gradviz list {name}".ljust(24), ""),
            (f"{len(listing.data())} {listing.about}", MUTED),
        ]


def _ops() -> list[dict[str, Any]]:
    from gradviz.export.reports.catalogue import rule_text
    from gradviz.story.catalogue import families, rules
    from gradviz.story.maths import latex

    return [
        {
            "name": op.name,
            "family": family,
            "signature": op.signature(),
            "summary": op.summary,
            "gradients": {
                rule.operand: {
                    "text": rule_text(rule),
                    "latex": (
                        f"{latex.write(rule.left)} = {latex.write(rule.right)}"
                        if rule.right
                        else ""
                    ),
                }
                for rule in rules(op)
            },
            "ties": op.ties,
        }
        for family, ops in families().items()
        for op in ops
    ]


def _ops_text(width: int, ascii: bool) -> Iterator[Line]:
    from gradviz.export.reports.catalogue import ops_text

    return ops_text(width, ascii=ascii)


def _networks() -> list[dict[str, Any]]:
    from gradviz.networks.catalogue import every, write
    from gradviz.networks.named import COMMON, PATTERN

    return [
        {
            "name": n.name,
            "usage": n.usage(),
            "summary": n.summary,
            "origin": n.origin,
            "options": {k: write(v) for k, v in {**n.options, **COMMON}.items()},
        }
        for n in [*every().values(), PATTERN]
    ]


def _networks_text(width: int, ascii: bool) -> Iterator[Line]:
    for network in _networks():
        yield [(network["name"], HEADING)]
        for text, role in (
            (network["summary"], ""),
            (f"from {network['origin']}", MUTED),
            (network["usage"], ""),
        ):
            yield from (
                [("  ", ""), *line]
                for line in wrapped(to_ascii(text) if ascii else text, width - 2, role)
            )
        yield []
    yield from wrapped(
        "every network also takes seed=0, and loss=softmax_cross_entropy (or another loss) to end"
        " in a loss with a label",
        width,
        MUTED,
    )


def _examples() -> list[dict[str, Any]]:
    return [{**e._asdict(), "values": list(e.values), "command": e.command} for e in EXAMPLES]


def _examples_text(width: int, ascii: bool) -> Iterator[Line]:
    for example in EXAMPLES:
        yield [(example.name, HEADING)]
        for text in (example.line, f"from {example.lecture}"):
            yield from ([("  ", ""), *line] for line in wrapped(text, width - 2, MUTED))
        yield [("  " + example.command, "")]
        yield []
    yield [("to walk through one: gradviz demo NAME", MUTED)]


def _backends() -> list[dict[str, Any]]:
    return [
        {"name": name, "summary": line, "missing": _missing(name)}
        for name, line in BACKENDS.items()
    ]


def _missing(backend: str) -> str:
    """What the backend lacks on this machine; empty if it runs."""
    from gradviz.arrays import for_backend

    try:
        for_backend(backend)
    except BackendError as error:
        return error.what
    return ""


def _backends_text(width: int, ascii: bool) -> Iterator[Line]:
    for backend in _backends():
        state = (
            f"not available: {backend['missing']}; see gradviz doctor"
            if backend["missing"]
            else "ready"
        )
        yield [(backend["name"].ljust(12), HEADING), (backend["summary"], "")]
        yield from ([(" " * 12, ""), *line] for line in wrapped(state, width - 12, MUTED))


def _written(lines: Any, symbols: Any) -> dict[str, list[str]]:
    """The lines of a rule in two notations."""
    from gradviz.story.maths import latex, unicode
    from gradviz.story.updating import notation

    found = notation(lines, symbols)
    return {"text": list(map(unicode.text, found)), "latex": list(map(latex.write, found))}


def _optimizers() -> list[dict[str, Any]]:
    from gradviz.engine.optimisers import OPTIMISERS, SYMBOLS

    return [
        {
            "name": rule.name,
            "summary": rule.summary,
            "origin": rule.source,
            "options": {**rule.options, "lr": rule.rate},
            "state": list(rule.state),
            "formula": _written(rule.lines, SYMBOLS),
        }
        for rule in OPTIMISERS.values()
    ]


def _schedules() -> list[dict[str, Any]]:
    from gradviz.engine.optimisers import SYMBOLS
    from gradviz.engine.schedules import RATE, SCHEDULES

    return [
        {
            "name": plan.name,
            "summary": plan.summary,
            "origin": plan.source,
            "options": dict(plan.options),
            "formula": _written(plan.line(), SYMBOLS | RATE),
        }
        for plan in SCHEDULES.values()
    ]


def _data() -> list[dict[str, Any]]:
    from gradviz.learn import data

    found = {name: data.get(name) for name in data.names()}
    return [
        {"name": name, "summary": one.summary, "origin": one.source, "options": dict(one.options)}
        for name, one in found.items()
    ]


class Listing(NamedTuple):
    """One list: what it holds, as data, and as lines of a given width, in ASCII on request."""

    about: str
    data: Callable[[], list[dict[str, Any]]]
    text: Callable[[int, bool], Iterator[Line]]


LISTS = {
    "ops": Listing("operations, each with its signature and its gradients", _ops, _ops_text),
    "networks": Listing("networks, with their options", _networks, _networks_text),
    "examples": Listing("lecture examples to walk through", _examples, _examples_text),
    "backends": Listing("backends to compute with", _backends, _backends_text),
    "optimizers": Listing("optimizers, with their rules", _optimizers, listed(_optimizers)),
    "schedules": Listing("schedules of the learning rate", _schedules, listed(_schedules)),
    "views": Listing("views of a run, for --view", views, listed(views)),
    "data": Listing("data sets to learn from", _data, listed(_data)),
}


@click.command(
    "list", short_help="List ops, networks, examples, backends, optimizers, views, data."
)
@click.argument("what", required=False, metavar=f"[{'|'.join(LISTS)}]")
@click.option(
    "--width", type=int, metavar="COLUMNS", help="Width in columns; by default the terminal's."
)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@click.option("--json", "as_json", is_flag=True, help="Output as JSON.")
def command(what: str | None, width: int | None, ascii: bool, as_json: bool) -> None:
    """List all ops (signature, gradients, summary), networks, examples, backends, optimizers,
    schedules, views or data sets.
    """
    if what is not None and what not in LISTS:
        raise UsageError(
            f"there is no list of {what!r}",
            expected=", ".join(LISTS),
            hint=did_you_mean(what, LISTS),
        )
    if as_json:
        data = {name: listing.data() for name, listing in LISTS.items() if what in (None, name)}
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    fill, plain = columns(width), ascii or needs_ascii()
    write_lines(LISTS[what].text(fill, plain) if what else _overview())
