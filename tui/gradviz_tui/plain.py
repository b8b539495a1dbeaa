"""The program line by line, for screen readers: words are typed, and each answer is a few lines of
words. It draws nothing and needs no terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from gradviz.errors import GradvizError, UnknownNameError, did_you_mean
from gradviz.export.reports import plain as report
from gradviz.fonts.estimates import estimating
from gradviz.graph.graph import labels
from gradviz.story import walks
from gradviz.story.code import is_listed
from gradviz.story.frame import Story
from gradviz.story.languages import listed
from gradviz.story.maths.words import say
from gradviz.trace.walks import landing
from gradviz_tui.commanded import command
from gradviz_tui.host import Host
from gradviz_tui.walk.diagnosing import diagnosed
from gradviz_tui.walk.moves import step_numbered
from gradviz_tui.walk.opened import Coming, Opened
from gradviz_tui.walk.quiz import Quiz
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.typed import missing
from gradviz_tui.walk.viewed import Viewed, begun

if TYPE_CHECKING:
    from gradviz_tui.walk.playground import Playground
    from gradviz_tui.walk.setup import Setup

PROMPT: Final = "next, back, edit, got, quiz, help or quit: "
CHOOSING: Final = "source, example or quit: "
ANSWERING: Final = "answer, skip (a hint, then the answer) or stop: "
GATE: Final = re.compile(r"(?<=\d) \([^()]*\)")
"""The gate of a step, in brackets behind its number: "in step 6 (×, a → dx)"."""
DATA: Final = "--data"
"""The option that trains a source."""


class Word(NamedTuple):
    """A word that can be typed: what follows it, what it does, and how."""

    takes: str
    says: str
    run: Callable[[Reader, str], None]


WORDS: Final[dict[str, Word]] = {}
"""Everything that can be typed while a run is open, in the order in which help tells it."""
SHORT: Final = {"": "next", "n": "next", "b": "back", "q": "quit", "exit": "quit", "?": "help"}


def _word(
    takes: str = "",
) -> Callable[[Callable[[Reader, str], None]], Callable[[Reader, str], None]]:
    def declare(run: Callable[[Reader, str], None]) -> Callable[[Reader, str], None]:
        says = (run.__doc__ or "").strip().rstrip(".")
        WORDS[run.__name__.strip("_")] = Word(takes, says, run)
        return run

    return declare


class Reader:
    """A student who reads by ear: where they are, and what they hear.

    read   asks for a line with a prompt; raises EOFError where there is none.
    write  says a line.
    """

    def __init__(
        self, host: Host, read: Callable[[str], str], write: Callable[[str], object]
    ) -> None:
        self.host, self.read, self.write = host, read, write
        self.walk: Walk | None = None
        self.viewed: Viewed | None = None
        self.left = False

    def begin(self, opened: Opened, k: int = 0) -> None:
        """Open a run at step k, and say what it is. Raises what `begun` raises."""
        walk, viewed = begun(opened, k)
        self.go(walk, viewed if isinstance(viewed, Viewed) else None)
        for line in report.beginning(self.story):
            self.write(line)
        self.tell()

    def go(self, walk: Walk, viewed: Viewed | None) -> None:
        """Be somewhere else."""
        if walk.opened is not (self.walk.opened if self.walk is not None else None):
            vars(self).pop("story", None)
        self.walk, self.viewed = walk, viewed

    @property
    def place(self) -> Walk | Viewed:
        """Where the student is: in the walk over the graph, or in a view of the run."""
        assert self.walk is not None
        return self.viewed or self.walk

    def at(self, k: int) -> None:
        """Go to step k, and say it."""
        if self.viewed is not None:
            self.viewed = self.viewed.at(k)
        else:
            assert self.walk is not None
            self.walk = self.walk.at(k)
        self.tell()

    @cached_property
    def story(self) -> walks.WalkStory:
        """What is told."""
        assert self.walk is not None
        return walks.of(self.viewed.walk if self.viewed is not None else self.walk.trace)

    def tell(self) -> None:
        """Say the step at work, and at the end what has come out."""
        place = self.place
        frame = self.story.frame(place.k)
        if frame.number and (
            frame.number == 1 or self.story.frame(frame.number - 1).heading != frame.heading
        ):
            self.write(f"{say(frame.heading)}.")
        walk = self.story.walk
        line = report.line_at(walk, place.k) if is_listed(walk.trace.graph) else ""
        if line and line != report.line_at(walk, place.k - 1):
            self.write(line)
        self.write(report.step(frame))
        if place.k == place.total:
            for line in report.results(self.story):
                self.write(line)
            self.write("This was the last step. Type back, start, edit, quiz, open or quit.")

    def answer(self, line: str) -> None:
        """Do what was typed; what is wrong with it is said."""
        try:
            name, rest = command(line, WORDS, SHORT)
            WORDS[name].run(self, rest)
        except GradvizError as error:
            self.refuse(error)

    def refuse(self, error: GradvizError) -> None:
        """Say in words what is wrong, what was expected, and what to try."""
        said = [error.what]
        said += [f"Expected: {error.expected}"] if error.expected else []
        said += [error.hint] if error.hint else []
        self.write(" ".join(f"{text[0].upper()}{text[1:]}." for text in map(_phrase, said)))

    def choose(self) -> bool:
        """Ask for a source until one is open; False where the student leaves instead."""
        self.write("Type a source with its values, such as x*y x=2 y=3, or an example's name.")
        self.write(f"Examples: {listed([offer.name for offer in self.host.offers])}.")
        while self.walk is None:
            line = self.read(CHOOSING).strip()
            if line.lower() in ("quit", "q", "exit"):
                return False
            if line:
                self.take(line)
        return True

    def take(self, line: str) -> None:
        """Open a source or an example; values that are missing are asked for."""
        words = next((o.words for o in self.host.offers if o.name == line), None)
        try:
            words = words or self.host.split(line)
            asked = {} if DATA in words else missing(words, self.host.allowed)
            for name, offered in asked.items():
                given = self.read(f"value of {name}, or Enter for {offered}: ").strip()
                words = (*words, f"{name}={given or offered}")
            found = self.host.open(words)
            if isinstance(found, Opened):
                self.begin(found)
            else:
                self.train(found)
        except GradvizError as error:
            self.refuse(error)

    def train(self, ground: Playground) -> str:
        """Train until the student leaves; the command that begins it again."""
        from gradviz_tui.plain_training import Trainer

        def walk(opened: Opened) -> None:
            inner = Reader(self.host, self.read, self.write)
            inner.begin(opened)
            while not inner.left:
                inner.answer(self.read(PROMPT))

        return Trainer(ground, self.read, self.write, walk, self.refuse).run()

    def run(self) -> str:
        """Read and answer until the student leaves; the command that reopens where they were."""
        try:
            if self.walk is None and not self.choose():
                return ""
            while not self.left:
                self.answer(self.read(PROMPT))
        except (EOFError, KeyboardInterrupt) as error:
            if type(error) not in (EOFError, KeyboardInterrupt):
                raise  # a signal that ends the program
            self.write("")
        return self.reopening()

    def reopening(self) -> str:
        """The command that reopens exactly here; empty where nothing can."""
        if self.walk is None:
            return ""
        view = self.viewed.name if self.viewed is not None else "graph"
        line = self.walk.opened.command(self.place.k, self.walk.folding, view)
        return f"{line} --plain" if line else ""


def _phrase(text: str) -> str:
    return say(text).rstrip(".,") or "nothing"


# --- what can be typed


@_word()
def _next(reader: Reader, rest: str) -> None:
    """the next step; Enter alone does the same"""
    if reader.place.k == reader.place.total:
        reader.write("This is the last step already.")
    else:
        reader.at(reader.place.k + 1)


@_word()
def _back(reader: Reader, rest: str) -> None:
    """the step before"""
    if reader.place.k == 0:
        reader.write("This is the start already.")
    else:
        reader.at(reader.place.k - 1)


@_word("the number of a step")
def _go(reader: Reader, rest: str) -> None:
    """that step"""
    reader.at(step_numbered(rest, 0, reader.place.total))


@_word()
def _start(reader: Reader, rest: str) -> None:
    """the inputs, before the first step"""
    reader.at(0)


@_word()
def _end(reader: Reader, rest: str) -> None:
    """the last step, and all results"""
    reader.at(reader.place.total)


@_word()
def _repeat(reader: Reader, rest: str) -> None:
    """the same step once more"""
    reader.tell()


@_word("a name")
def _value(reader: Reader, rest: str) -> None:
    """what is known of a value and its gradient at this step"""
    story = _graph(reader)
    named = {name: node for node, name in labels(story.trace.graph).items()}
    if rest not in named:
        raise UnknownNameError(
            f"{rest or 'nothing'} is not a value of this run",
            expected=listed(list(named)),
            hint=did_you_mean(rest, named),
        )
    reader.write(report.known(story.frame(reader.place.k), named[rest]))


@_word("a name and a number")
def _edit(reader: Reader, rest: str) -> None:
    """another value for an input, at the same step: edit x 3"""
    walk = reader.walk
    assert walk is not None
    name, _, text = rest.replace("=", " ", 1).partition(" ")
    new = walk.edit(walk.opened.edited(name, text.strip(), reader.host.allowed))
    _reopen(reader, new, changed_from=walk)


@_word()
def _undo(reader: Reader, rest: str) -> None:
    """the values before the last edit"""
    assert reader.walk is not None
    old = reader.walk.undo()
    if old is None:
        reader.write("Nothing was edited.")
    else:
        _reopen(reader, old, changed_from=reader.walk)


def _reopen(reader: Reader, walk: Walk, changed_from: Walk) -> None:
    """Be at the same step with other numbers; what the output and the gradients were is said."""
    k, viewed = reader.place.k, reader.viewed
    reader.go(walk, None if viewed is None else Viewed.of(walk, viewed.name))
    for line in report.changes(Story(changed_from.trace), Story(walk.trace)):
        reader.write(line)
    reader.at(k)


@_word()
def _quiz(reader: Reader, rest: str) -> None:
    """questions about the steps that follow; stop ends it"""
    story = _graph(reader)
    quiz = Quiz(None).next(story, reader.place.k)
    while (question := quiz.question) is not None:
        reader.write(f"Step {question.step}. {say(question.prompt)} {question.precision}".strip())
        while not quiz.done:
            line = reader.read(ANSWERING).strip()
            if line.lower() in ("stop", "quit", "q"):
                reader.write(f"Quiz: {quiz.score}")
                return
            if line:
                quiz = quiz.skip() if line.lower() == "skip" else quiz.answer(line)
                reader.write(say(quiz.last.says if quiz.last else ""))
        reader.at(question.step)
        quiz = quiz.next(story, question.step)
    reader.write(f"Quiz: {quiz.score} No questions are left.")


@_word("a name and a number, or several with commas")
def _got(reader: Reader, rest: str) -> None:
    """why what you got is different: got dx 3"""
    assert reader.walk is not None
    for told in diagnosed(reader.walk.root, rest):
        for sentence in told.says:
            reader.write(say(GATE.sub("", sentence)))
        if told.step is not None and not told.right:
            reader.write(f"Type go {_step_here(reader, told.step)} to hear the step.")


def _step_here(reader: Reader, k: int) -> int:
    """The step of the view that is told, for one of the graph."""
    if reader.viewed is None or reader.walk is None:
        return k
    return landing(reader.viewed.walk, reader.walk.root.view.to_whole(k))


def _graph(reader: Reader) -> Story:
    """The story of the graph. Raises GradvizError in a view."""
    if not isinstance(reader.story, Story):
        raise GradvizError("this works in the graph, not in another view of it")
    return reader.story


@_word("a source with its values, or an example's name")
def _open(reader: Reader, rest: str) -> None:
    """something else; without a name, the examples"""
    if rest:
        reader.take(rest)
        return
    for offer in reader.host.offers:
        reader.write(f"{offer.name}: {say(offer.line)}.")


@_word()
def _help(reader: Reader, rest: str) -> None:
    """this list"""
    for name, word in WORDS.items():
        reader.write(f"{name}{f', then {word.takes}' if word.takes else ''}: {word.says}.")


@_word()
def _quit(reader: Reader, rest: str) -> None:
    """leave; the command that comes back exactly here is printed"""
    reader.left = True


def start(host: Host, coming: Coming | None = None, *, k: int = 0) -> str:
    """Run the program on standard input and output; the command that reopens where it was left.

    Raises what the run raises.
    """
    reader = Reader(host, input, _say_line)
    with estimating():
        if coming is not None:
            reader.begin(coming.run(), k)
        return reader.run()


def train(host: Host, setup: Setup) -> tuple[str, int]:
    """Train on standard input and output; the command that begins it again, and how many passes
    were saved where `setup.output` says.

    Raises GradvizError for what does not fit, and where nothing can be saved.
    """
    from gradviz.trace.saved_runs import check_path
    from gradviz_tui.walk.playground import Playground

    if setup.output:
        check_path(Path(setup.output))
    ground = Playground(setup)
    reader = Reader(host, input, _say_line)
    try:
        again = reader.train(ground)
    except (EOFError, KeyboardInterrupt) as error:
        if type(error) not in (EOFError, KeyboardInterrupt):
            raise  # a signal that ends the program
        reader.write("")
        again = f"{ground.setup.command()} --plain"
    if not setup.output or not ground.running.done:
        return again, 0
    ground.save(setup.output)
    return again, ground.running.done


def _say_line(text: str) -> None:
    for line in _lines(text):
        print(line, flush=True)


def _lines(text: str) -> Iterator[str]:
    yield from text.splitlines() or [""]
