"""How the tests look for counterexamples: the same ones every time, unless GRADVIZ_SEARCH asks for new ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A busy machine is no failure, so nothing has a deadline.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("search" if os.environ.get("GRADVIZ_SEARCH") else "steady")
