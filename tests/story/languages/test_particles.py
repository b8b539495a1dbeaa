"""Korean particles after numbers, letters and signs, as they are read aloud."""

from __future__ import annotations

import pytest

from gradviz.story.languages.particles import chosen, either

READ = {
    "일": "1 21 7.1 W₁ conv1 1/4 ½",
    "이": "2 0.52 x₁₂ 2/3",
    "삼": "3 13 −3 fc3 3/4",
    "사": "4 14 6×14×14",
    "오": "5 0.5 10⁻⁵",
    "육": "6 −6 16",
    "칠": "7",
    "팔": "8",
    "구": "9",
    "영": "0 1.0 0.10",
    "십": "10 20 30 10×10",
    "백": "100 1,200 300",
    "천": "1,000 5000",
    "만": "10,000 100,000",
    "엘": "l L sel label",
    "엠": "m M",
    "엔": "n N xⁿ NaN",
    "알": "r R",
    "에이": "a A",
    "엑스": "x X f(x) (2·x)",
    "와이": "y dy ∂L/∂y |y|",
    "클립": "clip",
    "블록": "block",
    "인풋": "input",
    "엑스프": "exp",
    "로그": "log",
    "마스크": "mask",
    "웨이트": "weight",
    "루트": "sqrt",
    "소프트맥스": "softmax",
    "시그마": "σ",
    "엡실론": "ε",
    "델타": "δ",
    "무한대": "∞ −∞",
    "제곱": "x² (x+y)²",
    "퍼센트": "50%",
    "유닛": "유닛",
    "행렬": "행렬",
}


@pytest.mark.parametrize(
    ("text", "read"), [(text, read) for read, texts in READ.items() for text in texts.split()]
)
def test_a_particle_follows_the_sound_of_what_is_read(text: str, read: str) -> None:
    """The last syllable, taken apart by Unicode: (code − 가) mod 28 is its last sound, 8 is ㄹ."""
    final = (ord(read[-1]) - ord("가")) % 28
    assert chosen(text, "은", "는") == ("은" if final else "는")
    assert chosen(text, "으로", "로") == ("으로" if final not in (0, 8) else "로")


@pytest.mark.parametrize(
    ("closed", "open_", "both"),
    [
        ("은", "는", "은(는)"), ("을", "를", "을(를)"), ("으로", "로", "(으)로"),
        ("이다", "다", "(이)다"),
    ],
)  # fmt: skip
def test_both_stand_where_the_number_may_change(closed: str, open_: str, both: str) -> None:
    assert either(closed, open_) == both
