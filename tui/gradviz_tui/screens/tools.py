"""The tools: what the keys do beyond moving; each asks, works away from the screen, and shows what
came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradviz.errors import GradvizError, ParseError, UnknownNameError, did_you_mean
from gradviz_tui.screens.moving import Moving
from gradviz_tui.view.arrays import channels
from gradviz_tui.walk.conditions import NAMES, WORDS
from gradviz_tui.walk.cut import Checked, check_node
from gradviz_tui.walk.moves import step_numbered
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk


class Tools(Moving):
    """Asking, changing, checking, the quiz, taking away."""

    def ask(
        self,
        title: str,
        accept: Callable[[str], Any],
        then: Callable[[Any], object],
        **options: Any,
    ) -> None:
        """Ask for a line, and do something with what `accept` made of it."""
        from gradviz_tui.screens.prompt import Prompt

        self.stop()

        def done(found: Any) -> None:
            if found is not None:
                then(found)

        self.app.push_screen(Prompt(title, accept, **options), done)

    def action_goto(self) -> None:
        """To a step by its number."""
        total = self.walk.total
        self.ask(
            f"To which step? 0 to {total}",
            lambda text: step_numbered(text, 0, total),
            lambda k: self.move(self.walk.at(k)),
        )

    def action_search(self) -> None:
        """Choose a node by its name."""
        labels = self.frame.story.labels
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
                    f"no node is called {wanted!r:.40}", hint=did_you_mean(wanted, by_name)
                )
            return found

        self.ask(
            "Which node?",
            accept,
            lambda node: self.move(self.walk.select(node)),
            known=sorted(by_name),
            hint="the beginning of its name is enough",
        )

    def action_condition(self) -> None:
        """Stop on a condition."""
        names = [c.text for c in self.walk.conditions]
        hint = f"names: {', '.join(NAMES)}   words: {', '.join(WORDS)}" + (
            f"   set: {'; '.join(names)}" if names else ""
        )
        self.ask(
            "Stop where? (the same condition again takes it away)",
            self.walk.with_condition,
            self._conditions,
            initial=names[-1] if names else "abs(grad) < 1e-6",
            others=[*names, *WORDS],
            hint=hint,
        )

    def _conditions(self, walk: Walk) -> None:
        self.move(replace(self.walk, conditions=walk.conditions), follow=False)
        texts = [c.text for c in walk.conditions]
        self.notify(
            f"c and C stop on: {'; '.join(texts)}" if texts else "c and C stop on no condition.",
            timeout=4,
        )

    def action_edit(self) -> None:
        """Change an input."""
        if self.walk.outer is not None:
            self.refuse("Inputs are changed outside: o steps out.")
            return
        opened, graph = self.walk.opened, self.walk.trace.graph
        inputs = list(graph.inputs)
        if not inputs:
            self.refuse("There is no input to change.")
            return
        first = self.walk.subject if graph.nodes[self.walk.subject].op == "input" else inputs[0].id
        lines = {n.id: f"{n.name} = {opened.text_of(n.name)}" for n in inputs}
        self.ask(
            "Change an input",
            lambda text: self.walk.edit(edit(opened, text)),
            self.move,
            initial=lines[first],
            others=list(lines.values()),
            hint="↑ ↓: the other inputs   Enter: run it   Esc: leave it   (u undoes a change)",
        )

    def action_undo(self) -> None:
        """Undo the change."""
        self.go(self.walk.undo(), "There is no change to undo.")

    def action_redo(self) -> None:
        """Make the change again."""
        self.go(self.walk.redo(), "There is no change to make again.")

    def action_check(self) -> None:
        """The gradient beside finite differences."""
        walk, node = self.walk, self.walk.subject

        def look() -> None:
            try:
                found: Checked | GradvizError = check_node(walk.view.whole, walk.view.node[node])
            except GradvizError as error:
                found = error
            self.app.call_from_thread(self._checked, walk, node, found)

        self.notify("measuring …", timeout=1)
        self.run_worker(look, thread=True, exclusive=True, group="check")

    def _checked(self, walk: Walk, node: int, found: Checked | GradvizError) -> None:
        if isinstance(found, GradvizError):
            self.notify(str(found), severity="warning", markup=False)
        elif walk.trace is self.walk.trace:
            self.checked[node] = found
            self.move(self.walk.select(node), follow=False)
            for remark in found.remarks:
                self.notify(remark, timeout=6, markup=False)

    def action_quiz(self) -> None:
        """A quiz from here on."""
        from gradviz_tui.screens.quiz import QuizScreen

        self.stop()
        quiz = QuizScreen(self)
        if quiz.quiz.question is None:
            self.refuse("There is nothing left to ask: g goes back to the start.")
            return
        self.app.push_screen(quiz)

    def action_export(self) -> None:
        """Save this frame or the whole walk."""
        from gradviz_tui.screens.export import ExportPrompt

        theme = (
            self.app.settings.theme
            if self.app.settings.theme in ("light", "dark", "cs231n")
            else "light"
        )
        self.app.push_screen(
            ExportPrompt(self.walk.opened, self.walk.trace, self.walk.k, theme),
            lambda files: (
                None
                if files is None
                else self.notify(
                    f"Saved {files[0]}" + (f" and {len(files) - 1} more" if len(files) > 1 else ""),
                    markup=False,
                )
            ),
        )

    def action_copy(self) -> None:
        """Copy the formula as LaTeX."""
        formula = self.frame.formula
        if formula is None:
            self.refuse("There is no formula before the first step.")
            return
        self.app.copy_to_clipboard(r" \\ ".join(formula.latex))
        self.notify("The formula is in the clipboard as LaTeX.", timeout=3)

    def action_command(self) -> None:
        """Copy the command that reopens exactly here."""
        command = self.walk.command()
        self.app.copy_to_clipboard(command)
        self.notify(
            command, title="In the clipboard; shown again when you leave", timeout=8, markup=False
        )

    def action_arrays(self) -> None:
        """Show the node's arrays."""
        self.arrays = not self.arrays
        self.query_one("#array").display = self.arrays
        self.call_after_refresh(self.show_panes)

    def _turn(self, by: int) -> None:
        count = channels(self.walk.trace.graph.nodes[self.walk.subject].shape or ())
        if not self.arrays or count < 2:
            self.refuse("a shows the arrays." if count > 1 else "This node has one picture only.")
            return
        self.channel = (self.channel + by) % count
        self.show_panes()

    def action_channel(self) -> None:
        """The next channel."""
        self._turn(1)

    def action_channel_back(self) -> None:
        """The channel before."""
        self._turn(-1)

    def action_open(self) -> None:
        """Open something else."""
        self.stop()
        self.app.pick()

    def action_help(self) -> None:
        """All keys."""
        from gradviz_tui.screens.help import HelpScreen

        settings = self.app.settings
        self.app.push_screen(HelpScreen(settings.theme, settings.ascii, settings.keys))

    def action_quit(self) -> None:
        """Leave, and say how to come back."""
        self.app.leave(self.walk)


def edit(opened: Opened, text: str) -> Opened:
    """A run with the input that `NAME = VALUE` names changed."""
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise ParseError(
            "this changes nothing",
            expected="NAME = VALUE, as in x = 3",
            got=text.strip() or "nothing",
        )
    return opened.edited(name.strip(), value.strip())
