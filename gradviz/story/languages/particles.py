"""Particles that depend on the last sound of the word before them, as Korean has them.

Numbers and Latin letters are read aloud: 3 is 삼 and ends in a consonant, x is 엑스 and does not.
"""

from __future__ import annotations

import re
from typing import Final

FIRST, LAST, FINALS = ord("가"), ord("힣"), 28
RIEUL: Final = 8
"""The place of ㄹ among the final consonants, after which 로 stands, not 으로."""
DIGITS: Final = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
TENS: Final = ("십", "백", "천", "만", "만", "만", "만", "억", "억", "억", "억")
"""The last word of 10, 100, …, and of their multiples."""
LETTERS: Final = {
    "l": "엘",
    "m": "엠",
    "n": "엔",
    "r": "알",
    "L": "엘",
    "M": "엠",
    "N": "엔",
    "R": "알",
}
"""Letters whose names end in a consonant; those of the others end in vowels."""
SYMBOLS: Final = {
    "∞": "무한대",
    "%": "퍼센트",
    "²": "제곱",
    "³": "세제곱",
    "ⁿ": "엔",
    "ᵀ": "전치",
    "′": "프라임",
    "ε": "엡실론",
    "υ": "입실론",
    "ο": "오미크론",
    "½": "일",
    "⅓": "일",
    "¼": "일",
    "¾": "삼",
    "⅔": "이",
}
"""Signs, Greek letters and fractions; Greek letters that are not here end in a vowel."""
CLOSING: Final = re.compile(r"[\s)\]}⟩|‖\"'”’»,.;:…]+$")
WORD: Final = re.compile(r"[A-Za-z]+$")
NUMBER: Final = re.compile(r"(\d[\d,]*)(?:(\.)(\d+))?$")
FRACTION: Final = re.compile(r"(?<![\w./])(\d+)/\d+$")
"""Read from below: 3/4 is 사분의 삼."""
RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "0123456789" * 2)
CLOSED: Final = re.compile(r"(?:[mn]|ng|ck|[aeiouy][bcpkt])$")
"""How Latin words end that are read with a consonant at their end, other than l: `clip` is 클립;
`exp`, `log` and `mask` get a vowel.
"""


def chosen(text: str, closed: str, open_: str) -> str:
    """The particle that follows a text: the first after a consonant, the second after a vowel; ㄹ
    counts as a vowel before 로.
    """
    final = _final(text)
    if open_.startswith("로") and final == RIEUL:
        return open_
    return closed if final else open_


def either(closed: str, open_: str) -> str:
    """Both particles, where what they follow is not known: 은(는), (으)로."""
    if closed.endswith(open_):
        return f"({closed.removesuffix(open_)}){open_}"
    return f"{closed}({open_})"


def _final(text: str) -> int:
    """The last consonant of a text as it is read, 0 for none."""
    bare = CLOSING.sub("", text)
    if not bare:
        return 0
    last = SYMBOLS.get(bare[-1], bare[-1])[-1]
    if FIRST <= ord(last) <= LAST:
        return (ord(last) - FIRST) % FINALS
    if found := FRACTION.search(bare):
        return _final(found[1])
    if found := NUMBER.search(bare.translate(RAISED)):
        return _final(_spoken(found))
    if found := WORD.search(bare):
        return _final(_read(found[0]))
    return 0


def _spoken(number: re.Match[str]) -> str:
    """The last word of a number."""
    whole, point, decimals = number[1].replace(",", ""), number[2], number[3]
    if point:
        return DIGITS[decimals[-1]]
    zeros = len(whole) - len(whole.rstrip("0"))
    if not zeros or not whole.strip("0"):
        return DIGITS[whole[-1]]
    return TENS[min(zeros, len(TENS)) - 1]


def _read(word: str) -> str:
    """A Latin word as it is read, as far as its end is concerned."""
    if len(word) == 1 or word.isupper():
        return LETTERS.get(word[-1], "가")
    if word.endswith("l"):
        return "엘"
    return "간" if CLOSED.search(word.lower()) else "가"
