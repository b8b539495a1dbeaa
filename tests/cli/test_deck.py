"""`gradviz deck`, as a user meets it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradviz as gradviz_package
from gradviz.cli.deck import records, spec
from gradviz.cli.deck.keys import commands_of_entries, keys
from gradviz.cli.deck.watch import changes
from gradviz.export import formats

Gradviz = Callable[..., Any]
CIRCUIT = """
[[render]]
name = "circuit"
source = "x*y + z"
values = {x = -3, y = 5, z = 2}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str) -> None:
    Path("deck.gv.toml").write_text(text, "utf-8")


def files() -> list[str]:
    found = (p.relative_to("figures").as_posix() for p in Path("figures").rglob("*") if p.is_file())
    return sorted(name for name in found if not name.startswith(".deck"))


def contents() -> dict[str, bytes]:
    return {name: Path("figures", name).read_bytes() for name in files()}


# What is built
# ---------------------------------------------------------------------------------------------


def test_the_starter_builds_and_is_then_unchanged(gradviz: Gradviz) -> None:
    begun = gradviz("init", "deck")
    assert (begun.status, begun.err) == (0, "")
    assert "gradviz deck deck.gv.toml" in begun.out
    done = gradviz("deck")
    pairs = [f"{name}-{theme}.svg" for name in ("circuit", "neurons", "activations")
             for theme in ("light", "dark")]  # fmt: skip
    others = ["circuit-dark.png", "circuit-light.png", "norm.pdf"]
    steps = [f"steps/branches-0{k}.svg" for k in (5, 6, 7, 8)]
    assert done.status == 0 and files() == sorted([*pairs, *others, *steps])
    assert sorted(done.out.splitlines()[:-1]) == [f"figures/{name}" for name in files()]
    assert done.out.splitlines()[-1] == "10 built, 0 unchanged"
    again = gradviz("deck", "deck.gv.toml")
    assert (again.status, again.out, again.err) == (0, "0 built, 10 unchanged\n", "")
    assert gradviz("init", "deck").status == 1  # it is there


def test_a_picture_is_what_the_command_line_draws(gradviz: Gradviz) -> None:
    write('formats = ["svg"]\ndigits = 3\n' + CIRCUIT + 'theme = "dark"\nstep = 3\n')
    assert gradviz("deck").status == 0
    words = ("x*y + z", "x=-3", "y=5", "z=2", "--theme", "dark", "--step", "3", "--digits", "3")
    assert gradviz("render", *words, "-o", "own.svg").status == 0
    assert Path("figures/circuit.svg").read_bytes() == Path("own.svg").read_bytes()


def test_keys_are_the_options_of_the_commands() -> None:
    found = commands_of_entries()
    assert {"render", "plot", "learn", "diagnose", "trace"} <= set(found)
    assert "tui" not in found and "exam" not in found
    for name, command in found.items():
        flags = {
            word.removeprefix("--")
            for param in command.params
            for word in (*param.opts, *param.secondary_opts)
            if word.startswith("--")
        }
        assert flags - set(keys(command)) <= {"output", "force", "json"}, name


def test_every_format_of_the_registry_is_a_format_of_decks(gradviz: Gradviz) -> None:
    every = [form.suffix.removeprefix(".") for form in formats.every()]
    write(f"formats = {json.dumps(every)}\nscale = 0.1\n" + CIRCUIT)
    done = gradviz("deck")
    assert done.status == 0, done.err
    assert set(done.out.splitlines()) >= {f"figures/circuit.{suffix}" for suffix in every}


def test_the_deck_of_the_page_has_no_slips() -> None:
    page = Path(gradviz_package.__file__).parents[1] / "docs" / "decks.md"
    (text,) = re.findall(r"```toml\n([\s\S]*?)```", page.read_text("utf-8"))
    found = spec.parse(text)
    assert found.slips == () and [entry.name for entry in found.entries] == [
        "circuit",
        "ring",
        "losses",
    ]


