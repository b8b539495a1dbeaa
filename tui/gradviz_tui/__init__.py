"""The terminal program of gradviz: step through a run and understand it.

`opened`, `moves`, `state`, `conditions`, `quiz`, `cut`, `config` and `keys` know no terminal;
`panes`, `arrays`, `pixels` and `first` write what is shown as lines of text and roles. `start`
shows the first frame before Textual is loaded; then `widgets` draw, `screens` listen to keys, and
`app` holds them together. Every number shown comes from a trace.
"""
