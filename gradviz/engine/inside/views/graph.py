"""The computation graph, node by node."""

from gradviz.engine.inside.views import View

VIEW = View("the computation graph", lambda trace: trace)
