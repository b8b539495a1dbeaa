"""What is known about a slip without working again agrees with working again."""

import numpy as np
import pytest

import gradviz as gv
from gradviz.graph.text.parser import parse
from gradviz.mistakes import every
from gradviz.mistakes.claims import Asked, read
from gradviz.mistakes.made import is_looked_for, trials
from gradviz.mistakes.working import Working

TASKS = [
    ("z = W @ x; a = tanh(z); L = sum((a - t)**2)", "dW[0,1]=0.1", "dx[1]=0.1"),
    ("a = sigmoid(w*u + b); L = -(t[0]*log(a) + (1 - t[0])*log(1 - a))", "dw=0.1", "new b=0.1"),
    ("y = softmax(W @ x); L = sum(y*t)", "dx[0]=0.1", "new W[1,0]=0.1"),
]
VALUES = {
    "W": [[0.4, -0.7], [0.9, 0.35]], "x": [0.8, -1.1], "t": [0.2, 0.6],
    "w": 0.7, "u": 1.3, "b": -0.4,
}  # fmt: skip


@pytest.mark.parametrize(("source", "first", "second"), TASKS, ids=lambda text: text[:20])
def test_rough_results_are_those_of_the_whole_working(source: str, first: str, second: str) -> None:
    names = {n.name for n in parse(source).inputs}
    working = Working(gv.run(source, values={k: v for k, v in VALUES.items() if k in names}))
    for claim in (first, second):
        asked = Asked(working, read(working, [claim]), lr=0.3)
        known = [t for t in trials(asked, filter(is_looked_for, every())) if t.made.near]
        assert len(known) > 20
        for trial in known[::5]:
            with np.errstate(all="ignore"):
                whole = asked.give(trial.made.edit)
            if np.isfinite(whole).all():
                np.testing.assert_allclose(trial.made.near, whole, rtol=1e-6, atol=1e-7)
