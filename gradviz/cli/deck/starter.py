"""The deck that `gradviz init deck` writes: every key explained, and it builds."""

from typing import Final

STARTER: Final = """# A deck for gradviz. Build its pictures with:
#   gradviz deck                 those that have changed
#   gradviz deck --watch         whenever this file, or one that it reads, changes
#   gradviz deck --only circuit  one of them
# Paths start from the folder of this file. Each entry is a command line: [[render]] takes what
# `gradviz render` takes, [[plot]] what `gradviz plot` takes. Every option is a key, without its
# dashes: `gradviz render --help` lists them. Above the first entry they hold for all entries.

folder = "figures"               # where the pictures go
formats = ["svg"]                # `gradviz render --help` lists them all
themes = ["light", "dark"]       # a picture in each: circuit-light.svg and circuit-dark.svg
digits = 4                       # an option of every entry that has it

# A picture: the last step, here in two formats.
[[render]]
name = "circuit"                 # its files are called so; every entry has its own name
source = "x*y + z"               # an expression, net:NAME, a saved trace or run, FILE.py::FUNCTION
values = {x = -3, y = 5, z = 2}  # numbers, lists, "@image.png", "random:1", "1/3"
formats = ["svg", "png"]

# A walk: a PDF has one page per step.
[[render]]
name = "norm"
source = "q = W @ x; sum(q**2)"
values = {W = [[0.4, 0.6], [0.7, -0.2]], x = [0.5, 0.3]}
rename = {q = "q_0"}             # a table where the command line repeats --rename NODE=NAME
formats = ["pdf"]
theme = "print"                  # one theme instead of those above

# Some steps, one file for each: figures/steps/branches-05.svg, …
[[render]]
name = "branches"
file = "steps/{name}-{k:02}"     # {name}, {theme} and {k}, the number of the step
source = "x*y + max(y, z) + 3*y"
values = {x = 2, y = 1, z = 4}
steps = "5-8"
theme = "light"

# Another view: a network as neurons.
[[render]]
name = "neurons"
source = "net:xor"
values = {x = [1, 0]}
view = "neurons"
width = 800

# Curves with their slopes.
[[plot]]
name = "activations"
source = ["sigmoid", "tanh"]
formats = ["svg"]
"""
