"""One step of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from gradviz.graph.graph import Edge
from gradviz.trace.updates import Update

Kind = Literal["forward", "seed", "contribute", "update"]
Phase = Literal["start", "forward", "seed", "backward", "update"]
"""Where a walk is: before its first step, in a pass, at the seed, its turning point, or at the
updates of a training run, which come last.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step, counted from 1.

    forward     `node` gets its value.
    seed        `node`, the output, gets the gradient that the backward pass starts from.
    contribute  `edge` brings its source a contribution: `contribution = upstream · local`, summed
                over the axes `summed` along which the source was broadcast; its gradient so far
                goes from `before` to `after`. `upstream` has the target's shape, the last three the
                source's. `local` has the target's shape for elementwise ops and is None for the
                others, except from scalar to scalar; a folded scope has none.
    update      `node`, a parameter, goes from `before` to `after`; `update` has the state. Of a
                folded scope it is a parameter inside, which `update.hidden` names.
    """

    number: int
    kind: Kind
    node: int
    edge: Edge | None = None
    upstream: Any = None
    local: Any = None
    contribution: Any = None
    before: Any = None
    after: Any = None
    summed: tuple[int, ...] = ()
    update: Update | None = None


@dataclass(slots=True)
class Recording:
    """The backward pass as columns, an entry per contribution, in order: lists while it is
    recorded, afterwards sequences that nobody changes.

    `after` is the source's gradient once the contribution is in; an entry shares the contribution's
    array where it is the first, so only branches store more.
    """

    edges: Any = field(default_factory=list)
    local: Any = field(default_factory=list)
    contribution: Any = field(default_factory=list)
    after: Any = field(default_factory=list)
