"""Checks shared by ops with class labels or indices: these are values, so forward checks them."""

from gradviz.errors import ValueInputError
from gradviz.ops.op import Array, Namespace


def places(
    xp: Namespace, op: str, labels: Array, count: int, *, what: str = "label", of: str = "classes"
) -> Array:
    """The labels as an array of integers from 0 to count − 1.

    Raises ValueInputError naming the op and the first label that is not whole or is out of
    range.
    """
    try:
        found = xp.whole(labels)
    except ValueInputError as error:
        error.what = f"{op} takes whole numbers as {what}s"
        error.expected = f"{what}s from 0 to {count - 1}"
        raise

    def out_of_range(wrong: Array) -> ValueInputError:
        shape, first = tuple(found.shape), int(found[wrong].reshape(-1)[0])
        return ValueInputError(
            f"{op}: there is no {what} {first}",
            expected=f"{what}s from 0 to {count - 1}, as there are {count} {of}",
            got=f"{what}s of the shape {shape}" if shape else "",
            hint=f"{what}s count from 0" if first == count else "",
        )

    xp.refuse((found < 0) | (found >= count), out_of_range)
    return found


def signs(xp: Namespace, labels: Array) -> Array:
    """Binary labels as −1 and 1. Raises ValueInputError for any other."""
    try:
        found = xp.whole(labels)
    except ValueInputError as error:
        error.what = "binary labels are −1 and 1"
        raise

    def unknown(wrong: Array) -> ValueInputError:
        hint = "labels of 0 and 1 become 2*y - 1" if not ((found != 0) & (found != 1)).any() else ""
        return ValueInputError(
            "binary labels are −1 and 1", got=str(int(found[wrong].reshape(-1)[0])), hint=hint
        )

    xp.refuse(abs(found) != 1, unknown)
    return xp.asarray(found)
