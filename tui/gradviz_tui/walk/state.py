"""Where the student is: a value that every move replaces. It knows no terminal."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.export.look import Folding
from gradviz.graph.graph import labels
from gradviz.trace.walks import landing
from gradviz_tui.walk import moves
from gradviz_tui.walk.conditions import Condition
from gradviz_tui.walk.folding import CLOSED, OPEN, View, view
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.opened import Opened


@dataclass(frozen=True)
class Walk:
    """A place in a run.

    opened      what is walked through.
    k           steps done, 0 to the end.
    selected    the node that was chosen, None to follow the steps.
    broken      nodes at which a run stops.
    conditions  conditions on which a run stops.
    past        what was open before each edit that can be undone, the last edit's last.
    future      what was undone, the next redo last.
    folding     which scopes are folded; as it was opened by default.
    rate        the learning rate of a step of descent; None until it is typed.
    outer       where we stepped in from, None outside; `inside` is what the node is called there.
    """

    opened: Opened
    k: int = 0
    selected: int | None = None
    broken: frozenset[int] = frozenset()
    conditions: tuple[Condition, ...] = ()
    past: tuple[Opened, ...] = ()
    future: tuple[Opened, ...] = ()
    outer: Walk | None = None
    inside: str = ""
    folding: Folding | None = None
    rate: float | None = None

    def __post_init__(self) -> None:
        """Begin as it was opened."""
        if self.folding is None:
            object.__setattr__(self, "folding", self.opened.folding)

    def view_of(self, opened: Opened) -> View:
        """A run as its scopes are folded now."""
        assert self.folding is not None
        return view(opened.trace, self.folding)

    @property
    def view(self) -> View:
        """The run as it is shown, beside the whole one."""
        return self.view_of(self.opened)

    @property
    def trail(self) -> tuple[str, ...]:
        """The nodes that we stepped into, the outermost first."""
        return () if self.outer is None else (*self.outer.trail, self.inside)

    @property
    def root(self) -> Walk:
        """The walk outside of all nodes."""
        here = self
        while here.outer is not None:
            here = here.outer
        return here

    @property
    def trace(self) -> gv.Trace:
        """The run that is walked through, its scopes folded."""
        return self.view.trace

    @property
    def total(self) -> int:
        """The number of its steps."""
        return len(self.trace)

    @property
    def subject(self) -> int:
        """The node that the panes speak of: the chosen one, or the one that this step writes."""
        if self.selected is not None:
            return self.selected
        if self.k == 0:
            return self.trace.graph.output
        step = self.trace.step(self.k)
        return step.edge.source if step.edge is not None else step.node

    @property
    def at_work(self) -> tuple[int, ...]:
        """The nodes that can be meant by this step, the first first: the chosen one; else the op
        that runs, and then what it runs for.
        """
        if self.selected is not None or self.k == 0:
            return (self.subject,)
        step = self.trace.step(self.k)
        return (step.node,) if step.edge is None else (step.edge.target, step.edge.source)

    @property
    def place(self) -> int:
        """The node that the picture must show where no step is at work: the first to be computed,
        or the chosen one.
        """
        forward = self.trace.forward_nodes
        return forward[0] if self.selected is None and self.k == 0 and forward else self.subject

    @property
    def before_edit(self) -> gv.Trace | None:
        """The run before the last edit, folded likewise."""
        return self.view_of(self.past[-1]).trace if self.past else None

    @property
    def changed(self) -> frozenset[int]:
        """The nodes whose value the last edit changed."""
        old = self.before_edit
        return frozenset() if old is None else changed_nodes(self.trace, old)

    def at(self, k: int) -> Walk:
        """At step k, or the nearest there is."""
        return replace(self, k=min(max(k, 0), self.total))

    def step(self, by: int) -> Walk:
        """Some contributions on, or back."""
        return self.at(self.k + by)

    def node(self, by: int) -> Walk:
        """A whole node on (1) or back (-1)."""
        return self.at((moves.next_node if by > 0 else moves.previous_node)(self.trace, self.k))

    def loss(self) -> Walk:
        """At the turning point."""
        return self.at(moves.loss(self.trace))

    def layer(self, by: int) -> Walk:
        """Into the next layer, or back into the one before."""
        marks = moves.layers(self.trace)
        found = moves.after(marks, self.k) if by > 0 else moves.before(marks, self.k)
        return self if found is None else self.at(found)

    def to_subject(self) -> Walk | None:
        """At the step that writes the selected node next, or did last; None for one that no step
        writes.
        """
        k = moves.to_node(self.trace, self.subject, self.k)
        return None if k is None else self.at(k)

    def write(self, by: int) -> Walk | None:
        """At the next or the previous write of the subject's gradient; it stays selected.

        None if there is none.
        """
        found = moves.writes(self.trace, self.subject)
        k = moves.after(found, self.k) if by > 0 else moves.before(found, self.k)
        return None if k is None else replace(self.at(k), selected=self.subject)

    def select(self, node: int | None) -> Walk:
        """With a node chosen, or none."""
        return replace(self, selected=node)

    def select_next(self, by: int) -> Walk:
        """With the next node chosen, or the previous one, round and round; plain numbers are passed
        over.
        """
        named = sorted(labels(self.trace.graph)) or [self.subject]
        at = bisect_left(named, self.subject)
        if by < 0 or (at < len(named) and named[at] == self.subject):
            at += by
        return self.select(named[at % len(named)])

    def toggle_break(self) -> Walk:
        """With a breakpoint on the subject, or without it."""
        return replace(self, broken=self.broken ^ {self.subject})

    def with_condition(self, text: str) -> Walk:
        """With one more condition; one that is there already goes. Raises ParseError."""
        condition = Condition(text)
        left = tuple(c for c in self.conditions if c.text != condition.text)
        return replace(
            self, conditions=left if len(left) < len(self.conditions) else (*left, condition)
        )

    @property
    def stops(self) -> list[int]:
        """The steps at which the breakpoints on nodes stop."""
        return sorted({k for node in self.broken for k in moves.touching(self.trace, node)})

    def run(self, *, back: bool = False) -> Iterator[Walk]:
        """Yield intermediate walks on the way to the next stop; the last one is at the stop.

        It ends at the first breakpoint or condition on the way, else at the end (back: at the
        start).
        """
        stops = set(self.stops)
        for passed, k in enumerate(moves.stretch(self.trace, self.k, back=back)):
            if k in stops or any(c.holds(self.trace, k) for c in self.conditions):
                yield self.at(k)
                return
            if passed % 256 == 255:
                yield self.at(k)
        yield self.at(0 if back else self.total)

    def edit(self, opened: Opened) -> Walk:
        """With another run of the same graph, at the same step."""
        made = replace(self, opened=opened, past=(*self.past, self.opened), future=()).at(self.k)
        changed_nodes(
            made.trace, self.trace
        )  # kept for `changed`: here, in a thread, there is time
        return made

    def beside(self, by: int) -> Walk:
        """In the next pass of the run (1) or the previous one (-1), at the same step; the pass
        after the end of one is at its start. Raises what `Opened.beside` raises.
        """
        ended = by > 0 and self.k == self.total
        made = replace(self, opened=self.opened.beside(by), past=(), future=())
        return made.at(0 if ended else self.k)

    def undo(self) -> Walk | None:
        """As it was before the last edit; None if there was none."""
        if not self.past:
            return None
        return replace(
            self, opened=self.past[-1], past=self.past[:-1], future=(*self.future, self.opened)
        ).at(self.k)

    def redo(self) -> Walk | None:
        """With the edit that was undone last; None if there was none."""
        if not self.future:
            return None
        return replace(
            self, opened=self.future[-1], past=(*self.past, self.opened), future=self.future[:-1]
        ).at(self.k)

    def folded(self, folding: Folding) -> Walk:
        """With other scopes folded, at the same step; what was marked is marked on the cards."""
        now, then = self.view, view(self.opened.trace, folding)
        card = {seen: then.card[node] for seen, node in now.node.items()}
        return replace(
            self,
            folding=folding,
            k=then.from_whole(now.to_whole(self.k)),
            broken=frozenset(card[n] for n in self.broken),
            selected=None if self.selected is None else card[self.selected],
        )

    def turned(self, node: int | None = None) -> Walk | None:
        """With the scope of a node (the subject) folded, or opened if it is a card; None for one in
        no scope.
        """
        found = self.view.turned(self.subject if node is None else node)
        return None if found is None else self.folded(found)

    def turned_all(self) -> Walk | None:
        """With all scopes folded, or opened if any is; None where none can fold."""
        if self.view.groups:
            return self.folded(OPEN)
        return self.folded(CLOSED) if view(self.opened.trace, CLOSED).groups else None

    def enter(self, node: int | None = None) -> Walk | Inside:
        """Inside a node (the subject), at the pass that we are in: its cells where a window slides,
        else the simpler ops it is made of, else its cells.

        Raises ValueInputError for a node that has no inside.
        """
        trace, node = self.trace, self.subject if node is None else node
        name = labels(trace.graph).get(node, "")
        inside = gv.into(trace, node)
        if not isinstance(inside, gv.Trace):
            return Inside(inside, landing(inside, self.k), (*self.trail, name))
        there = Walk(Opened(f"inside {name}", {}, inside), outer=self, inside=name)
        return there.loss() if trace.phase(self.k) in ("seed", "backward") else there

    @property
    def words(self) -> tuple[str, ...]:
        """What opens this again as it is now, at its beginning."""
        return self.root.opened.words(self.root.folding)

    def command(self) -> str:
        """What to type to be exactly here again."""
        return self.command_inside((), ())

    def command_inside(self, names: tuple[str, ...], steps: tuple[int, ...]) -> str:
        """The same, at these steps of walks inside nodes of these names."""
        if self.outer is not None:
            return self.outer.command_inside((self.inside, *names), (self.k, *steps))
        into = "/".join(names)
        return self.opened.command(self.k, self.folding, into=into, steps=steps)

    def entered(self, into: str, steps: Sequence[int]) -> tuple[Walk, Inside | None]:
        """Inside the nodes of a path, `a/b`, at these steps; and the place inside the last one,
        where it is walked through in another way than a graph.

        Raises UnknownNameError for a node that is not there, ValueInputError for one without
        inside and for a step that does not exist.
        """
        here: Walk = self
        names = into.split("/") if into else []
        for depth, (name, k) in enumerate(zip(names, steps, strict=True)):
            by_name = {label: node for node, label in labels(here.trace.graph).items()}
            if name not in by_name:
                raise UnknownNameError(
                    f"there is no node {name!r:.60}",
                    expected=", ".join(list(by_name)[:12]),
                    got=f"--into {into:.60}",
                    hint=did_you_mean(name, by_name),
                )
            inner = here.enter(by_name[name])
            if not 0 <= k <= inner.total:
                raise ValueInputError(
                    f"there is no step {k} inside {name}", expected=f"0 to {inner.total}"
                )
            if isinstance(inner, Inside):
                if depth + 1 < len(names):
                    raise ValueInputError(f"nothing inside {name} can be stepped into")
                return here, inner.at(k)
            here = inner.at(k)
        return here, None


@lru_cache(maxsize=4)
def changed_nodes(now: gv.Trace, then: gv.Trace) -> frozenset[int]:
    """The nodes whose values differ between two runs of one graph."""
    shape = now.xp.shape
    pairs = enumerate(zip(now.values, then.values, strict=True))
    return frozenset(
        i for i, (a, b) in pairs if shape(a) != shape(b) or not bool((now.xp.asarray(a) == b).all())
    )
