"""From a trace to frames: what is known at a step, its sentence and its formula.

For other rooms:

- accumulation
- catalogue
- cells
- code
- descent
- differences
- digits
- findings
- formula
- formulas
- frame
- keys
- languages
- live
- maths
- matrix
- moments
- neurons
- own
- pair
- paths
- plot
- stamps
- steps
- training
- updating
- values
- volumes
- walks
"""
