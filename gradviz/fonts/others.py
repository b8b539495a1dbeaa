"""The fonts for texts that the shipped ones cannot draw, and texts divided among all of them.

They are looked for in this order: the files that a drawing is given (`using`), the packages of the
extra `fonts`, the usual folders of the system; or instead of the last two the folders that the
environment variable GRADVIZ_FONTS names, empty for none.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib import metadata
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from gradviz import fonts
from gradviz.errors import FileError, ValueInputError
from gradviz.fonts import estimates
from gradviz.fonts.faces import EXTRA, RIGHT_TO_LEFT, Face, Family, faces, families, is_there

PACKAGES: Final = ("manimgx-fonts", "manimgx-fonts-cjk")
"""The packages with Noto fonts that the extra installs."""

VARIABLE: Final = "GRADVIZ_FONTS"
"""The environment variable, whose folders are parted as in PATH."""

SUFFIXES: Final = (".ttf", ".otf", ".ttc", ".otc")
MOST_FILES: Final = 4_000
DEEPEST: Final = 4
"""How far the folders of a system are searched."""

PREFERRED: Final = (
    "notosanscjk", "notosans", "applesdgothicneo", "pingfang", "hiragino", "malgun", "msyh",
    "yugoth", "leelawui", "thonburi", "geezapro", "arialhb", "nirmala", "kohinoor", "segoeui",
    "nanumgothic", "sourcehansans", "dejavusans.", "arial", "freesans.",
)  # fmt: skip
"""How the names of files begin that are tried first, the best first; the others by their names."""
AVOIDED: Final = re.compile(
    r"italic|oblique|condensed|mono|serif|bold|medium|thin|light|black|nastaliq|emoji", re.I
)
"""Files that are tried last: other styles than plain ones."""
NEVER: Final = re.compile(r"lastresort|adobeblank|notdef", re.I)
"""Fonts that draw a box, or nothing, for every character."""

LANGUAGES: Final = {"ja": ("JP",), "ko": ("KR",), "zh-Hans": ("SC", "CN"), "zh-Hant": ("TC", "TW")}
"""How families end that draw Han characters as a language has them."""
_REGIONS: Final = {end for ends in LANGUAGES.values() for end in ends} | {"HK"}

JOINING: Final = re.compile("[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
"""Characters that change the one before them."""
JOINER: Final = "\u200d"
MIRRORED: Final = dict(zip("()[]{}<>«»", ")(][}{><»«", strict=True))

UNKNOWN: Final = "□"
"""What stands for a letter that no font can draw, where a text is printed all the same."""

NAMED: Final = 5
"""So many missing characters are named."""


class Choice(NamedTuple):
    """The families that a drawing was given, and the language of its Han characters."""

    given: tuple[Family, ...] = ()
    language: str = ""


_CHOSEN: ContextVar[Choice] = ContextVar("fonts", default=Choice())  # noqa: B039


class Run(NamedTuple):
    """A stretch of a text in one direction that one family draws; None for the shipped one."""

    text: str
    family: Family | None
    right_to_left: bool = False


@contextmanager
def using(files: Iterable[str | os.PathLike[str]], sample: str = "") -> Iterator[None]:
    """Draw with these font files, the first one first, where the shipped fonts do not suffice.

    sample  texts of the drawing, which tell the language of its Han characters.

    Without files, those in use stay. Raises FileError for a file that is not a font, GradvizError
    if HarfBuzz is not installed.
    """
    found = [face for file in files for face in given_faces(file)]
    given = families(found) if found else chosen().given
    token = _CHOSEN.set(Choice(given, language(sample)))
    try:
        with estimates.estimating(False):
            yield
    finally:
        _CHOSEN.reset(token)


def files_of(given: Any) -> tuple[str, ...]:
    """The paths of font files, one or several. Raises ValueInputError for anything else."""
    paths = [given] if isinstance(given, str | os.PathLike) else given
    try:
        return tuple(str(os.fspath(path)) for path in paths)
    except TypeError:
        raise ValueInputError(
            "fonts takes the paths of font files", expected='"NotoSansKR.ttf"', got=f"{given!r:.60}"
        ) from None


def chosen() -> Choice:
    """What is drawn with now; equal choices draw alike."""
    return _CHOSEN.get()


def given_faces(file: str | os.PathLike[str]) -> tuple[Face, ...]:
    """The fonts of a file, or one of a collection, as in `NotoSansCJK.ttc#3`. Raises FileError."""
    text = str(file)
    path, number = Path(text), 0
    if not path.exists() and (named := re.fullmatch(r"(.+)#(\d{1,3})", text, re.DOTALL)):
        path, number = Path(named[1]), int(named[2])
    if not path.is_file():
        kind = "is not a file" if path.exists() else "does not exist"
        raise FileError(
            f"the font {text[-60:]!r} {kind}", where=str(path), expected="a .ttf, .otf or .ttc file"
        )
    found = faces(path)
    if number > len(found):
        raise FileError(
            f"{path.name:.60} holds {len(found)} fonts",
            where=str(path),
            expected=f"#1 to #{len(found)}",
            got=f"#{number}",
        )
    return found[number - 1 : number] if number else found


class Sources(NamedTuple):
    """Where fonts are looked for."""

    packages: tuple[str, ...]
    folders: tuple[Path, ...]


def sources() -> Sources:
    """Where fonts are looked for now."""
    if (said := os.environ.get(VARIABLE)) is not None:
        return Sources((), tuple(Path(part) for part in said.split(os.pathsep) if part))
    return Sources(PACKAGES, _folders())


@cache
def package_files(name: str) -> tuple[Path, ...]:
    """The font files of an installed package, those of other styles last."""
    try:
        found = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return ()
    paths = (Path(str(file.locate())) for file in found if file.suffix.lower() in SUFFIXES)
    return tuple(sorted(paths, key=_rank))


@cache
def _families_of(files: tuple[Path, ...]) -> tuple[Family, ...]:
    return families(face for file in files for face in _readable(file))


def _readable(file: Path) -> tuple[Face, ...]:
    """The fonts of a file that was found; none if it is damaged or of another kind."""
    try:
        return faces(file)
    except FileError:
        return ()


def _folders() -> tuple[Path, ...]:
    """The folders in which this system keeps its fonts."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() may raise
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    if sys.platform == "win32":
        own = Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"))
        windows = Path(os.environ.get("WINDIR", "C:/Windows"))
        return windows / "Fonts", own / "Microsoft/Windows/Fonts"
    shared = Path("/usr/share/fonts"), Path("/usr/local/share/fonts")
    return *shared, home / ".local/share/fonts", home / ".fonts"


