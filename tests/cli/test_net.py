"""Networks, weights, images and digits on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gradviz as gv

Call = Callable[..., Any]


def test_a_network_with_its_example(gradviz: Call) -> None:
    done = gradviz("show", "net:tiny-cnn", "--brief")
    assert done.status == 0 and "linear" not in done.err
    assert done.out.splitlines()[-1] == "f = [8, 4]"


def test_a_label_brings_the_loss(gradviz: Call) -> None:
    """−log of exp(4)/(exp(4) + exp(8)) is 4.018."""
    done = gradviz("show", "net:tiny-cnn", "label=1", "--brief")
    assert done.status == 0 and "loss = 4.018" in done.out and "dfc_b = [0.982, -0.982]" in done.out
    checked = gradviz("check", "net:tiny-cnn", "label=1", "--wrt", "fc_w,fc_b", "--json")
    assert checked.status == 0


def test_summary(gradviz: Call) -> None:
    done = gradviz("show", "net:alexnet", "--summary")
    assert done.status == 0 and done.err == ""
    total = next(line.split() for line in done.out.splitlines() if line.startswith("total"))
    assert total[1:3] == ["62,378,344", "1,135,256,096"]
    data = json.loads(gradviz("show", "net:mlp:270000-1000", "--summary", "--json").out)
    assert data["total"]["parameters"] == 270_001_000
    assert "x" in gradviz("show", "W @ x", "W=[[1,2]]", "x=[1,2]", "--summary").out
    batch = json.loads(
        gradviz("show", "net:fc-relu,image=4", "x=random:1:5x4", "--summary", "--json").out
    )
    assert batch["layers"][1]["shape"] == [5, 64]
    missing = gradviz("show", "W @ x", "--summary")
    assert missing.status == 1 and missing.refused and "no shape for W, x" in missing.err


def test_random_values_take_the_declared_shape(gradviz: Call) -> None:
    done = gradviz("trace", "net:mlp:3-2", "x=random:1")
    values = json.loads(done.out)["values"]["0"]
    assert values == np.random.default_rng(1).standard_normal(3).tolist()


def test_an_image_is_fitted_and_that_is_said(gradviz: Call, tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 64, 3), 128, dtype="uint8")).save(tmp_path / "photo.png")
    done = gradviz("trace", "net:lenet5", f"image=@{tmp_path / 'photo.png'}")
    assert (
        done.err
        == "gradviz: note: photo.png, 64×48, was cut to its middle 48×48, resized to 32×32 and"
        " turned grey\n"
    )
    assert np.allclose(json.loads(done.out)["values"]["0"], 128 / 255)
    plain = gradviz("trace", "sum(x)", f"x=@{tmp_path / 'photo.png'}")
    assert plain.err == "" and np.shape(json.loads(plain.out)["values"]["0"]) == (3, 48, 64)


def test_digits_as_values(gradviz: Call) -> None:
    done = gradviz("trace", "net:lenet5", "image=digit:3:2", "label=3", "--wrt", "fc3_b")
    assert done.status == 0 and done.err == "gradviz: note: digit:3:2, 8×8, was resized to 32×32\n"
    small = gradviz("show", "sum(x)", "x=digit:0", "--brief")
    # The cells of the first 0 add up to 294, of 16 each.
    assert small.status == 0 and "f = 18.38" in small.out


def test_weights_from_a_file(gradviz: Call, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    gv.save_weights(path, {"W1": np.array([[1.0, 2.0]]), "b1": np.array([3.0])})
    done = gradviz("show", "net:mlp:2-1", "x=[10,20]", "--weights", str(path), "--brief")
    assert done.status == 0 and "[53]" in done.out
    over = gradviz("show", "net:mlp:2-1", "x=[10,20]", "b1=[0]", "--weights", str(path), "--brief")
    assert "[50]" in over.out
    drawn = gradviz(
        "render", "net:mlp:2-1", "x=[10,20]", "--weights", str(path), "-o", str(path), "--force"
    )
    assert drawn.status != 0 and path.read_bytes()[:2] == b"PK"


def test_the_list_of_networks(gradviz: Call) -> None:
    done = gradviz("list", "networks")
    assert done.status == 0
    for name in ("and", "mlp", "lenet5", "alexnet", "vgg16", "resnet18", "tiny-cnn", "PATTERN"):
        assert f"\n{name}\n" in "\n" + done.out
    rows = json.loads(gradviz("list", "networks", "--json").out)["networks"]
    (lenet,) = [row for row in rows if row["name"] == "lenet5"]
    assert lenet["options"] == {
        "classes": "10",
        "activation": "tanh",
        "pool": "avg",
        "seed": "0",
        "loss": "",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("net:lenet",), "there is no network 'lenet'"),
        (("net:(conv-relu",), "this bracket is never closed"),
        (("net:lenet5,clases=3",), "did you mean classes?"),
        (("net:lenet5",), "no value for image"),
        (("net:lenet5", "image=[[1,2],[3,4]]"), "image has the wrong shape"),
        (("net:lenet5", "image=@nothing.png"), "there is no file nothing.png"),
        (
            ("net:lenet5", "image=@nothing.gif"),
            "expected: a .json, .npy, .npz, .png, .jpg, .jpeg, .csv or .tsv file",
        ),
        (("net:lenet5", "image=digit:12"), "there is no such digit"),
        (("net:lenet5", "image=random:1", "label=12"), "label"),
        (("net:lenet5", "image=random:1", "label=2.5"), "whole number"),
        (("net:mlp:2-1", "x=[1,2]", "--weights", "none.npz"), "there is no file none.npz"),
        (("net:mlp:2-1", "x=[1,2]", "--weights", "weights.pt"), "a .npz or .safetensors file"),
        (("x*y", "x=1", "y=2", "--weights", "none.npz"), "there is no file none.npz"),
        (("net:mlp:10-2", "x=digit:3"), "digit:3 does not fit this input"),
    ],
)
def test_bad_input_is_one_message(gradviz: Call, words: tuple[str, ...], said: str) -> None:
    done = gradviz("show", *words)
    assert done.status == 1 and done.refused and said in done.err, done.err


def test_an_image_that_is_not_finite(gradviz: Call, tmp_path: Path) -> None:
    np.save(tmp_path / "i.npy", np.full((1, 32, 32), np.inf))
    done = gradviz("show", "net:lenet5", f"image=@{tmp_path / 'i.npy'}")
    assert done.status == 1 and done.refused and "the image image is not finite" in done.err


def test_too_large_for_memory(gradviz: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADVIZ_MEMORY", "1GiB")
    done = gradviz("show", "net:vgg16", "image=random:1", "label=1")
    assert done.status == 1 and done.refused
    assert "the run needs about 2.5 GiB, GRADVIZ_MEMORY allows 1.0 GiB" in done.err


def test_the_loss_of_a_single_output_is_said(gradviz: Call) -> None:
    """(1 + 2 − 1)² is 4."""
    shown = gradviz("show", "net:mlp:2-1", "x=[1, 2]", "W1=[[1, 1]]", "label=1", "--brief")
    assert "loss = 4" in shown.out and "one output, so its loss is the squared error" in shown.err
    assert gradviz("show", "net:mlp:2-2", "x=[1, 2]", "label=1", "--brief").err == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--weights", "nonexistent.npz"), "nonexistent.npz"),
        (("--weights", "WRONG"), "wrong size"),
        (("--wrt", "x"), "--wrt does not apply to a summary"),
        (("--upstream", "1"), "--upstream does not apply"),
        (("--backend", "exact"), "--backend does not apply"),
        (("--dtype", "float32"), "--dtype does not apply"),
        (("--step", "1"), "--step does not apply"),
        (("--into", "f"), "--into does not apply"),
        (("--brief",), "--brief does not apply"),
        (("--depth", "1"), "--depth does not apply"),
    ],
)
def test_a_summary_uses_or_refuses_every_option(
    gradviz: Call, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    wrong, right = tmp_path / "wrong.npz", tmp_path / "right.npz"
    np.savez(wrong, W1=np.ones((1, 3)), b1=np.ones(1))
    np.savez(right, W1=np.ones((1, 2)), b1=np.ones(1))
    fine = gradviz("show", "net:mlp:2-1", "--summary", "--weights", str(right))
    assert fine.status == 0 and "layer1" in fine.out
    words = tuple(str(wrong) if word == "WRONG" else word for word in words)
    done = gradviz("show", "net:mlp:2-1", "--summary", *words)
    assert done.status != 0 and done.refused and says in done.err
