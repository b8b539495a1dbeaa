"""`gradviz check`: gradients next to exact derivatives and finite differences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

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
from gradviz.trace.findings import Diagnosis

ANSWER_IS_NO = 3


@click.command("check", cls=SourceCommand, short_help="Check gradients against exact derivatives.")
@source_arguments
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="NAME=NUMBER",
    help="A gradient from elsewhere, dW[0,1]=0.5: if it is wrong, why.",
)
@click.option(
    "--claims",
    "files",
    multiple=True,
    metavar="FILE",
    help="Claims from a table, text, JSON, or the gradients of another library in an archive.",
)
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
    claims: tuple[str, ...],
    files: tuple[str, ...],
    digits: int,
    width: int | None,
    ascii: bool,
    plain: bool,
    as_json: bool,
) -> None:
    """Compare gradients with the slopes from the left and the right; write out the chain rule.

    The slopes are derived exactly and measured by finite differences. Every gradient agrees, or
    differs; or there is no derivative here, f is not defined here, or it cannot be measured.
    Numbers that somebody got elsewhere, by hand or with another program, are claims: of a wrong one
    the mistake is named that gives its digits. Exit status 3 if a gradient differs or a claim is
    wrong. Every step of a saved trace is computed again: one that contradicts itself is refused.
    """
    from gradviz.engine.check.check import check
    from gradviz.export.reports.check import check_data, check_text
    from gradviz.export.reports.findings import sentences
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
    claimed = _claimed(found.trace, claims, files)
    if as_json:
        data = check_data(found)
        if claimed is not None:
            data |= {"claims": claimed.data()}
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
    elif plain:
        from gradviz.export.reports.plain import checked, diagnosed

        write_lines(checked(found, digits))
        if claimed is not None:
            write_lines(diagnosed(claimed))
    else:
        only_ascii = ascii or needs_ascii()
        write_lines(check_text(found, width=fill, digits=digits, ascii=only_ascii))
        if claimed is not None:
            write_lines(sentences(claimed, width=fill, ascii=only_ascii))
    if found.differs or (claimed is not None and not claimed.is_right):
        click.get_current_context().exit(ANSWER_IS_NO)


def _claimed(trace: Trace, claims: Sequence[str], files: Sequence[str]) -> Diagnosis | None:
    """What is found out about numbers from elsewhere; None where there are none."""
    if not claims and not files:
        return None
    from gradviz.api import diagnose
    from gradviz.sources import claims as written

    given = [*claims, *(claim for file in files for claim in written.read(Path(file)))]
    return diagnose(trace, *(_of_gradient(trace, claim) for claim in given))


def _of_gradient(trace: Trace, claim: str) -> str:
    """A claim whose name is that of an input is about its gradient: W stands for dW."""
    name = claim.partition("=")[0].partition("[")[0].strip()
    known = {trace.graph.nodes[i].name for i in trace.wrt}
    return f"d{claim.strip()}" if name in known else claim
