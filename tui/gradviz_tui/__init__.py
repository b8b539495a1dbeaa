"""The terminal program of gradviz: step through a run and understand it.

`walk/` holds where the student is and knows nothing of a terminal. `view/` makes what is shown, as
lines of text and roles, and has the widgets that draw them. `screens/` handle keys: an action is a
function or a method with the name that the table of keys (`gradviz.story.keys`) gives it. `program`
is what screens know of the program; `app` shows the screens. `start` shows the first frame before
Textual is loaded. Every number shown comes from a trace.

For other rooms:

- config
- host
- plain
- serve
- start
- terminal
- visitor
- walk
"""