def test_tables_lists_flags_and_numbers_as_words(gradviz: Gradviz) -> None:
    write(
        """
[[render]]
name = "a"
source = "-w*x"
values = ["w=1/3", "x=2"]
rename = {w = "w_0"}
wrt = ["w", "x"]
without = ["header"]
transparent = true
legend = false
width = 700.5
formats = "svg"

[[plot]]
name = "b"
source = ["x**2", "x**3"]
range = {x = "-2..2"}
together = false

[[plot]]
name = "c"
source = "w1**2 + w2**2"
over = ["w1", "w2"]
paths = ["gd:0.1", "momentum:0.1:0.8"]
from = {w1 = -1.5, w2 = 1.5}
"""
    )
    assert gradviz("deck").err == ""
    for name, words in {
        "a": ["render", "-w*x", "w=1/3", "x=2", "--rename", "w=w_0", "--wrt", "w", "--wrt",
              "x", "--without", "header", "--transparent", "--width", "700.5"],
        "b": ["plot", "x**2", "x**3", "--range", "x=-2..2", "--each"],
        "c": ["plot", "w1**2 + w2**2", "--over", "w1", "--over", "w2", "--paths",
              "gd:0.1,momentum:0.1:0.8", "--from", "w1=-1.5,w2=1.5"],
    }.items():  # fmt: skip
        assert gradviz(*words, "-o", f"{name}.svg").status == 0
        assert Path(f"{name}.svg").read_bytes() == Path(f"figures/{name}.svg").read_bytes()


def test_numbers_keep_their_digits(gradviz: Gradviz) -> None:
    write(
        '[[trace]]\nname = "a"\nsource = "x + y*sum(W)"\n'
        "values = {x = 1_0.50, y = 1e-3, W = [[1, 0.1], ['1/3', -2]]}\n"
    )
    assert gradviz("deck").status == 0
    words = ("x + y*sum(W)", "x=10.50", "y=1e-3", "W=[[1, 0.1], [1/3, -2]]")
    assert Path("figures/a.json").read_text().strip() == gradviz("trace", *words).out.strip()


def test_pairs_and_names_of_files(gradviz: Gradviz) -> None:
    Path("house.toml").write_text('base = "dark"\n')
    write(
        'themes = ["light", "house.toml"]\nformats = ["dot", "txt"]\n'
        + CIRCUIT
        + CIRCUIT.replace('"circuit"', '"second"\nfile = "{theme}/{name}"')
        + CIRCUIT.replace('"circuit"', '"third"\ntheme = "print"\nfile = "{name} in {theme}"')
        + CIRCUIT.replace('"circuit"', '"fourth"\nthemes = "dark"')
    )
    assert gradviz("deck").status == 0
    assert files() == sorted(
        ["circuit-light.dot", "circuit-house.dot", "circuit.txt", "light/second.dot",
         "house/second.dot", "light/second.txt", "third in print.dot", "third in print.txt",
         "fourth.dot", "fourth.txt"]
    )  # fmt: skip


def test_an_option_goes_to_the_formats_that_respect_it(gradviz: Gradviz) -> None:
    write(
        'formats = ["svg", "png", "txt"]\ntext = "outline"\nscale = 1\n'
        + CIRCUIT
        + 'transparent = true\n[[render]]\nname = "b"\nsource = "x"\nvalues = {x = 1}\n'
        + 'formats = ["txt"]\nscale = 3\n'
    )
    done = gradviz("deck")
    assert (
        done.status == 1 and "deck.gv.toml, line 15 (b): scale does not apply to .txt" in done.err
    )
    assert files() == ["circuit.png", "circuit.svg", "circuit.txt"]
    assert "font-face" not in Path("figures/circuit.svg").read_text()


def test_a_run_is_trained_before_its_pictures(gradviz: Gradviz) -> None:
    write(
        """
[[plot]]
name = "losses"
source = "figures/run.json"

[[render]]
name = "update"
source = "figures/run.json"
view = "update"
pass = 2

[[learn]]
name = "run"
source = "(x - 3)**2"
values = {x = 0}
passes = 3
"""
    )
    done = gradviz("deck", "--only", "losses")
    assert done.status == 0 and files() == ["losses.svg", "run.json"]
    assert done.out.splitlines() == ["figures/run.json", "figures/losses.svg",
                                     "2 built, 0 unchanged"]  # fmt: skip
    assert gradviz("deck").out.endswith("1 built, 2 unchanged\n")
    write(Path("deck.gv.toml").read_text().replace("passes = 3", "passes = 4"))
    assert gradviz("deck").out.endswith("3 built, 0 unchanged\n")  # the run is another
    write(Path("deck.gv.toml").read_text().replace("(x - 3)", "(x -"))
    failed = gradviz("deck")
    assert failed.status == 1
    assert failed.err.count("it needs figures/run.json, which could not be built") == 2


