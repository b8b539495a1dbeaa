"""The keys of a step of descent and of the passes of a run, in every view: the rate is asked for
once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from gradviz.errors import GradvizError
from gradviz_tui.screens.run import RunScreen
from gradviz_tui.view.panes import said_fall
from gradviz_tui.walk.descent import USUAL, descended, read_rate, rose
from gradviz_tui.walk.opened import Descended
from gradviz_tui.walk.state import Walk

OVER: Final = "This pass is over; } goes on to the next one."


class DescendingScreen(RunScreen):
    """A screen whose run can take steps of descent, and may be a pass of a training run.

    Subclasses define where the student is, and how another run of the same graph is shown: `looked`
    makes, in a thread, what `take` shows.
    """

    _wanted = 0
    """Steps that were asked for and not yet taken."""
    _ahead = 0
    """Passes on, or back, that were asked for and not yet gone."""
    _going = False

    @property
    def here(self) -> Walk:
        """Where the student is in the walk over the graph."""
        raise NotImplementedError

    def looked(self, walk: Walk) -> Any:
        """What `take` shows of another run."""
        raise NotImplementedError

    def take(self, found: Any) -> None:
        """Show it."""
        raise NotImplementedError

    def action_descend(self) -> None:
        """Take a step at the rate that was typed; ask for it first if none was."""
        self.stop()
        if self.here.outer is not None:
            self.refuse("Steps of descent are taken outside; press o to step out.")
        elif self.here.rate is None:
            self._ask()
        else:
            self._wanted += 1
            if self._wanted == 1:
                self._start()

    def action_rate(self) -> None:
        """Ask for the rate, and take a step."""
        self.stop()
        if self.here.outer is not None:
            self.refuse("Steps of descent are taken outside; press o to step out.")
        else:
            self._ask()

    def action_pass(self) -> None:
        """Go to the next pass of the training run."""
        self._pass(1)

    def action_pass_back(self) -> None:
        """Go to the previous pass."""
        self._pass(-1)

    def _pass(self, by: int) -> None:
        self.stop()
        if self.here.outer is not None:
            self.refuse("Passes are changed outside; press o to step out.")
            return
        self._ahead += by
        if not self._going:
            self._go()

    def _go(self) -> None:
        """Open the pass that was asked for, in a thread."""
        walk, by, self._ahead, self._going = self.here, self._ahead, 0, True

        def work() -> None:
            try:
                found: Any = self.looked(walk.beside(by))
            except GradvizError as error:
                found = error
            self.app.call_from_thread(self._gone, walk, found)

        self.run_worker(work, thread=True, group="descent")

    def _gone(self, walk: Walk, found: Any) -> None:
        self._going = False
        if isinstance(found, GradvizError):
            self._ahead = 0
            self.refuse(found.what)
        elif self.is_current and self.here.opened is walk.opened:
            self.take(found)
        if self._ahead and self.is_current:
            self._go()

    def _ask(self) -> None:
        from gradviz_tui.screens.prompt import Prompt

        walk = self.here
        prompt = Prompt(
            "One step of descent, each parameter against its gradient. At which rate?",
            lambda text: self._stepped(walk, read_rate(text)),
            initial=USUAL if walk.rate is None else f"{walk.rate:g}",
            hint="d then steps again at this rate, D changes it, u undoes a step",
        )
        self.app.push_screen(prompt, lambda found: None if found is None else self._show(*found))

    def _stepped(self, walk: Walk, rate: float) -> tuple[Descended, Any]:
        """A step, and what to show of the run that it leads to."""
        made = replace(walk, rate=rate).edit(descended(walk.opened, rate))
        assert made.opened.descent is not None
        return made.opened.descent, self.looked(made)

    def _start(self) -> None:
        walk = self.here
        assert walk.rate is not None
        rate = walk.rate

        def work() -> None:
            try:
                found: tuple[Descended, Any] | GradvizError = self._stepped(walk, rate)
            except GradvizError as error:
                found = error
            self.app.call_from_thread(self._arrived, walk, found)

        self.run_worker(work, thread=True, group="descent")

    def _arrived(self, walk: Walk, found: tuple[Descended, Any] | GradvizError) -> None:
        left, self._wanted = self._wanted - 1, 0
        if isinstance(found, GradvizError):
            self.notify(str(found), severity="warning", markup=False)
        elif self.is_current and self.here.opened is walk.opened:
            self._show(*found)
            if left and self.is_current:
                self._wanted = left
                self._start()

    def _show(self, step: Descended, shown: Any) -> None:
        self.take(shown)
        said = f"loss {said_fall(step, self.app.settings.ascii)}"
        if not rose(step):
            self.notify(said, timeout=3)
            return
        self.notify(
            f"{said}: it rose, the rate {step.rate:g} is too large here. u undoes the step, D"
            " changes the rate.",
            severity="warning",
            timeout=6,
        )
