"""The terminal program of gradviz: step through a run and understand it.

`opened`, `moves`, `state`, `conditions`, `quiz`, `cut`, `config` and `keys` know no terminal; `widgets` draw, `screens`
listen to keys, and `app` holds them together. Every number shown comes from a trace.
"""
