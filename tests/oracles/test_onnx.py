"""ONNX's own examples of each operator (onnx.backend.test), run on our op of the same meaning:
`make oracles`.

`make peers` counts all of them, also those without a counterpart here.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.oracles.onnx_nodes import TRANSLATED
from tests.peers.counting import Verdict, count
from tests.peers.suites.onnx_nodes import SUITE, examples

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("operator", TRANSLATED)
def test_the_examples_of_the_standard(operator: str) -> None:
    tally = count(replace(SUITE, cases=lambda: examples(operator)))
    assert not tally.wrong
    assert tally.verdicts[Verdict.PASS] or operator == "Pad", "none of its examples has a form here"
