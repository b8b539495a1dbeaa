"""`gradviz exam check`: test a question bank."""

from __future__ import annotations

import sys

import click

from gradviz.errors import GradvizError

SHOWN = 5


@click.command("check", short_help="Test an exam's questions: 1,000 variants of each.")
@click.argument("exam", metavar="EXAM")
@click.option(
    "--variants",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Variants of each question.",
)
def command(exam: str, variants: int) -> None:
    """Generate many variants of every kind of question in EXAM and test all that they promise.

    Keys are proved again, mistakes must give different answers, figures must not give the key
    away, answers are marked and formats are checked. Papers that take no work (0 everywhere, always
    the first option) must earn at most a quarter of the points: their best share is in the column
    "no work".
    """
    from gradviz.exam import bank
    from gradviz.exam.paper import spec

    planned = spec.read(exam)
    faults = 0
    click.echo(
        f"{'kind':<20} {'level':>5} {'variants':>8} {'different':>9} {'commonest key':>13}"
        f" {'no work':>7}  faults"
    )
    for found in bank.check(planned, variants):
        faults += len(found.faults)
        click.echo(
            f"{found.kind:<20} {found.level:>5} {found.variants:>8} {found.distinct:>9}"
            f" {found.commonest:>13.1%} {found.laziest:>7.0%}  {len(found.faults) or 'none'}"
        )
        for fault in found.faults[:SHOWN]:
            sys.stderr.write(f"gradviz: {found.kind} {found.level}: {fault}\n")
    if faults:
        raise GradvizError(
            f"{faults} fault{'s' * (faults != 1)} in the questions",
            where=exam,
            hint="do not hand them out; please report this",
        )
