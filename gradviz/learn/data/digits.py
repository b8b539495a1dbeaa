"""Handwritten digits of 8×8 pixels: 1,297 to learn from and 500 held out.

UCI's Optical Recognition of Handwritten Digits, Alpaydin and Kaynak, 1998,
https://doi.org/10.24432/C50P49, licence CC BY 4.0; `digits.txt` says so too.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

from gradviz.files import read_whole
from gradviz.learn.data import Set
from gradviz.learn.reading import samples
from gradviz.trace.run import Data

FILE: Final = Path(__file__).with_name("digits.npz")
MOST: Final = 16
"""The number of a pixel that is fully inked."""
HELD_OUT: Final = 500
TEN: Final = tuple("0123456789")


@cache
def _arrays() -> Any:
    from gradviz.arrays.npy import Arrays

    return Arrays(read_whole(FILE)).all()


def make(random: Any, count: int) -> Data:
    """The first `count` of the 1,297 digits to learn from, pixels from 0 to 1 in one row; the last
    500 of the collection are held out.
    """
    x, t = _arrays()["pixels"] / MOST, _arrays()["label"]
    count = min(count, len(x) - HELD_OUT)
    test = samples("digits", x[-HELD_OUT:], t[-HELD_OUT:], classes=TEN)
    found = samples("digits", x[:count], t[:count], classes=TEN)
    return Data("digits", found.x, found.t, TEN, found.columns, "", test.x, test.t)


SET = Set(
    "handwritten digits, 8×8 pixels, ten classes; 500 held out",
    make,
    {"count": 1297},
    "UCI Optical Recognition of Handwritten Digits, Alpaydin and Kaynak, 1998, CC BY 4.0",
)