def test_entries_that_wait_for_each_other(gradviz: Gradviz) -> None:
    write(
        '[[trace]]\nname = "a"\nsource = "figures/b.json"\n'
        '[[trace]]\nname = "b"\nsource = "figures/a.json"\n'
    )
    done = gradviz("deck")
    assert done.status == 1 and done.refused and "these entries wait for each other" in done.err


# What is built again
# ---------------------------------------------------------------------------------------------


def test_only_what_changed_is_built(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("x.csv").write_text("1,2\n")
    Path("house.toml").write_text('base = "dark"\n')
    write(
        'formats = ["dot"]\n'
        + CIRCUIT
        + '[[render]]\nname = "b"\nsource = "sum(x)"\nvalues = {x = "@x.csv"}\n'
        + '[[render]]\nname = "c"\nsource = "x"\nvalues = {x = 1}\ntheme = "house.toml"\n'
        + '[[render]]\nname = "d"\nsource = "sum(x)"\nvalues = {x = 1}\nformats = ["txt"]\n'
        + 'against = "x=@x.csv"\n'
    )

    def built() -> list[str]:
        done = gradviz("deck")
        assert done.status == 0
        return [Path(line).stem for line in done.out.splitlines()[:-1]]

    assert built() == ["circuit", "b", "c", "d"]
    assert built() == []
    Path("x.csv").write_text("1,3\n")
    assert built() == ["b", "d"]
    Path("x.csv").touch()  # the same content
    assert built() == []
    Path("house.toml").write_text('base = "light"\n')
    assert built() == ["c"]
    write(Path("deck.gv.toml").read_text().replace("z = 2", "z = 3") + "# a remark\n")
    assert built() == ["circuit"]
    Path("figures/b.dot").unlink()
    assert built() == ["b"]
    monkeypatch.setattr(records, "__version__", "9.9.9")
    assert built() == ["circuit", "b", "c", "d"]
    Path("figures/.deck.gv.toml.json").write_text('{"schema": "gradviz.deck/1", "targets": 3}')
    assert built() == ["circuit", "b", "c", "d"]  # damaged records count as none


def test_code_is_built_again_when_what_lies_beside_it_changes(gradviz: Gradviz) -> None:
    Path("net.py").write_text("from helper import twice\ndef f(x):\n    return twice(x)\n")
    Path("helper.py").write_text("def twice(x):\n    return 2 * x\n")
    write('[[render]]\nname = "a"\nsource = "net.py::f"\nvalues = {x = 3}\nformats = ["txt"]\n')
    refused = gradviz("deck")
    assert refused.status == 1 and "--allow-code" in refused.err and "line 3" in refused.err
    assert not Path("figures").exists()
    assert gradviz("deck", "--allow-code").status == 0
    assert gradviz("deck", "--allow-code").out == "0 built, 1 unchanged\n"
    Path("helper.py").write_text("def twice(x):\n    return 3 * x\n")
    assert gradviz("deck", "--allow-code").out.endswith("1 built, 0 unchanged\n")


def test_code_that_ends_the_program_is_a_failure(gradviz: Gradviz) -> None:
    Path("net.py").write_text("import sys\ndef f(x):\n    sys.exit(3)\n")
    write('[[render]]\nname = "a"\nsource = "net.py::f"\nvalues = {x = 3}\n' + CIRCUIT)
    done = gradviz("deck", "--allow-code")
    assert done.status == 1 and files() == ["circuit.svg"]
    assert "line 1 (a): the code of its source ended the program" in done.err


def test_what_runs_code_is_refused_wherever_it_is_named(gradviz: Gradviz) -> None:
    Path("evil.py").write_text("open('ran', 'w')\ndef f(x):\n    return x\n")
    program = Path("evil").resolve()
    program.write_text("#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    write(
        '[[render]]\nname = "a"\nsource = "evil.py"\n'
        '[[render]]\nname = "b"\nsource = "x"\nvalues = {x = 1}\nagainst = "evil.py::f x=2"\n'
        f'[[render]]\nname = "c"\nsource = "x*2"\nvalues = {{x = 1}}\nengine = "{program}"\n'
        '[[plot]]\nname = "d"\nsource = ["sigmoid", "evil.py::f"]\n'
        '[[render]]\nname = "e"\nsource = "-"\n'
    )
    done = gradviz("deck")
    assert done.status == 1 and done.out == "0 built, 0 unchanged, 5 failed\n"
    assert [int(n) for n in re.findall(r"line (\d+), column", done.err)] == [3, 8, 13, 16, 19]
    assert not Path("ran").exists() and not Path("figures").exists()


@pytest.mark.parametrize(
    "text",
    [
        '{}against = "evil.py::f x=2"\n[[render]]\nname = "a"\nsource = "x"\nvalues = {{x = 1}}\n',
        '{}against = ["x=3 evil.py::f"]\n[[render]]\nname = "a"\nsource = "x"\n',
        '{}[[plot]]\nname = "a"\nsource = "x"\nvalues = {{"evil.py::f" = 1}}\n',
        '{}[[plot]]\nname = "a"\nsource = "x"\nvalues = ["evil.py::f"]\n',
        '{}[[plot]]\nname = "a"\nsource = "x"\nvalues = ["e = evil.py::f"]\n',
        '{}[[plot]]\nname = "a"\nsource = "x"\nvalues = ["न् =evil.py::f"]\n',
        '{}[[plot]]\nname = "a"\nsource = ["x", " EVIL.PY::f "]\n',
        '{}[[learn]]\nname = "a"\nsource = "evil.py::f"\n',
        '{}[[plot]]\nname = "--over"\nsource = "x"\nover = "evil.py::f"\n',
        'against = 3\n[[render]]\nname = "a"\nsource = "x"\n',
    ],
)
def test_no_other_word_is_a_source_that_runs_code(gradviz: Gradviz, text: str) -> None:
    for name in ("evil.py", "EVIL.PY", "e = evil.py", "e =evil.py", "न् =evil.py", "न्=evil.py"):
        Path(name).write_text("open('ran', 'w')\ndef f(x):\n    return x\n")
    write(text.format(""))
    done = gradviz("deck")
    assert done.status == 1 and not Path("ran").exists()
    assert "mistake in gradviz" not in done.err and "Traceback" not in done.err


def test_what_was_edited_is_kept(gradviz: Gradviz) -> None:
    write(CIRCUIT)
    assert gradviz("deck").status == 0
    picture = Path("figures/circuit.svg")
    picture.write_text(own := picture.read_text().replace("</svg>", "<!-- mine --></svg>"))
    done = gradviz("deck")
    assert (done.status, done.out) == (0, "0 built, 1 unchanged\n")
    assert "figures/circuit.svg was edited since gradviz made it: left as it is" in done.err
    write(CIRCUIT.replace("z = 2", "z = 3"))
    done = gradviz("deck")
    assert done.status == 1 and "--force writes over it" in done.err and picture.read_text() == own
    assert gradviz("deck", "--force").status == 0 and "mine" not in picture.read_text()


@pytest.mark.parametrize(
    ("command", "suffix"),
    [("render", "svg"), ("plot", "svg"), ("learn", "json"), ("trace", "json")],
)
def test_a_file_that_gradviz_did_not_write_is_kept(
    gradviz: Gradviz, command: str, suffix: str
) -> None:
    Path("figures").mkdir()
    there = Path(f"figures/a.{suffix}")
    there.write_text("mine")
    values = "" if command == "plot" else "values = {x = 1}\n"
    write(f'[[{command}]]\nname = "a"\nsource = "x**2"\n{values}')
    done = gradviz("deck")
    assert done.status == 1 and there.read_text() == "mine"
    assert "already exists, and gradviz did not write it" in done.err
    assert gradviz("deck", "--force").status == 0 and there.read_text() != "mine"


def test_a_picture_of_no_entry_is_told(gradviz: Gradviz) -> None:
    write(CIRCUIT + CIRCUIT.replace('"circuit"', '"b"'))
    assert gradviz("deck").status == 0
    write(CIRCUIT)
    assert "figures/b.svg is the picture of no entry any more" in gradviz("deck").err


# Slips
# ---------------------------------------------------------------------------------------------

SLIPS = {
    "unknown key": ('thme = "dark"', 1, "did you mean theme?"),
    "dashes": ('"--theme" = "dark"', 1, "did you mean theme?"),
    "underscores": ("fold_repeats = true", 1, "did you mean fold-repeats?"),
    "output": ('output = "a.svg"', 1, "name and formats say where its files go"),
    "force": ("force = true", 1, "gradviz deck --force"),
    "a number too large": ("digits = 40", 1, "a whole number from 1 to 17"),
    "a word for a number": ('digits = "four"', 1, "a whole number from 1 to 17"),
    "a flag": ('transparent = "yes"', 1, "true or false"),
    "no flag": ("theme = true", 1, "text in quotes, or a number"),
    "a date": ("note = 1979-05-27", 1, "text in quotes, a number, or a list"),
    "a choice": ('slide = "16:10"', 1, "did you mean 16:9?"),
    "a theme": ('theme = "drak"', 1, "did you mean dark?"),
    "themes": ('themes = ["light", "drak"]', 1, "did you mean dark?"),
    "twice": ('themes = ["dark", "dark"]', 1, "'dark' twice"),
    "both": ('theme = "dark"\nthemes = ["light"]', 2, "theme and themes exclude each other"),
    "a format": ('formats = ["svgg"]', 1, "did you mean .svg?"),
    "formats": ("formats = 3", 1, 'formats = ["svg", "pdf"]'),
    "a view": ('view = "neuron"', 1, "did you mean neurons?"),
    "a step": ('step = "lst"', 1, "a number, values or final"),
    "a step beyond": ("step = 40", 1, "a step from 0"),
    "a part": ('without = ["heder"]', 1, "did you mean header?"),
    "a name to rename": ('rename = {q = "r"}', 1, "q"),
    "a file": ('file = "{nam}"', 1, "did you mean name?"),
    "a file outside": ('file = "../a"', 1, 'file = "circuit"'),
    "a file at the root": ('file = "/a"', 1, 'file = "circuit"'),
    "a folder": ('file = "a/"', 1, 'file = "circuit"'),
    "a reserved file": ('file = "con"', 1, 'file = "circuit"'),
    "a broken file": ('file = "a\\nb"', 1, 'file = "circuit"'),
    "an engine": ('engine = "dott"', 1, "auto"),
    "a missing theme file": ('theme = "house.toml"', 1, "house.toml"),
    "a missing weight file": ('weights = "w.npz"', 1, "w.npz"),
}  # fmt: skip


@pytest.mark.parametrize(("key", "line", "said"), SLIPS.values(), ids=SLIPS)
def test_a_slip_has_its_line_and_the_others_are_built(
    gradviz: Gradviz, key: str, line: int, said: str
) -> None:
    entry = CIRCUIT.replace('"circuit"', '"slip"')
    write(entry + key + "\n" + CIRCUIT + 'formats = ["txt"]\n')
    done = gradviz("deck")
    assert done.status == 1 and set(files()) - {"slip-light.svg"} == {"circuit.txt"}, done.err
    assert said in done.err and "Traceback" not in done.err and "mistake in gradviz" not in done.err
    assert done.err.count("gradviz: ") == 1 and done.err.startswith("gradviz: deck.gv.toml")
    assert re.search(rf"\bline {5 + line}\b", done.err), done.err


OF_THE_ENTRY = {
    "no name": ('source = "x"', 1, "an entry has no name"),
    "no source": ('name = "a"', 1, "an entry has no source"),
    "an empty source": ('name = "a"\nsource = " "', 3, "this is not a source"),
    "a list of sources": ('name = "a"\nsource = ["x", "y"]', 3, "this is not a source"),
    "values": ('name = "a"\nsource = "x"\nvalues = 3', 4, "values are given by name"),
    "a value": ('name = "a"\nsource = "x"\nvalues = {x = true}', 4, "no word of the command line"),
    "an input": ('name = "a"\nsource = "x"\nvalues = {x = 1, y = 2}', 4, "no input called 'y'"),
    "the same name": ('name = "circuit"\nsource = "x"', 2, "two entries are called 'circuit'"),
    "an expression": ('name = "a"\nsource = "x +"', 3, "an operand is missing"),
    "a missing file": ('name = "a"\nsource = "run.json"', 3, "there is no file run.json"),
    "a name outside": ('name = "../a"\nsource = "x"', 2, 'name = "circuit"'),
    "a number as name": ('name = 3\nsource = "x"', 2, 'name = "circuit"'),
    "no name at all": ('name = ""\nsource = "x"', 2, 'name = "circuit"'),
}


@pytest.mark.parametrize(("rows", "line", "said"), OF_THE_ENTRY.values(), ids=OF_THE_ENTRY)
def test_a_slip_of_an_entry(gradviz: Gradviz, rows: str, line: int, said: str) -> None:
    write(CIRCUIT + 'formats = ["txt"]\n[[render]]\n' + rows + "\n")
    done = gradviz("deck")
    assert done.status == 1 and files() == ["circuit.txt"]
    assert said in done.err and re.search(rf"\bline {6 + line}\b", done.err), done.err


@pytest.mark.parametrize(("rows", "line", "said"), OF_THE_ENTRY.values(), ids=OF_THE_ENTRY)
def test_slips_of_other_entries_do_not_concern_the_one_that_is_asked_for(
    gradviz: Gradviz, rows: str, line: int, said: str
) -> None:
    write(CIRCUIT + 'formats = ["txt"]\n[[render]]\n' + rows + "\n")
    done = gradviz("deck", "--only", "circuit")
    is_its_own = "the same name" in rows or 'name = "circuit"' in rows
    assert done.status == is_its_own and files() == ["circuit.txt"], done.err
    assert (said in done.err) == is_its_own
    unknown = gradviz("deck", "--only", "circut")
    assert unknown.status == 1 and "did you mean circuit?" in unknown.err
    if 'name = "a"' in rows:
        asked = gradviz("deck", "--only", "a")
        assert asked.status == 1 and said in asked.err


def test_a_deck_that_is_built_in_part_forgets_no_picture(gradviz: Gradviz) -> None:
    write(CIRCUIT + CIRCUIT.replace('"circuit"', '"b"'))
    assert gradviz("deck").status == 0
    write(CIRCUIT + CIRCUIT.replace('"circuit"', '"b"\nwidht = 3'))
    done = gradviz("deck", "--only", "circuit")
    assert done.status == 0 and done.err == "", "b is an entry, if one with a slip"


OF_THE_DECK = {
    "toml": ("[[render]", "not valid TOML"),
    "empty": ("", "gradviz init deck"),
    "no entries": ('theme = "dark"', "gradviz init deck"),
    "a table": ("[rendr]", "a deck without entries"),
    "one bracket": ('[render]\nname = "a"', "[[render]]"),
    "an unknown command": ('[[rendr]]\nname = "a"', "did you mean render?"),
    "a command that draws nothing": ('[[show]]\nname = "a"', "[[render]]"),
    "a command that waits": ('[[tui]]\nname = "a"', "[[render]]"),
    "a key": (f'folfer = "a"\n{CIRCUIT}', "did you mean folder?"),
    "a key of an entry": (f'source = "a"\n{CIRCUIT}', "source belongs to an entry"),
    "a folder": (f"folder = 3\n{CIRCUIT}", 'folder = "figures"'),
}


@pytest.mark.parametrize(("text", "said"), OF_THE_DECK.values(), ids=OF_THE_DECK)
def test_a_slip_of_the_whole_deck(gradviz: Gradviz, text: str, said: str) -> None:
    write(text)
    done = gradviz("deck")
    assert done.status == 1 and done.refused and said in done.err
    assert [path.name for path in Path().iterdir()] == ["deck.gv.toml"]


def test_two_entries_for_one_file(gradviz: Gradviz) -> None:
    write(CIRCUIT + CIRCUIT.replace('"circuit"', '"b"\nfile = "Circuit"'))
    done = gradviz("deck")
    assert done.status == 1 and files() == ["circuit.svg"]
    assert "figures/Circuit.svg would be written by two entries" in done.err
    assert "line 7 (b)" in done.err and "the file of circuit, line 2" in done.err


def test_what_the_command_refuses(gradviz: Gradviz) -> None:
    missing = gradviz("deck")
    assert missing.status == 1 and missing.refused and "gradviz init deck" in missing.err
    assert gradviz("deck", "other.toml").refused and gradviz("deck", ".").refused
    write(CIRCUIT)
    typo = gradviz("deck", "--only", "circut")
    assert typo.status == 1 and typo.refused and "did you mean circuit?" in typo.err
    both = gradviz("deck", "--watch", "--force")
    assert both.status == 2 and both.refused
    Path("file").touch()
    write('folder = "file"\n' + CIRCUIT)
    blocked = gradviz("deck")
    assert (blocked.status == 1 and "cannot be written" in blocked.err) or "folder" in blocked.err
    assert gradviz("init", "dek").status == 2


def test_paths_start_from_the_folder_of_the_deck(
    gradviz: Gradviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("x.csv").write_text("1\n")
    write('folder = "../out"\nformats = ["dot"]\n' + CIRCUIT.replace("-3", '"@x.csv"'))
    lecture = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}-lecture"))
    monkeypatch.chdir(lecture.parent)
    done = gradviz("deck", f"{lecture.name}/deck.gv.toml")
    assert done.status == 0, done.err
    assert done.out.splitlines()[0] == f"{lecture.name}/../out/circuit.dot"
    assert Path("out/circuit.dot").is_file()
    assert gradviz("deck", f"{lecture.name}/deck.gv.toml").out == "0 built, 1 unchanged\n"


def test_a_failure_leaves_no_folder(gradviz: Gradviz) -> None:
    write(CIRCUIT.replace("x*y", "x*") + 'file = "a/b/c"\n')
    assert gradviz("deck").status == 1 and not Path("figures").exists()


def test_names_in_every_script_and_hostile_ones(gradviz: Gradviz) -> None:
    names = ["<script>alert(1)<", "그림", "שלום", "a;b", "$(touch x)", "a'b\"c", "%s {0}"]
    quoted = [json.dumps(name, ensure_ascii=False) for name in names]
    entries = [CIRCUIT.replace('"circuit"', f"{q}\nfile = 'f{k}'") for k, q in enumerate(quoted)]
    write('formats = ["dot"]\n' + "".join(entries) + CIRCUIT.replace('"circuit"', '"그림 2"'))
    done = gradviz("deck")
    assert done.status == 0, done.err
    assert files() == sorted([*(f"f{k}.dot" for k in range(len(names))), "그림 2.dot"])
    write(CIRCUIT.replace('"circuit"', json.dumps("a" * 10_000)))
    long = gradviz("deck")
    assert long.status == 1 and "Traceback" not in long.err and len(long.err) < 1000


# As a program
# ---------------------------------------------------------------------------------------------


def program(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gradviz", "deck", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(found: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    for _ in range(1200):
        if found():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError("nothing has happened for a minute")


def test_several_processes_give_the_same_files(gradviz: Gradviz) -> None:
    write('themes = ["light", "dark"]\n' + CIRCUIT + '[[render]]\nname = "b"\nsource = "x +"\n')
    alone = gradviz("deck", "--jobs", "1")
    before = contents()
    process = program("--force", "--jobs", "2")
    out, err = process.communicate()
    assert (process.returncode, out, err) == (1, alone.out, alone.err)
    assert contents() == before


def test_watching_builds_again_until_it_is_interrupted() -> None:
    write(CIRCUIT.replace("-3", '"@x.csv"'))
    Path("x.csv").write_text("1\n")
    picture = Path("figures/circuit.svg")
    process = program("--watch")
    try:
        until(picture.exists, process)
        first = picture.read_bytes()
        Path("x.csv").write_text("2\n")
        until(lambda: picture.read_bytes() != first, process)
        second = picture.read_bytes()
        write("[[render]")  # a slip while it is written
        assert process.stderr and "not valid TOML" in process.stderr.readline()
        write(CIRCUIT.replace("-3", "7"))
        until(lambda: picture.read_bytes() != second, process)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 0 and "Traceback" not in err
    assert "watching deck.gv.toml and 1 more file; Ctrl+C ends it" in out


def test_a_change_during_a_turn_is_a_change(tmp_path: Path) -> None:
    file = tmp_path / "a"
    waited = []
    turns = changes(lambda: [file, tmp_path / "missing"], waited.append)
    next(turns)
    file.write_text("1")
    next(turns)
    assert not waited
    turns = changes(lambda: [file], lambda _: file.write_text("other") and None)
    next(turns)
    next(turns)


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.proof)])
def test_interrupted_work_is_whole_and_goes_on(gradviz: Gradviz, jobs: str) -> None:
    entries = [CIRCUIT.replace('"circuit"', f'"p{k}"') for k in range(10)]
    write('formats = ["png"]\n' + "".join(entries))
    process = program("--jobs", jobs)
    until(lambda: Path("figures/p1.png").exists(), process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    if process.returncode:  # else it was faster than the signal
        assert process.returncode == 1 and err.strip().endswith("gradviz: stopped")
    rest = gradviz("deck")
    assert rest.status == 0 and len(files()) == 10
    assert not list(Path("figures").glob("*.tmp")) and not list(Path("figures").glob(".gradviz*"))
