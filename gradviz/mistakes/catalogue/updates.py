"""Mistakes in one step of an optimiser.

The arguments of "update" are the parameter `w`, the learning rate `lr`, and the direction that the
rule multiplies by it: g, the velocity, or the quotient of Adam. "momentum" and "adam" take what
their own rules take, in the first step for Adam; "moment" is one running average of Adam, of the
gradient to a power.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.mistakes.case import XP
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import always
from gradviz.trace.findings import At

RATES = ((0.5, "half"), (2.0, "twice"), (10.0, "ten times"), (0.1, "one tenth of"))


def _other_rate(asked: Asked) -> Iterator[Made]:
    if "update" in asked.kinds:
        for factor, how in RATES:
            edit = Edit(step=lambda w, lr, direction, f=factor: w - f * lr * direction)
            yield Made(edit, details={"how": how})


def _divided(asked: Asked) -> Iterator[Made]:
    if "update" in asked.kinds:
        yield Made(Edit(step=lambda w, lr, direction: w - direction / lr))


def _gradient_alone(asked: Asked) -> Iterator[Made]:
    if "update" in asked.kinds:
        yield Made(Edit(step=lambda w, lr, direction: direction))


def _scaled(asked: Asked) -> Iterator[Made]:
    if "update" in asked.kinds:
        yield Made(Edit(step=lambda w, lr, direction: w * (1 - lr * direction)))


def _others_step(asked: Asked) -> Iterator[Made]:
    """The steps of two parameters taken together."""
    of, lr = asked.only, asked.lr
    if of is None or of.kind != "update" or lr is None:
        return
    gradients = asked.working.truth.gradients
    own = np.shape(gradients[of.node])
    for node in asked.working.graph.inputs:
        g = gradients[node.id]
        if node.id != of.node and g is not None and np.shape(g) in (own, ()):
            for how, rate in (("added to", lr), ("subtracted from", -lr)):
                step = partial(_with_other, np.asarray(g), rate)
                details = {"node": At(of.node), "other": At(node.id), "how": how}
                yield Made(Edit(step=step), details=details, kind=how)


def _others_gradient(asked: Asked) -> Iterator[Made]:
    """A step along the gradient of another parameter."""
    of = asked.only
    if of is None or of.kind != "update":
        return
    gradients = asked.working.truth.gradients
    for node in asked.working.graph.inputs:
        g = gradients[node.id]
        same = g is not None and np.shape(g) == np.shape(gradients[of.node])
        if node.id != of.node and same:
            details = {"node": At(of.node), "other": At(node.id)}
            yield Made(Edit(step=partial(_along, np.asarray(g))), details=details)


def _along(g: Any, w: Any, lr: Any, direction: Any) -> Any:
    return w - lr * g


def _with_other(g: Any, rate: float, w: Any, lr: Any, direction: Any) -> Any:
    return w - lr * direction - rate * g


def _loss_for_gradient(asked: Asked) -> Iterator[Made]:
    loss = asked.working.truth.values[asked.working.graph.output]
    if "update" in asked.kinds and not np.shape(loss):
        yield Made(Edit(step=lambda w, lr, direction: w - lr * loss))


def _twice(asked: Asked) -> Iterator[Made]:
    """Two steps, with the gradient taken anew before the second."""
    if "update" not in asked.kinds or not asked.lr:
        return
    working, lr = asked.working, asked.lr
    truth = working.truth
    new = {
        i: truth.values[i] - lr * truth.gradients[i]
        for i in working.weights
        if truth.gradients[i] is not None
    }
    reads = {edge: always(value) for i, value in new.items() for edge in working.graph.consumers[i]}
    claimed = {of.node for of in asked.quantities}
    if len(claimed) == 1 and claimed <= set(new):
        (node,) = claimed
        step = partial(_from_the_new, new[node])
        yield Made(Edit(reads=reads, step=step))


def _from_the_new(new: Any, w: Any, lr: Any, direction: Any) -> Any:
    return new - lr * direction


def _decayed(asked: Asked) -> Iterator[Made]:
    if "update" in asked.kinds:
        yield Made(Edit(step=lambda w, lr, direction: lr * w - lr * direction))


def _uncorrected(w: Any, g: Any, lr: Any, beta1: Any, beta2: Any) -> Any:
    return w - lr * (1 - beta1) * g / XP.sqrt((1 - beta2) * g * g)


MISTAKES = (
    Mistake(
        "uphill",
        "You added the step: descent goes against the gradient, so the step is subtracted.",
        formula=lambda w, lr, direction: w + lr * direction,
        about="update",
        says="the step was added: descent goes against the gradient",
        bits=2.0,
    ),
    Mistake(
        "no-learning-rate",
        "You left the learning rate out: it scales the step.",
        formula=lambda w, lr, direction: w - direction,
        about="update",
        says="the learning rate was left out",
        bits=2.0,
    ),
    Mistake(
        "step-for-weight",
        "This is the step itself; the new weight was asked for.",
        formula=lambda w, lr, direction: -lr * direction,
        about="update",
        says="the step was written down, not the new weight",
        bits=2.0,
    ),
    Mistake(
        "momentum-ignored",
        "You left the old velocity out: v becomes momentum · v + g.",
        formula=lambda w, g, lr, momentum, v: w - lr * g,
        about="momentum",
    ),
    Mistake(
        "momentum-on-gradient",
        "You multiplied the gradient by the momentum: it belongs to the old velocity.",
        formula=lambda w, g, lr, momentum, v: w - lr * (v + momentum * g),
        about="momentum",
    ),
    Mistake(
        "momentum-dampened",
        "You scaled the gradient by 1 − momentum: here it is added in full.",
        formula=lambda w, g, lr, momentum, v: w - lr * (momentum * v + (1 - momentum) * g),
        about="momentum",
    ),
    Mistake(
        "gradient-forgotten",
        "You left the gradient out of the velocity: v becomes momentum · v + g.",
        formula=lambda w, g, lr, momentum, v: w - lr * momentum * v,
        about="momentum",
    ),
    Mistake(
        "adam-as-descent",
        "You took a step of gradient descent: Adam divides by the root of the corrected v.",
        formula=lambda w, g, lr, beta1, beta2: w - lr * g,
        about="adam",
    ),
    Mistake(
        "adam-root-forgotten",
        "You divided by the corrected v: Adam divides by its square root.",
        formula=lambda w, g, lr, beta1, beta2: w - lr / g,
        about="adam",
    ),
    Mistake(
        "adam-not-corrected",
        "You took m and v as they are: Adam divides them by 1 − β₁ᵗ and 1 − β₂ᵗ first.",
        formula=_uncorrected,
        about="adam",
    ),
    Mistake(
        "decay-swapped",
        "You weighted the gradient with β: β weights the old average, and 1 − β what is new.",
        formula=lambda g, beta, power: beta * g**power,
        about="moment",
    ),
    Mistake(
        "square-forgotten",
        "You took the gradient itself: v averages its square.",
        formula=lambda g, beta, power: (1 - beta) * g if power == 2 else None,
        about="moment",
    ),
    Mistake(
        "another-rate",
        about="working",
        places=_other_rate,
        says="{how} the learning rate was used",
        bits=3.0,
    ),
    Mistake(
        "step-of-another-parameter",
        about="working",
        places=_others_step,
        says="the step of {other} was {how} that of {node}",
        bits=5.0,
    ),
    Mistake(
        "gradient-of-another-parameter",
        about="working",
        places=_others_gradient,
        says="the gradient of {other} was taken for that of {node}",
        bits=5.0,
    ),
    Mistake(
        "divided-by-rate",
        about="working",
        places=_divided,
        says="the gradient was divided by the learning rate",
        bits=4.0,
    ),
    Mistake(
        "gradient-for-weight",
        about="working",
        places=_gradient_alone,
        says="the gradient was written down, not the new weight",
        bits=4.0,
    ),
    Mistake(
        "weight-scaled",
        about="working",
        places=_scaled,
        says="the weight was multiplied by 1 − lr · gradient",
        bits=5.0,
    ),
    Mistake(
        "loss-for-gradient",
        about="working",
        places=_loss_for_gradient,
        says="the loss was taken for the gradient",
        bits=4.5,
    ),
    Mistake("two-steps", about="working", places=_twice, says="two steps were taken", bits=4.5),
    Mistake(
        "rate-times-all",
        about="working",
        places=_decayed,
        says="the old weight was multiplied by the learning rate too",
        bits=5.0,
    ),
)
