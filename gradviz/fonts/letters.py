"""The letters of pictures from fonts that are not shipped: what a file or a page must bring."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gradviz import fonts
from gradviz.fonts import Weight, others
from gradviz.fonts.faces import Face, Family


class Letters:
    """Which characters of which fonts are used, so that a file or a page brings just these."""

    def __init__(self) -> None:
        self._used: dict[tuple[Face, Weight], set[str]] = {}

    def take(self, family: Family, weight: Weight, text: str) -> Face:
        """Use the letters of a text; the font that has them, in files under its alias."""
        face = family.at(weight)
        self._used.setdefault((face, weight), set()).update(text)
        return face

    def take_found(self, text: str, *weights: Weight) -> None:
        """Use those letters of a text that the shipped fonts lack and another has."""
        if fonts.characters().issuperset(text):
            return
        for cluster in others.clusters(fonts.spelt(text)):
            known = fonts.characters().issuperset(cluster)
            if not known and (family := others.family_of(cluster)):
                for weight in weights:
                    self.take(family, weight, cluster)

    def _subsets(self) -> Iterator[tuple[Face, Weight, bytes]]:
        used = sorted(self._used.items(), key=lambda u: (u[0][0].alias, fonts.CSS_WEIGHTS[u[0][1]]))
        for (face, weight), characters in used:
            yield face, weight, face.subset("".join(sorted(characters)), weight)

    def css(self) -> list[str]:
        """CSS that embeds these fonts."""
        return [
            f'@font-face{{font-family:"{face.alias}";font-weight:{fonts.CSS_WEIGHTS[weight]};'
            f"src:url(data:font/otf;base64,{base64.b64encode(data).decode('ascii')})}}"
            for face, weight, data in self._subsets()
        ]

    @property
    def names(self) -> list[str]:
        """The families by the names that their subsets have."""
        return sorted({face.alias for face, _ in self._used})

    @contextmanager
    def folder(self) -> Iterator[list[str]]:
        """A folder with these fonts, for a renderer that takes folders; none for no fonts."""
        if not self._used:
            yield []
            return
        with TemporaryDirectory(prefix="gradviz-fonts-") as place:
            for number, (_, _, data) in enumerate(self._subsets()):
                (Path(place) / f"{number:03}.otf").write_bytes(data)
            yield [place]
