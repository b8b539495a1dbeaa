"""Class and channel axes: what PyTorch would read otherwise is refused, never read differently."""

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import ShapeError


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "nll", "multiclass_hinge"])
@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 3), (2, 3, 4, 5), (2, 2, 2, 2)])
def test_scores_of_more_axes_are_refused(loss: str, shape: tuple[int, ...]) -> None:
    """PyTorch: classes on axis 1 of (N, C, d1, …); here they would be the last axis."""
    labels = [0] * shape[-2]
    for size in reversed(shape[:-2]):
        labels = [labels] * size
    with pytest.raises(ShapeError, match="which axis") as caught:
        gv.run(f"{loss}(s, y)", s=_ones(shape), y=labels)
    assert "axis 1" in str(caught.value) and "reshape(s, (-1," in caught.value.hint


def _ones(shape: tuple[int, ...]) -> list[object]:
    return [_ones(shape[1:]) if len(shape) > 1 else 1.0 for _ in range(shape[0])]


def test_shares_of_more_axes_are_refused() -> None:
    s = _ones((2, 3, 2, 2))
    with pytest.raises(ShapeError, match="which axis"):
        gv.run("softmax_cross_entropy(s, y)", s=s, y=s)


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "multiclass_hinge"])
@pytest.mark.parametrize(("s", "y"), [([3.0], 0), ([[1.0], [2.0]], [0, 0])])
def test_a_choice_from_one_class_is_refused(loss: str, s: object, y: object) -> None:
    with pytest.raises(ShapeError, match="always 0") as caught:
        gv.run(f"{loss}(s, y)", s=s, y=y)
    assert "sigmoid_cross_entropy" in caught.value.hint
    with pytest.raises(ShapeError, match="always 0"):
        gv.check("softmax_cross_entropy(s, y)", s=[3.0], y=[1.0])


def test_the_channels_of_an_image_are_where_pytorch_has_them() -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run("sum(local_response_norm(x, 2))", x=_ones((1, 2, 1, 1, 1)))
    assert "axis 0 of (C, H, W) or axis 1 of (N, C, H, W)" in str(caught.value)


def test_three_axes_are_one_image() -> None:
    """C×H×W, as for convolutions and pools, where PyTorch takes N×C×L: with alpha = size = 2,
    k = 0 and beta = 1, a channel is divided by its square plus that of the channel before it.
    """
    image = np.array([[[3.0, 1]], [[4.0, 2]]])
    made = gv.run("local_response_norm(x, 2, alpha=2, beta=1, k=0)", x=image, wrt=[]).value("f")
    np.testing.assert_allclose(made, [[[3 / 9, 1]], [[4 / 25, 2 / 5]]])
    batch = gv.run("local_response_norm(x, 2, alpha=2, beta=1, k=0)", x=[image], wrt=[])
    np.testing.assert_allclose(batch.value("f"), [made])


def test_a_graph_of_a_refused_call_can_still_be_read() -> None:
    """Traces written by an earlier gradviz are bound, not run."""
    graph = gv.parse("softmax_cross_entropy(s, 0)")
    assert graph.bind({"s": (1,)}).nodes[graph.output].shape == ()
