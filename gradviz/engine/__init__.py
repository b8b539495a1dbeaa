"""Running a graph forward and backward, and recording every step.

For other rooms: `run` (from a graph and values to a trace), `program` (a graph compiled for its
shapes), `changes` (a sweep that does something differently), `nudging` (one number moved), `check`
(gradients computed in other ways), `inside` (stepping into a node), `pair` (two runs as one walk),
`beside` (two walks as one), `curves` (functions sampled for plots), `listing` (a run written as a
program), `inputs` (the values of a run), `optimisers`, `schedules` and `descent` (an optimiser with
its settings).
"""
