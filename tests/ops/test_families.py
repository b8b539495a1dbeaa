"""A family of ops is a file that is found by itself."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import gradviz
from gradviz.story.catalogue import families

TRIAL = '''"""Ops on trial."""

from gradviz.ops.registry import declare
from gradviz.ops.shapes import elementwise

TRIPLE = declare(
    "triple",
    ("x",),
    "three times x",
    habits=("thrice",),
    forward=lambda xp, x: 3 * x,
    local=(lambda xp, y, x: 3,),
    shape=elementwise("triple"),
    words={"forward": "{calculation}.", "backward": "The slope is 3."},
    domain=((-3, 3),),
)
'''


def test_the_families_keep_their_order() -> None:
    first = [said.split(":")[0].split(",")[0] for said in families()]
    assert first == [
        "+ − × ÷",
        "Exponentials",
        "Circular and hyperbolic functions",
        "Activation functions",
        "Ops that select",
        "Comparisons",
        "Ops that remove axes",
        "Matrix products",
        "Ops that move elements without changing them",
        "Layers",
        "Normalisation layers",
        "Local response normalisation",
        "Scores into probabilities",
        "Losses of class scores",
        "Losses of predictions and targets",
        "Losses over the last axis",
        "Penalties on weights",
        "Ops that are small networks themselves",
        "Convolutions",
        "Pooling",
    ]


def test_a_new_file_is_a_new_family(tmp_path: Path) -> None:
    """On a scratch copy: one file more, and its op is listed last, computed, and hinted at."""
    package = tmp_path / "gradviz"
    shutil.copytree(
        Path(gradviz.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "ops" / "elementwise" / "aaa_trial.py").write_text(TRIAL)

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "gradviz", *args]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    listed = json.loads(run("list", "ops", "--json").stdout)["ops"]
    assert (listed[-1]["name"], listed[-1]["family"]) == ("triple", "Ops on trial")
    trace = json.loads(run("trace", "triple(x)*x", "x=2").stdout)
    assert trace["gradients"]["0"] == 12  # d(3x²)/dx = 6x
    assert "it is called triple here" in run("show", "thrice(x)", "x=2").stderr