@cache
def installed(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """The font files in these folders, in the order in which they are tried."""
    found = islice((file for folder in folders for file in _files_in(folder)), MOST_FILES)
    return tuple(sorted(found, key=_rank))


def _files_in(folder: Path) -> Iterator[Path]:
    top = len(folder.parts)
    for at, below, names in os.walk(folder):
        below[:] = sorted(below) if len(Path(at).parts) - top < DEEPEST else []
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) and not NEVER.search(name):
                yield Path(at) / name


def _rank(file: Path) -> tuple[bool, int, str, str]:
    name = file.name.lower()
    known = (i for i, begin in enumerate(PREFERRED) if name.startswith(begin))
    plain = re.sub("^notosans", "", name)
    return AVOIDED.search(plain) is not None, next(known, len(PREFERRED)), name, str(file)


@cache
def _system_family(face: Face, folders: tuple[Path, ...]) -> Family:
    """A font of the system with those of its family beside it."""
    begin = re.split(r"[-\[.]", face.file.name)[0]
    beside = (f for f in installed(folders) if f.parent == face.file.parent and f != face.file)
    near = (f for f in beside if f.name.startswith(begin) and "italic" not in f.name.lower())
    others = (other for file in islice(near, 40) for other in _readable(file))
    return Family([face, *(other for other in others if other.family == face.family)])


def family_of(cluster: str) -> Family | None:
    """The family that draws a character with its marks, in the order told above."""
    return _family_of(cluster, chosen(), sources()) if is_there() else None


@lru_cache(maxsize=20_000)
def _family_of(cluster: str, choice: Choice, where: Sources) -> Family | None:
    ways = chain((choice.given, _packaged(where.packages)), _on_system(where.folders, cluster[0]))
    for found in ways:
        for family in _ordered(found, choice.language):
            if family.draws(cluster):
                return family
    return None


def _packaged(names: tuple[str, ...]) -> tuple[Family, ...]:
    """The families of the packages that are installed."""
    return _families_of(tuple(file for name in names for file in package_files(name)))


def _on_system(folders: tuple[Path, ...], character: str) -> Iterator[list[Family]]:
    """The families in these folders that have a character, file by file, the best first."""
    for file in installed(folders):
        faces = [face for face in _readable(file) if face.has(character)]
        yield [_system_family(face, folders) for face in faces]


def _ordered(found: Iterable[Family], language: str) -> list[Family]:
    """Families, those for Han characters of another language last."""
    wanted = LANGUAGES.get(language, ())

    def rank(family: Family) -> int:
        end = family.faces[0].family.rpartition(" ")[2]
        return 0 if end in wanted else 2 if end in _REGIONS and wanted else 1

    return sorted(found, key=rank)


