"""The value of the graph that is itself the local gradient of a step, as y is for x in x · y."""

from __future__ import annotations

from gradviz.story.formulas import Rules, edge_of
from gradviz.story.maths import M, Maths
from gradviz.story.maths.tree import given
from gradviz.trace import Step


def local_value(rules: Rules, step: Step) -> int | None:
    """The node whose value is the local gradient of a contribution, read off the op's own rule; or
    None.

    For a rule in matrix form it is the one operand that the upstream gradient is multiplied with.
    """
    _, target, slot = edge_of(step)
    row, op = rules.graph.nodes[target], rules.graph.op(target)
    nodes = [*row.inputs, target]
    # Placeholders that equal no name, so that they can be told apart in the rule's result.
    stand_ins = [M.name(f"\0{i}", rules.graph.nodes[i].shape or ()) for i in nodes]
    if op.elementwise and op.differentiable(slot):
        return _node(rules.local(step, stand_ins[:-1], stand_ins[-1]))
    upstream = M.name("\0u", row.shape or ())
    made = op.written_rule(slot, M, upstream, stand_ins[-1], *stand_ins[:-1], **row.options)
    return _only_factor(given(made)[0]) if made is not None else None


def _node(maths: Maths) -> int | None:
    is_stand_in = maths.kind == "name" and maths.text.startswith("\0")
    return int(maths.text[1:]) if is_stand_in else None


def _only_factor(maths: Maths) -> int | None:
    """The one placeholder within a product with the upstream gradient."""
    if maths.kind not in ("product", "mul"):
        return None
    found, waiting = set(), [maths]
    while waiting:
        piece = waiting.pop()
        if piece.kind == "name" and piece.text != "\0u":
            found.add(_node(piece))
        elif piece.kind not in ("name", "product", "mul", "transpose"):
            return None
        waiting.extend(piece.parts)
    return found.pop() if len(found) == 1 else None
