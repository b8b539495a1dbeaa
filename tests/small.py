"""Pictures in pixels as small as tests need them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradviz.export import formats


def small(suffix: str) -> dict[str, Any]:
    """Options with which a format takes little time."""
    return {"scale": 0.1} if "scale" in formats.of(Path(f"a{suffix}")).options else {}
