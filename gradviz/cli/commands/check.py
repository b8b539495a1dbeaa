"""`gradviz check`: gradients next to exact derivatives and finite differences."""

from __future__ import annotations

import json

import click

from gradviz.cli.arguments import SourceCommand, source_arguments
from gradviz.cli.output import (
    columns,
    needs_ascii,
    plain_option,
    refuse_beside_plain,
    warn_of_strange_numbers,
    write_lines,
)
from gradviz.cli.passes import read_source
from gradviz.cli.sources import all_values, names, read_upstream, run_source, warn_of_unused
from gradviz.export.reports.check import DIGITS
from gradviz.trace import Trace

ANSWER_IS_NO = 3


@click.command("check", cls=SourceCommand, short_help="Check gradients against exact derivatives.")
@source_arguments
@click.option(
    "--digits",
    type=click.IntRange(1, 17),
    default=DIGITS,
    show_default=True,
    help="Significant digits.",
)
@click.option(
    "--width", type=int, metavar="COLUMNS", help="Width in columns; by default the terminal's."
)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@plain_option
@click.option("--json", "as_json", is_flag=True, help="Output as JSON.")
def command(
    source: str,
    values: tuple[str, ...],
    weights: str | None,
    wrt: tuple[str, ...],
    upstream: str | None,
    backend: str,
    dtype: str,
    digits: int,
    width: int | None,
    ascii: bool,
    plain: bool,
    as_json: bool,
) -> None:
    """Compare gradients with the slopes from the left and the right; write out the chain rule.

    The slopes are derived exactly and measured by finite differences. Every gradient agrees, or
    differs; or there is no derivative here, f is not defined here, or it cannot be measured.
    Exit status 3 if a gradient differs. Every step of a saved trace is computed again: one that
    contradicts itself is refused.
    """
    from gradviz.engine.check.check import check
    from gradviz.export.reports.check import check_data, check_text
    from gradviz.trace.io.consistency import check as check_consistency

    fill = columns(width)
    refuse_beside_plain(plain, json=as_json, ascii=ascii, width=width)
    graph = read_source(source)
    if isinstance(graph, Trace):
        check_consistency(graph, at_most=None)
        saved = run_source(source, values, wrt, upstream, backend, dtype, weights)
        kept = [saved.graph.nodes[i].name for i in saved.wrt]
        floats = saved.dtype if saved.backend != "exact" else dtype
        found = check(
            saved.graph,
            values=saved.inputs(),
            wrt=kept,
            upstream=saved.seed,
            backend=saved.backend,
            dtype=floats,
        )
    else:
        given = all_values(graph, values, weights)
        warn_of_unused(graph)
        seed = read_upstream(upstream, graph, given)
        found = check(
            graph, values=given, wrt=names(wrt), upstream=seed, backend=backend, dtype=dtype
        )
    warn_of_strange_numbers(found.trace)
    if as_json:
        click.echo(json.dumps(check_data(found), ensure_ascii=False, indent=1))
    elif plain:
        from gradviz.export.reports.plain import checked

        write_lines(checked(found, digits))
    else:
        write_lines(check_text(found, width=fill, digits=digits, ascii=ascii or needs_ascii()))
    if found.differs:
        click.get_current_context().exit(ANSWER_IS_NO)
