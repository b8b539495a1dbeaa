"""Images and digits as values."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gradviz.errors import FileError, ValueInputError
from gradviz.sources.values import digit as digits
from gradviz.sources.values import picture


def test_colours_are_channels_first_from_0_to_1(tmp_path: Path) -> None:
    cells = np.zeros((2, 3, 3), dtype="uint8")
    cells[0, 1] = [255, 51, 0]
    Image.fromarray(cells).save(tmp_path / "p.png")
    found = picture.image(tmp_path / "p.png")
    assert found.shape == (3, 2, 3)
    assert found[:, 0, 1].tolist() == [1, 0.2, 0] and found.sum() == 1.2


def test_greys_deep_greys_palettes_and_transparency(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 51]], dtype="uint8")).save(tmp_path / "l.png")
    assert picture.image(tmp_path / "l.png").tolist() == [[[0, 0.2]]]
    Image.fromarray(np.array([[0, 65535, 13107]], dtype="uint16")).save(tmp_path / "deep.png")
    assert picture.image(tmp_path / "deep.png").tolist() == [[[0, 1, 0.2]]]
    Image.fromarray(np.array([[0, 255]], dtype="uint8")).convert("1").save(tmp_path / "one.png")
    assert picture.image(tmp_path / "one.png").tolist() == [[[0, 1]]]
    clear = np.array([[[255, 0, 0, 255], [0, 0, 0, 0]]], dtype="uint8")
    Image.fromarray(clear).save(tmp_path / "clear.png")
    assert picture.image(tmp_path / "clear.png").tolist() == [
        [[1, 1]],
        [[0, 1]],
        [[0, 1]],
    ]  # red, and white through nothing
    Image.fromarray(clear[..., :3]).convert("P").save(tmp_path / "p.png")
    assert picture.image(tmp_path / "p.png").shape == (3, 1, 2)


def test_a_photo_is_turned_as_its_camera_was_held(tmp_path: Path) -> None:
    image = Image.fromarray(np.zeros((10, 30, 3), dtype="uint8"))
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turned by 90°
    image.save(tmp_path / "p.jpg", exif=exif)
    assert picture.image(tmp_path / "p.jpg").shape == (3, 30, 10)


def test_what_is_done_to_a_photo_is_said() -> None:
    image = np.random.default_rng(0).uniform(0, 1, (3, 480, 640))
    found = picture.fit(image, (3, 224, 224), "photo.png")
    assert found.note == "photo.png, 640×480, was cut to its middle 480×480 and resized to 224×224"
    assert found.value.shape == (3, 224, 224)
    # The middle: columns 80 to 559. A mean over blocks comes close to the resized image's mean.
    assert found.value.mean() == pytest.approx(image[:, :, 80:560].mean(), abs=0.002)
    grey = picture.fit(image[:, :, :480], (1, 480, 480), "p.png")
    assert grey.note == "p.png, 480×480, was turned grey"
    np.testing.assert_allclose(
        grey.value[0],
        0.299 * image[0, :, :480] + 0.587 * image[1, :, :480] + 0.114 * image[2, :, :480],
    )
    row = picture.fit(np.ones((1, 28, 28)), (784,), "d")
    assert row.note == "d, 28×28, was written as a row of 784" and row.value.shape == (784,)
    repeated = picture.fit(np.ones((1, 4, 4)), (3, 4, 4), "d")
    assert repeated.note == "d, 4×4, was repeated in 3 channels" and repeated.value.shape == (
        3,
        4,
        4,
    )
    same = picture.fit(image, (3, 480, 640), "p.png")
    assert same.note == "" and (same.value == image).all()


def test_resizing_by_hand() -> None:
    """Twice as large: each new cell is 3/4 of its own and 1/4 of the next; half as large: 1/8, 3/8,
    3/8, 1/8 inside.
    """
    larger = picture.fit(np.array([[0.0, 1.0], [0.0, 1.0]]), (4, 4), "x").value
    np.testing.assert_allclose(larger, [[0, 0.25, 0.75, 1]] * 4)
    row = np.array([0.0, 0, 0, 1, 0, 0, 0, 0])
    smaller = picture.fit(np.tile(row, (8, 1)), (4, 4), "x").value
    np.testing.assert_allclose(smaller[0, 1:3], [3 / 8, 1 / 8])


@given(st.tuples(*[st.integers(1, 12)] * 4), st.floats(0, 1))
def test_one_brightness_stays_one_brightness(
    sizes: tuple[int, int, int, int], value: float
) -> None:
    rows, columns, high, wide = sizes
    found = picture.fit(np.full((rows, columns), value), (high, wide), "x").value
    assert found.shape == (high, wide)
    np.testing.assert_allclose(found, value, rtol=0, atol=1e-15)


@pytest.mark.parametrize("shape", [(4, 8, 8), (2, 3, 4, 5), (10,), (), (3, 0, 4)])
def test_inputs_that_take_no_image(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueInputError, match=r"photo\.png does not fit this input") as caught:
        picture.fit(np.ones((3, 8, 8)), shape, "photo.png")
    assert caught.value.got == str(shape)


def test_images_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match=r"there is no file p\.png"):
        picture.image(tmp_path / "p.png")
    for data in (b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40):
        (tmp_path / "p.png").write_bytes(data)
        with pytest.raises(FileError, match=r"p\.png is not a readable image"):
            picture.image(tmp_path / "p.png")
    Image.fromarray(np.zeros((50, 50), dtype="uint8")).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:60])
    with pytest.raises(FileError, match=r"cut\.png is not a readable image"):
        picture.image(tmp_path / "cut.png")
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(FileError, match="needs the package pillow") as caught:
        picture.image(tmp_path / "whole.png")
    assert 'pip install "gradviz-explainer[images]"' in caught.value.hint


def test_floats_that_are_not_finite(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0.5, np.nan]], dtype="float32")).save(tmp_path / "p.tiff")
    (tmp_path / "p.tiff").rename(tmp_path / "p.png")  # Pillow looks at the content
    with pytest.raises(FileError, match=r"the image p\.png is not finite"):
        picture.image(tmp_path / "p.png")


def test_twenty_digits_are_shipped_with_their_source() -> None:
    text = digits.FILE.read_text(encoding="utf-8")
    assert "10.24432/C50P49" in text and "Attribution 4.0" in text and "Alpaydin" in text
    for kind in range(10):
        for number in (1, 2):
            cells = digits.digit(kind, number)
            assert cells.shape == (8, 8) and cells.min() == 0 and cells.max() <= 1
            assert (cells * 16 == (cells * 16).round()).all() and cells.sum() > 10
    # The first image of the set, its second row: 0 0 13 15 10 15 5 0.
    assert (digits.from_text("digit:0")[1] * 16).tolist() == [0, 0, 13, 15, 10, 15, 5, 0]
    assert (digits.from_text("digit:3:2") == digits.digit(3, 2)).all()


@pytest.mark.parametrize("text", ["digit:", "digit:x", "digit:3:", "digit:1:2:3", "digit:-1"])
def test_what_is_no_digit(text: str) -> None:
    with pytest.raises(ValueInputError, match="not a digit"):
        digits.from_text(text)


@pytest.mark.parametrize("text", ["digit:10:1", "digit:3:3", "digit:3:0"])
def test_digits_that_are_not_there(text: str) -> None:
    with pytest.raises(ValueInputError, match="there is no such digit") as caught:
        digits.from_text(text)
    assert caught.value.got == text
