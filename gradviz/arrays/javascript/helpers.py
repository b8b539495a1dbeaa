"""The functions that formulas call, in JavaScript."""

from __future__ import annotations

import re
from typing import Final

MATH: Final = {
    **{name: name for name in ["exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "abs"]},
    **{name: name for name in ["sin", "cos", "tan", "sinh", "cosh", "tanh"]},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "tan2")},
}
"""What JavaScript's Math calls the functions that it has."""

HELPERS: Final = {
    "maximum": "(a,b)=>a>b||a!==a?a:b",
    "minimum": "(a,b)=>a<b||a!==a?a:b",
    "sign": "x=>x>0?1:x<0?-1:x",
    "sigmoid": "x=>1/(1+Math.exp(-x))",
    "logaddexp": (
        "(a,b)=>a===b?a+Math.LN2:a>b?a+Math.log1p(Math.exp(b-a)):b+Math.log1p(Math.exp(a-b))"
    ),
    "power": (
        "(a,b)=>a===1||(a===-1&&(b===Infinity||b===-Infinity))?1"
        ":b===0.5&&a>=0?Math.sqrt(a)+0:Math.pow(a,b)"
    ),
    "winner": (
        "(...a)=>{let k=0;for(let i=1;i<a.length&&a[k]===a[k];i++)if(!(a[i]<=a[k]))k=i;return k}"
    ),
    "gaussian": "x=>{const z=Math.fround(x);return Math.exp(-z*z)*Math.exp((z-x)*(z+x))}",
    "erf": (
        "x=>{const a=Math.abs(x);if(!(a<2))return x!==x?x:x<0?erfc(a)-1:1-erfc(a);"
        "let t=a,s=a;for(let n=1;t>s*1e-18;n++){t*=2*a*a/(2*n+1);s+=t}"
        "s*=gaussian(a)*2/Math.sqrt(Math.PI);return x<0?-s:s}"
    ),
    "erfc": (
        "x=>{if(x!==x)return x;if(x<.5)return x<-1?2-erfc(-x):1-erf(x);if(x>27)return 0;"
        "let f=0;for(let k=Math.ceil(700/x/x)+9;k>0;k--)f=k/2/(x+f);"
        "return gaussian(x)/Math.sqrt(Math.PI)/(x+f)}"
    ),
}
"""What JavaScript lacks, or has with other results (NaN for 1 to the power NaN).

`winner` is the place of the first largest number; a NaN wins. erf is a sum of positive terms, erfc
beyond ½ its continued fraction (Abramowitz and Stegun 7.1.6 and 7.1.14); `gaussian` is exp(−x²)
with x² in two parts, so that rounding it is not magnified.
"""

_CALL: Final = re.compile(r"(?<![\w.$])([a-z]+)\(")


def called(name: str) -> str:
    """How a function of the contract is called."""
    return f"Math.{MATH[name]}" if name in MATH else name


def definitions(text: str) -> str:
    """The helpers that a text calls, and those that these call, as declarations."""
    found: dict[str, None] = {}
    todo = [text]
    while todo:
        for name in _CALL.findall(todo.pop()):
            if name in HELPERS and name not in found:
                found[name] = None
                todo.append(HELPERS[name])
    return "".join(f"const {name}={HELPERS[name]};" for name in HELPERS if name in found)
