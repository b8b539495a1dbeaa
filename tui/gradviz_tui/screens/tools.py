"""The actions on a walk over a graph that do more than move: ask, work, show the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradviz.errors import GradvizError, ParseError, UnknownNameError, did_you_mean
from gradviz.sources import Allowed
from gradviz_tui.host import Offer
from gradviz_tui.screens.moves import go
from gradviz_tui.screens.run import Actions
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.view import palette
from gradviz_tui.view.arrays import channels
from gradviz_tui.walk.checking import Checked, check_node
from gradviz_tui.walk.conditions import NAMES, WORDS
from gradviz_tui.walk.moves import step_numbered
from gradviz_tui.walk.nudge import Nudge, begun
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.rivals import switched
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.summing import way_out, why_not

if TYPE_CHECKING:
    from gradviz_tui.walk.playground import Playground

TOOLS = Actions()


def ask(
    screen: WalkScreen,
    title: str,
    accept: Callable[[str], Any],
    then: Callable[[Any], object],
    **options: Any,
) -> None:
    """Ask for a line, and pass what `accept` returned to `then`."""
    from gradviz_tui.screens.prompt import Prompt

    screen.stop()

    def done(found: Any) -> None:
        if found is not None:
            then(found)

    screen.app.push_screen(Prompt(title, accept, **options), done)


@TOOLS
def goto(screen: WalkScreen) -> None:
    """Go to a step by its number."""
    total = screen.walk.total
    ask(
        screen,
        f"Go to which step? (0 to {total})",
        lambda text: step_numbered(text, 0, total),
        lambda k: screen.move(screen.walk.at(k)),
    )


@TOOLS
def search(screen: WalkScreen) -> None:
    """Select a node by its name."""
    labels = screen.frame.story.labels
    by_name = {name: node for node, name in labels.items()}

    def accept(text: str) -> int:
        wanted = text.strip()
        found = by_name.get(wanted)
        if found is None:
            found = next(
                (
                    n
                    for name, n in by_name.items()
                    if wanted and name.lower().startswith(wanted.lower())
                ),
                None,
            )
        if found is None:
            raise UnknownNameError(
                f"there is no node named {wanted!r:.40}", hint=did_you_mean(wanted, by_name)
            )
        return found

    ask(
        screen,
        "Which node?",
        accept,
        lambda node: screen.move(screen.walk.select(node)),
        known=sorted(by_name),
        hint="the beginning of its name is enough",
    )


@TOOLS
def condition(screen: WalkScreen) -> None:
    """Stop on a condition."""
    names = [c.text for c in screen.walk.conditions]
    told = [f"names: {', '.join(NAMES)}", *(f"{word}: {says}" for word, says in WORDS.items())]
    told += [f"set: {'; '.join(names)}"] if names else []
    ask(
        screen,
        "Stop on which condition? (enter one again to remove it)",
        screen.walk.with_condition,
        lambda walk: _conditions(screen, walk),
        initial=names[-1] if names else "abs(grad) < 1e-6",
        others=[*names, *WORDS],
        hint="\n".join(told),
    )


def _conditions(screen: WalkScreen, walk: Walk) -> None:
    screen.move(replace(screen.walk, conditions=walk.conditions), follow=False)
    texts = [c.text for c in walk.conditions]
    screen.notify(
        f"c and C stop on: {'; '.join(texts)}"
        if texts
        else "c and C do not stop on any condition.",
        timeout=4,
    )


@TOOLS
def edit(screen: WalkScreen) -> None:
    """Change an input."""
    if screen.walk.outer is not None:
        screen.refuse("Inputs can only be changed outside; press o to step out.")
        return
    opened, graph = screen.walk.opened, screen.walk.trace.graph
    allowed = screen.app.host.allowed
    inputs = list(graph.inputs)
    if not inputs:
        screen.refuse("There is no input to change.")
        return
    first = screen.walk.subject if graph.nodes[screen.walk.subject].op == "input" else inputs[0].id
    lines = {n.id: f"{n.name} = {opened.text_of(n.name)}" for n in inputs}
    ask(
        screen,
        "Change an input",
        lambda text: screen.walk.edit(edited(opened, text, allowed)),
        screen.move,
        initial=lines[first],
        after=" = ",
        others=list(lines.values()),
        hint="↑ ↓: other inputs   Enter: run   Esc: cancel   (u undoes a change)",
    )


@TOOLS
def undo(screen: WalkScreen) -> None:
    """Undo the change."""
    go(screen, screen.walk.undo(), "There is no change to undo.")


@TOOLS
def redo(screen: WalkScreen) -> None:
    """Redo the change."""
    go(screen, screen.walk.redo(), "There is no change to redo.")


@TOOLS
def other(screen: WalkScreen) -> None:
    """Switch to the other run."""
    if screen.walk.outer is not None:
        screen.refuse("Runs are compared outside; press o to step out.")
        return
    why = "Nothing is compared here; gradviz tui SOURCE --against WORDS opens two runs."
    go(screen, switched(screen.walk), why)


@TOOLS
def check(screen: WalkScreen) -> None:
    """Nudge the node, and compare its gradient with finite differences."""
    node = _differentiated(screen.walk)
    walk = screen.walk.select(node)

    def look() -> None:
        try:
            found: Checked | GradvizError = check_node(walk.view.whole, walk.view.node[node])
        except GradvizError as error:
            found = error
        try:
            moved: Nudge | GradvizError = begun(walk)
        except GradvizError as error:
            moved = error
        screen.app.call_from_thread(_checked, screen, walk, node, found, moved)

    screen.stop()
    screen.notify("measuring …", timeout=1)
    screen.run_worker(look, thread=True, exclusive=True, group="check")


def _checked(
    screen: WalkScreen,
    walk: Walk,
    node: int,
    found: Checked | GradvizError,
    moved: Nudge | GradvizError,
) -> None:
    screen.app.clear_notifications()
    if isinstance(found, GradvizError):
        screen.notify(str(found), severity="warning", markup=False)
    elif walk.trace is screen.walk.trace:
        screen.checked[node] = found
        screen.move(screen.walk.select(node), follow=False)
        if isinstance(moved, Nudge):
            screen.show_nudge(moved, None)
        if found.remarks:
            screen.notify(" ".join(found.remarks), timeout=6, markup=False)


@TOOLS
def where_from(screen: WalkScreen) -> None:
    """List the paths that the gradient comes by."""
    from gradviz_tui.screens.whence import WhenceScreen
    from gradviz_tui.walk.whence import whence

    screen.stop()
    walk = screen.walk
    node = _differentiated(walk)
    try:
        found = whence(screen.frame.story, node)
    except GradvizError as error:
        screen.refuse(" ".join(filter(None, (error.what, error.hint))))
        return

    def chosen(step: int | None) -> None:
        if step is not None:
            screen.move(screen.walk.at(step).select(node))

    screen.app.push_screen(WhenceScreen(found, walk.k), chosen)


def _differentiated(walk: Walk) -> int:
    """The node to ask about: the subject; where none was chosen and it has no gradient that comes
    by a path, the first input that has one.
    """
    trace, node = walk.trace, walk.subject
    if walk.selected is None and not trace.contributions(node):
        return next((n.id for n in trace.graph.inputs if trace.contributions(n.id)), node)
    return node


@TOOLS
def make_loss(screen: WalkScreen) -> None:
    """Sum the output where there is no backward pass."""
    screen.stop()
    try:
        words, change = way_out(screen.walk.root.opened)
    except GradvizError as error:
        screen.refuse(error.what)
        return
    _open(screen, words, f"Opened {change}")


def _open(screen: WalkScreen, words: tuple[str, ...], said: str) -> None:
    """Open other words in a thread."""
    app = screen.app

    def opened(found: Opened | Playground) -> None:
        if isinstance(found, Opened):
            app.begin(found)
        else:
            app.train(found)
        app.notify(said, timeout=4, markup=False)

    def work() -> None:
        try:
            found = app.host.open(words)
        except GradvizError as error:
            app.call_from_thread(screen.refuse, error.what)
        else:
            app.call_from_thread(opened, found)

    screen.run_worker(work, thread=True, exclusive=True, group="open")


@TOOLS
def sum_up(screen: WalkScreen) -> None:
    """All gradients, and what can follow."""
    from gradviz_tui.screens.summary import SummaryScreen

    screen.stop()
    offer = _following(screen)

    def then(action: str | None) -> None:
        if action == "next" and offer is not None:
            _open(screen, offer.words, offer.name)
        elif action is not None:
            if action == "quiz":
                screen.move(screen.walk.at(0))
            screen.action_do(action)

    page = SummaryScreen(
        screen.frame.story,
        why_not(screen.walk.root.opened) if screen.walk.outer is None else "",
        "" if offer is None else f"{offer.name}, {offer.line}",
        screen.app.settings.theme,
        ascii=screen.app.settings.ascii,
    )
    screen.app.push_screen(page, then)


def _following(screen: WalkScreen) -> Offer | None:
    """The example after the one that is open, or the first."""
    offers = screen.app.host.offers
    words = screen.walk.words
    here = [n for n, o in enumerate(offers) if words[: len(o.words)] == o.words]
    at = here[0] + 1 if here else 0
    return offers[at % len(offers)] if offers else None


@TOOLS
def quiz(screen: WalkScreen) -> None:
    """Start a quiz from here."""
    from gradviz_tui.screens.quiz import Lesson, QuizScreen

    screen.stop()

    def go(k: int) -> None:
        screen.move(screen.walk.at(k).select(None))

    title = screen.walk.root.opened.title
    asked = QuizScreen(Lesson(screen.frame.story, title, screen.walk.k, go))
    if asked.quiz.question is None:
        screen.refuse("There is nothing left to ask; press g to go back to the start.")
        return
    screen.app.push_screen(asked)


@TOOLS
def diagnose(screen: WalkScreen) -> None:
    """Say why a number that the student got is different."""
    from gradviz_tui.screens.diagnosing import ask as got

    walk = screen.walk

    def go(k: int | None) -> None:
        screen.move(walk if k is None else walk.at(k).select(None))

    got(screen, walk, go)


@TOOLS
def export(screen: WalkScreen) -> None:
    """Save this frame or the whole walk."""
    from gradviz_tui.screens.export import ExportPrompt

    theme = palette.of_pictures(screen.app.settings.theme)
    prompt = ExportPrompt(screen.walk.opened, screen.walk.trace, screen.walk.k, theme)
    screen.app.push_screen(prompt, screen.saved)


@TOOLS
def copy(screen: WalkScreen) -> None:
    """Copy the formula as LaTeX."""
    screen.copy_formula(screen.frame.formula)


@TOOLS
def command(screen: WalkScreen) -> None:
    """Copy the command that reopens exactly here."""
    screen.copy_command(screen.reopening(), screen.walk.root.opened.unsaid)


@TOOLS
def arrays(screen: WalkScreen) -> None:
    """Show the node's arrays."""
    screen.arrays = not screen.arrays
    screen.query_one("#array").display = screen.arrays
    screen.call_after_refresh(screen.show_panes)


def _turn(screen: WalkScreen, by: int) -> None:
    count = channels(screen.walk.trace.graph.nodes[screen.walk.subject].shape or ())
    if not screen.arrays or count < 2:
        screen.refuse(
            "Press a to show the arrays." if count > 1 else "This node has only one channel."
        )
        return
    screen.channel = (screen.channel + by) % count
    screen.show_panes()


@TOOLS
def channel(screen: WalkScreen) -> None:
    """The next channel."""
    _turn(screen, 1)


@TOOLS
def channel_back(screen: WalkScreen) -> None:
    """The channel before."""
    _turn(screen, -1)


@TOOLS
def open_(screen: WalkScreen) -> None:
    """Open something else."""
    screen.stop()
    screen.app.pick()


def edited(opened: Opened, text: str, allowed: Allowed) -> Opened:
    """The run with one input changed, given as `NAME = VALUE`. Raises ParseError, and
    ValueInputError for a VALUE that is not allowed.
    """
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise ParseError(
            "this does not set an input",
            expected="NAME = VALUE, as in x = 3",
            got=text.strip() or "nothing",
        )
    return opened.edited(name.strip(), value.strip(), allowed)
