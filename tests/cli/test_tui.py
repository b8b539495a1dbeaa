"""`gradviz tui` where there is no terminal, and its seams."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

import gradviz as gv
from gradviz.cli import opening
from gradviz.cli.commands import tui
from gradviz.cli.examples import EXAMPLES
from gradviz.engine.program import Program
from gradviz.engine.scalars import ScalarProgram
from gradviz_tui.walk.folding import begins_folded
from gradviz_tui.walk.opened import Opened

Gradviz = Callable[..., "object"]


def test_not_a_terminal(gradviz: Gradviz) -> None:
    refused = gradviz("tui", "x*y", "x=1", "y=2")
    assert refused.status == 1 and refused.refused
    assert "not a terminal" in refused.err and "gradviz show" in refused.err


def test_piped_both_ways() -> None:
    command = [sys.executable, "-m", "gradviz.cli.main", "tui", "x*y", "x=1", "y=2"]
    done = subprocess.run(
        command, input="", capture_output=True, text=True, timeout=60, check=False
    )
    assert (
        done.returncode == 1
        and not done.stdout
        and "gradviz show" in done.stderr
        and "Traceback" not in done.stderr
    )


def test_a_terminal_that_cannot_place_text(
    gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    refused = gradviz("tui", "x*y", "x=1", "y=2")
    assert (
        refused.status == 1
        and refused.refused
        and "TERM=dumb" in refused.err
        and "gradviz show" in refused.err
    )


def test_serving_where_somebody_listens_already(gradviz: Gradviz) -> None:
    pytest.importorskip("textual_serve")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = gradviz(
            "tui", "x*y", "x=1", "y=2", "--serve", "--port", str(taken.getsockname()[1])
        )
    assert refused.status == 1 and refused.refused and "listen" in refused.err


def test_a_source_that_fails_is_not_served(gradviz: Gradviz) -> None:
    refused = gradviz("tui", "x*", "--serve")
    assert refused.status == 1 and refused.refused


def test_importing_gradviz_loads_no_textual() -> None:
    code = "import gradviz, gradviz.cli.main, sys; print('textual' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert found.stdout.strip() == "False"


def test_all_that_the_list_offers_can_be_opened() -> None:
    host = tui._host()
    assert len({offer.name for offer in host.offers}) == len(host.offers) > len(EXAMPLES)
    for offer in host.offers:
        opened = host.open(offer.words)
        if not isinstance(opened, Opened):
            assert "--data" in offer.words
            continue
        assert opened.trace.has_backward, offer.name
        again = shlex.split(opened.command(1))[2:]
        folded = ["--depth", "1"] if begins_folded(opened.trace.graph) else []
        assert again == [*offer.words, *folded, "--at", "1"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--depth", "-1"), "depth"),
        (("--expand", "nowhere"), "no scope 'nowhere'"),
        (("--depth", "0", "--fold-repeats"), "--depth 0"),
        (("--depth", "1", "--at", "999"), "there is no step 999"),
    ],
)
def test_foldings_and_steps_that_do_not_exist(
    gradviz: Gradviz, options: tuple[str, ...], says: str
) -> None:
    refused = gradviz("tui", "net:tiny-cnn", "image=digit:3", "label=1", *options, "--serve")
    assert refused.status == 1 and refused.refused and says in refused.err


def test_the_last_step_is_that_of_the_folded_run() -> None:
    words = ("net:tiny-cnn", "image=digit:3", "label=1")
    whole, folded = (opening.open_source(words[0], words[1:], depth=depth) for depth in (None, 1))
    last = len(gv.fold(folded.trace, depth=1))
    assert last < len(whole.trace)
    assert (
        opening.prepared(words[0], words[1:], last, depth=1)
        .run()
        .command(last)
        .endswith(f"--depth 1 --at {last}")
    )
    with pytest.raises(gv.GradvizError, match=f"0 .* to {last}"):
        opening.prepared(words[0], words[1:], last + 1, depth=1)


@pytest.mark.parametrize(
    ("words", "at", "says"),
    [
        (("x*y", "x=1", "y=2"), 5, "there is no step 5"),  # 2 inputs: 1 forward, 1 seed, 2 back
        (("x*y", "x=1", "y=2"), -1, "there is no step -1"),
        (("x*y", "x=1"), 0, "no value for y"),
        (("x*", "x=1"), 0, "operand"),
        (("x @ y", "x=[1,2]", "y=[1,2,3]"), 0, "shape"),
        (("net:tiny-cnn", "image=digit:3", "label=1"), 999, "there is no step 999"),
    ],
)
def test_what_is_wrong_with_the_arguments_is_found_before_anything_is_computed(
    words: tuple[str, ...], at: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is said before the screen changes, however slow the machine is."""
    computed: list[object] = []
    monkeypatch.setattr(Program, "forward", lambda *given: computed.append(given))
    monkeypatch.setattr(ScalarProgram, "forward", lambda *given: computed.append(given))
    with pytest.raises(gv.GradvizError, match=says):
        opening.prepared(words[0], words[1:], at)
    assert not computed
