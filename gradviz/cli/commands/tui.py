"""`gradviz tui`: step through a run in the terminal."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from gradviz.arrays.digits import Numbers, writing
from gradviz.cli.arguments import SourceCommand, source_arguments, typed_words
from gradviz.cli.ending import hang_up_at_once
from gradviz.cli.examples import EXAMPLES, NETWORKS
from gradviz.cli.named import suggesting
from gradviz.cli.opening import (
    DEFAULTS,
    OUTSIDE,
    UNFOLDED,
    open_source,
    prepared,
    prepared_training,
)
from gradviz.cli.options import field_options, language_option
from gradviz.cli.stepping import view_option
from gradviz.errors import UsageError
from gradviz.export.look import Folding, Look
from gradviz.sources import EVERYTHING, NOTHING, Allowed

if TYPE_CHECKING:
    from gradviz_tui.walk.opened import Opened
    from gradviz_tui.walk.playground import Playground

PROGRAM = (sys.executable, "-m", "gradviz.cli.main", "tui")
optional_source = partial(source_arguments, required=False)
UNTRAINED: dict[str, Any] = {"lr": None, "optimizer": "sgd", "batch": None, "seed": 0, "output": ""}
RING = ("net:mlp:2-4-4-2,activation=tanh", "--data", "ring", "--lr", "0.3")
SPIRAL = ("net:mlp:2-8-8-2,activation=tanh", "--data", "spiral", "--lr", "0.3")
TRAINING = (
    ("train xor", "two units bend one line into two", ("net:mlp:2-2-2", "--data", "xor")),
    ("train ring", "lines become corners, and corners a ring", RING),
    ("train spiral", "two arms that wind around each other", SPIRAL),
)
"""What can be trained."""
OFFERS = {"Networks": NETWORKS, "Training": TRAINING}


class Steps(click.ParamType):  # type: ignore[type-arg]
    """Steps of a walk and of those inside its nodes, the outermost first: 7/2."""

    name = "steps"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(map(int, str(value).split("/")))
        except ValueError:
            self.fail("a whole number is needed", param, ctx)


@click.command("tui", cls=SourceCommand, short_help="Step through SOURCE interactively.")
@optional_source
@view_option
@field_options(Look, "numbers", "classes")
@language_option
@field_options(Folding)
@click.option(
    "--against",
    metavar="WORDS",
    help='A second run, "W=@W2.csv" or another source; r switches between the two.',
)
@click.option(
    "--at",
    type=Steps(),
    default="0",
    metavar="K",
    help="Start after K steps; 0 shows just the inputs. With --into, 7/2: step 2 inside, from 7.",
)
@click.option("--into", metavar="NODE", help="Start inside a node; a/b is b inside a.")
@click.option(
    "--data", metavar="DATA", help="Train SOURCE on these samples instead: ring, xor, points.csv."
)
@click.option("--lr", type=float, metavar="RATE", help="The learning rate, with --data.")
@click.option(
    "--optimizer", default="sgd", metavar="NAME", help="With --data: sgd, momentum, adam, …"
)
@click.option("--batch", type=int, metavar="B", help="Samples in a pass, with --data.")
@click.option("--seed", type=int, default=0, help="Draws the first weights, with --data.")
@click.option(
    "-o", "--output", default="", metavar="FILE", help="With --data: save the run when you quit."
)
@click.option("--ascii", is_flag=True, help="ASCII characters only.")
@click.option(
    "--plain", is_flag=True, help="Line by line in words, for screen readers: type next, back, …"
)
@click.option("--serve", is_flag=True, help="Serve it to a browser on this machine instead.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address for --serve."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port for --serve; 0 is any free one.",
)
@click.option(
    "--sessions",
    type=click.IntRange(1, 1000),
    default=4,
    show_default=True,
    metavar="N",
    help="The most browsers at once with --serve.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let other machines in: needed for a --host that they can reach.",
)
@click.option(
    "--origin",
    default="",
    metavar="URL",
    help="The public origin of a proxy in front of --serve, such as https://teach.example.org.",
)
def command(
    source: str | None,
    values: tuple[str, ...],
    at: tuple[int, ...],
    into: str | None,
    data: str | None,
    lr: float | None,
    optimizer: str,
    batch: int | None,
    seed: int,
    output: str,
    ascii: bool,
    plain: bool,
    serve: bool,
    host: str,
    port: int,
    sessions: int,
    allow_remote: bool,
    origin: str,
    numbers: Numbers,
    **options: Any,
) -> None:
    """Step through the forward and the backward pass of SOURCE, forwards and backwards.

    SOURCE and the values are those of `gradviz show`; without them, you choose from a list.
    A large network starts with its scopes folded, as with --depth 1; --depth 0 opens them all.
    Press ? for the keys.

    --plain leads through it line by line, in words that are typed and heard: nothing is drawn.

    With --data, SOURCE is trained before your eyes: the network, what it says of the plane of its
    data, and the loss, pass by pass. Enter walks through a pass; x saves the run, as -o does when
    you quit.

    --serve prints a secret address: whoever opens it can step through SOURCE, change numbers and
    type expressions, but cannot save, read files or run code. Behind a proxy that encrypts, name
    its address with --origin.
    """
    k, options["into"] = _place(at, into)
    if origin and not serve:
        raise UsageError("--origin needs --serve", expected="gradviz tui … --serve --origin URL")
    training = {"lr": lr, "optimizer": optimizer, "batch": batch, "seed": seed, "output": output}
    if data is not None:
        _check_training(source, options, k)
        _check_digits(numbers, "--data")
    else:
        _check_untrained(training)
    if source is None and (
        k or any(options[name] != usual for name, usual in {**DEFAULTS, **UNFOLDED}.items())
    ):
        raise UsageError(
            "these options need a source", expected="gradviz tui SOURCE [NAME=VALUE …]"
        )
    if plain:
        _check_plain(serve=serve, into=into is not None)
        with writing(numbers, options["dtype"]):
            if source is not None and data is not None:
                _said(*_train_plain(source, values, data, training), output)
            else:
                _read(source, values, options, k, numbers)
        return
    if serve:
        _check_digits(numbers, "--serve")
        if source is not None and data is not None:
            words = _checked_training(source, values, data, training)
        else:
            words = _checked_words(source, values, options, k)
        words += ["--ascii"] * ascii
        from gradviz_tui.serve import serve as serve_words

        serve_words(words, host, port, sessions=sessions, allow_remote=allow_remote, origin=origin)
        return
    gc.disable()  # until the first frame is out: a tenth of the start
    try:
        if source is not None and data is not None:
            again = _train(source, values, data, ascii, **training)
        else:
            with writing(numbers, options["dtype"]):
                again = _run(source, values, options, k, ascii)
    finally:
        gc.enable()
    if again:
        said = "Reopen exactly here" if data is None else "Train it again"
        click.echo(f"{said}: {again}{_words_of(numbers)}")


def _words_of(numbers: Numbers) -> str:
    """The words that ask for these numbers again."""
    return "" if numbers == "digits" else f" --numbers {numbers}"


def _check_digits(numbers: Numbers, option: str) -> None:
    """Raise UsageError for fractions where there are none."""
    if numbers != "digits":
        raise UsageError(
            f"--numbers {numbers} does not go with {option}", expected=f"no {option}, or digits"
        )


def _place(at: tuple[int, ...], into: str | None) -> tuple[int, tuple[str, tuple[int, ...]]]:
    """The step of the run, and the nodes to step into with the step inside each.

    Raises UsageError where the numbers are not one for each walk, or one for the innermost.
    """
    depth = 0 if into is None else into.count("/") + 1
    steps = at if len(at) == depth + 1 else (*(0,) * depth, *at)
    if len(steps) != depth + 1:
        raise UsageError(
            "--at has too many steps",
            expected=f"one number{', or ' + str(depth + 1) if depth else ''}",
            got=f"--at {'/'.join(map(str, at))}",
        )
    return steps[0], (into or "", steps[1:])


def _check_untrained(training: Mapping[str, Any]) -> None:
    """Raise UsageError for options of a training where nothing is trained."""
    if training != UNTRAINED:
        raise UsageError(
            "--lr, --optimizer, --batch, --seed and -o need data to train on",
            expected="gradviz tui SOURCE --data DATA",
        )


def _check_training(source: str | None, options: Mapping[str, Any], at: int) -> None:
    """Raise UsageError for what has no meaning where a network is trained."""
    if source is None:
        raise UsageError(
            "--data needs a source to train", expected="gradviz tui net:mlp:2-4-2 --data ring"
        )
    usual = {**DEFAULTS, **UNFOLDED}
    given = [name for name in usual if options[name] != usual[name]]
    if at or given:
        name = given[0] if given else "at"
        raise UsageError(
            f"--{name} has no meaning with --data",
            expected="--lr, --optimizer, --batch, --seed, -o and --ascii",
        )


def _train(source: str, values: Sequence[str], data: str, ascii: bool, **training: Any) -> str:
    """Train in the terminal; return the command that begins it again."""
    from gradviz_tui import config
    from gradviz_tui.start import train
    from gradviz_tui.terminal import check_terminal, in_browser

    check_terminal((source, *values))
    hang_up_at_once()
    settings = config.load().in_ascii(ascii)
    setup = prepared_training(source, values, data, **training)
    if in_browser():
        from gradviz_tui.visitor import lock

        lock()
        train(_host(visited=True), setup.for_visitors(), settings)
        return ""
    again, saved = train(_host(), setup, settings)
    if saved:
        name = setup.output
        click.echo(f"Saved {name}; its last pass: gradviz show {name} --pass {saved}")
    return again


def _run(
    source: str | None, values: Sequence[str], options: dict[str, Any], at: int, ascii: bool
) -> str:
    """Run the program; return the command that reopens it where it was left."""
    from gradviz_tui import config
    from gradviz_tui.start import start
    from gradviz_tui.terminal import check_terminal, in_browser

    check_terminal(() if source is None else (source, *values))
    hang_up_at_once()
    settings = config.load().in_ascii(ascii)
    coming = None if source is None else prepared(source, values, at, **options)
    if not in_browser():
        return start(_host(), coming, title=source or "", k=at, settings=settings)
    from gradviz_tui.visitor import lock

    lock()
    start(
        _host(visited=True),
        None if coming is None else coming.for_visitors(),
        title="this run",
        k=at,
        settings=settings,
    )
    return ""


def _check_plain(**beside: bool) -> None:
    """Raise UsageError where lines are asked for beside what needs a screen."""
    for name, given in beside.items():
        if given:
            raise UsageError(
                f"--{name} does not go with --plain",
                expected="gradviz tui SOURCE [NAME=VALUE …] --plain",
            )


def _train_plain(
    source: str, values: Sequence[str], data: str, training: Mapping[str, Any]
) -> tuple[str, int]:
    """Train line by line; the command that begins it again, and how many passes were saved."""
    from gradviz_tui.plain import train

    hang_up_at_once()
    return train(_host(), prepared_training(source, values, data, **training))


def _said(again: str, saved: int, output: str) -> None:
    """Say what was saved, and how to train again."""
    if saved:
        click.echo(f"Saved {output}; its last pass: gradviz show {output} --pass {saved}")
    click.echo(f"Train it again: {again}")


def _read(
    source: str | None, values: Sequence[str], options: dict[str, Any], at: int, numbers: Numbers
) -> None:
    """Run the program line by line, and print the command that reopens it where it was left."""
    from gradviz_tui.plain import start

    hang_up_at_once()
    coming = None if source is None else prepared(source, values, at, **options)
    if again := start(_host(), coming, k=at):
        click.echo(f"Reopen exactly here: {again}{_words_of(numbers)}")


def open_words(words: Sequence[str], allowed: Allowed = EVERYTHING) -> Opened | Playground:
    """Run or begin to train what was chosen from the list or typed: the words that follow
    `gradviz tui`.

    Raises what `prepared` raises, and what its run does.
    """
    try:
        with command.make_context("tui", list(words), help_option_names=[]) as context:
            given = context.params
            _check_digits(given["numbers"], "a source that is opened from the list")
            if given["data"] is not None:
                return _training(given, allowed)
            options = {name: given[name] for name in (*DEFAULTS, *UNFOLDED)}
            options["into"] = OUTSIDE  # a list of sources begins at the beginning
            with suggesting(given["source"] or ""):
                return open_source(
                    given["source"] or "", given["values"], allowed=allowed, **options
                )
    except click.UsageError as error:
        raise UsageError(error.format_message()) from None


def _training(given: Mapping[str, Any], allowed: Allowed) -> Playground:
    from gradviz_tui.walk.playground import Playground

    k, inside = _place(given["at"], given["into"])
    _check_training(given["source"], {**given, "into": inside}, k)
    training = {name: given[name] for name in UNTRAINED}
    if given["output"]:
        raise UsageError("-o has no meaning here", expected="x, which saves the run")
    return Playground(
        prepared_training(given["source"], given["values"], given["data"], allowed, **training)
    )


def _host(*, visited: bool = False) -> Any:
    from gradviz_tui.host import Host, Offer

    lectures = [Offer(e.name, e.lecture, e.line, (e.source, *e.values)) for e in EXAMPLES]
    more = [
        Offer(name, origin, line, words)
        for origin, row in OFFERS.items()
        for name, line, words in row
    ]
    return Host(
        partial(open_words, allowed=NOTHING) if visited else open_words,
        typed_words,
        (*lectures, *more),
        visited,
    )


def _checked_training(
    source: str, values: Sequence[str], data: str, training: Mapping[str, Any]
) -> list[str]:
    """What starts a visitor's training; what fails is refused first."""
    from gradviz_tui.walk.playground import Playground

    if training["output"]:
        raise UsageError("a visitor saves no run", expected="--serve without -o")
    setup = prepared_training(source, values, data, **training)
    Playground(setup)
    return [*PROGRAM, *setup.words()]


def _checked_words(
    source: str | None, values: Sequence[str], options: dict[str, Any], at: int
) -> list[str]:
    """What starts the program for one visitor; a source that fails is refused first."""
    words = [*PROGRAM]
    if source is not None:
        opened = prepared(source, values, at, **options).run()
        path, steps = opened.into
        words += [*opened.words(), "--at", "/".join(map(str, (at, *steps)))]
        words += ["--into", path] if path else []
    return words
