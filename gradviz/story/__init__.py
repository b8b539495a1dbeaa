"""From a trace to frames: what is known at a step, its sentence and its formula.

For other rooms: `walks` (the story of any walk, and its data), `frame` (a frame of a graph),
`paths` (a frame told along paths), `own` (frames in the user's words), `moments` (frames between
steps), `cells` (of an op cell by cell), `neurons` (of a network unit by unit), `matrix` (of W · x +
b row by row), `volumes` (of a convolutional network layer by layer), `stamps` (of a transposed
convolution), `differences` (of a numerical gradient), `pair` (of two runs on one graph), `plot` (of
sampled functions), `accumulation` (of the sum at a branch), `descent` and `updating` (of the
updates of a pass, and their rules), `findings` (of claimed numbers), `live` (of numbers that change
in a page), `training` (of a run pass by pass), `steps` (which steps are meant), `code` (the lines
that a step works on), `formula` (of a step), `formulas` (how they are made), `values` and `digits`
(how values are said), `maths` (mathematics and its writers), `languages` (what is
said in the reader's language), `catalogue` (the rules of the ops) and
`keys`.
"""
