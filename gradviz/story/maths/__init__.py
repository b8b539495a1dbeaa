"""Mathematics as a tree, and its six writers.

`M`, the notation, makes pieces of mathematics (`Maths`): `M.add(M.name("x"), M.number(2))`. Their
kinds are declared in `tree`, names and signs in `names`; both tables are complete in every writer,
and a test holds them to it. To add a kind, declare it in `tree.KINDS`, give `Notation` a method
that makes it, and each writer an entry.

    latex.write(m), typst.write(m), mathml.write(m)    source of a formula
    unicode.text(m), unicode.write(m)                  text, on several lines for matrices
    ascii.write(m), ascii.to_ascii(text)               text in ASCII
    words.write(m), words.say(text)                    in words, for whoever hears it

`of_graph` makes mathematics of ops, expressions, graphs and exact values.
"""

from gradviz.story.maths.tree import KINDS, Kind, M, Maths, Notation, Role

__all__ = ["KINDS", "Kind", "M", "Maths", "Notation", "Role"]