def language(sample: str) -> str:
    """The language whose shapes the Han characters of a text have: that of the kana or Hangul
    among them, else the form of Chinese whose character set they belong to. Empty for none.
    """
    if sample.isascii():
        return ""
    if re.search("[\u3041-\u30ff]", sample):
        return "ja"
    if re.search("[\uac00-\ud7a3\u3131-\u318e]", sample):
        return "ko"
    han = "".join(re.findall("[\u3400-\u9fff\uf900-\ufaff]", sample))
    for name, codec in (("zh-Hans", "gb2312"), ("zh-Hant", "big5"), ("ja", "shift_jis")):
        if han and han.encode(codec, "ignore").decode(codec) == han:
            return name
    return "zh-Hans" if han else ""


def runs(text: str) -> tuple[Run, ...]:
    """A text, as it is spelt, divided among the fonts, in the order in which it is read.

    Raises ValueInputError for characters that no font here can draw.
    """
    return _runs(fonts.spelt(text), chosen(), sources())


@lru_cache(maxsize=8192)
def _runs(text: str, choice: Choice, where: Sources) -> tuple[Run, ...]:
    known, found = fonts.characters(), list[Run]()
    for cluster in clusters(text):
        last = found[-1] if found else None
        if known.issuperset(cluster):
            family, turned = None, False
        else:
            family, turned = last.family if last else None, _turns(cluster)
            if family is None or not family.draws(cluster):
                family = family_of(cluster)
            if family is None:
                raise _missing_error(text)
        if last and last.family is family and last.right_to_left == turned:
            found[-1] = last._replace(text=last.text + cluster)
        else:
            found.append(Run(cluster, family, turned))
    return tuple(found)


def _turns(cluster: str) -> bool:
    return unicodedata.bidirectional(cluster[0]) in RIGHT_TO_LEFT


def origin(family: Family) -> str:
    """Where a family comes from: a package, or the path of a file."""
    file = family.faces[0].file
    return next((name for name in PACKAGES if file in package_files(name)), str(file))


def clusters(text: str) -> list[str]:
    """The characters of a text, each with the marks and signs that belong to it."""
    found: list[list[str]] = []
    for character in text:
        joins = unicodedata.category(character)[0] == "M" or JOINING.match(character)
        if found and (joins or found[-1][-1] == JOINER):
            found[-1].append(character)
        else:
            found.append([character])
    return list(map("".join, found))


def missing(text: str) -> Iterator[str]:
    """The characters of a text that no font here can draw, each once, in order of appearance."""
    known = fonts.characters()
    for cluster in dict.fromkeys(clusters(fonts.spelt(text))):
        if not known.issuperset(cluster) and family_of(cluster) is None:
            yield from (c for c in cluster if c not in known)


def drawable(text: str) -> str:
    """A text with UNKNOWN in place of each letter that no font here can draw."""
    if fonts.characters().issuperset(text):
        return text
    absent = set(missing(text))
    return "".join(UNKNOWN if character in absent else character for character in fonts.spelt(text))


def script(character: str) -> str:
    """The script of a character, from its name; empty for signs and characters without a name."""
    if unicodedata.category(character)[0] not in "LM":
        return ""
    word = unicodedata.name(character, "").partition(" ")[0]
    return {"CJK": "Han"}.get(word, word.title())


def _missing_error(text: str) -> ValueInputError:
    absent = list(dict.fromkeys(islice(missing(text), NAMED + 1)))
    scripts = " and ".join(filter(None, dict.fromkeys(map(script, absent[:NAMED]))))
    more = " and others" if len(absent) > NAMED else ""
    wanted = f" that has {scripts}" if scripts else ""
    if all(unicodedata.category(c) == "Cc" for c in absent):
        hint = "write it without control characters"
    elif is_there():
        packages = "" if all(map(package_files, PACKAGES)) else f", or {EXTRA}"
        hint = f"--font FILE with a font{wanted}{packages}"
    else:
        hint = f"{EXTRA}, which brings fonts of many scripts"
    return ValueInputError(
        f"no font here has a glyph for {', '.join(map(_shown, absent[:NAMED]))}{more}",
        where=f"in the text {text[:60]!r}",
        expected="letters of the shipped fonts (Latin, Greek, Cyrillic, signs), or a font for them",
        hint=hint,
    )


def _shown(character: str) -> str:
    """A character with its code point and its name, which says the script."""
    name = unicodedata.name(character, "a control character")
    seen = f"{character} " if character.isprintable() else ""
    return f"{seen}(U+{ord(character):04X} {name})"
