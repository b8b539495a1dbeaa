"""Where files may be written: never over an input, never over what gradviz did not write unless
told to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from gradviz.errors import FileError
from gradviz.files import Data, read_whole, write_all, write_whole


def check_place(
    path: Path, is_ours: Callable[[bytes], bool], *, force: bool, inputs: Collection[Path]
) -> None:
    """Raise FileError where writing would destroy an input or, without `force`, a file of someone
    else.

    `is_ours` tells from its content whether gradviz wrote a file. An empty file holds nothing to
    lose.
    """
    for source in inputs:
        if path.exists() and source.exists() and path.samefile(source):
            raise FileError(
                f"{path.name} is read here, so it cannot be written",
                where=str(path),
                expected="an output that is no input",
                hint=f"another name, such as new-{path.name}",
            )
    if force or not path.is_file():
        return
    content = read_whole(path)
    if content and not is_ours(content):
        raise FileError(
            f"{path.name} exists, and gradviz did not write it",
            where=str(path),
            expected="a new name, or a file that gradviz wrote",
            hint="--force (force=True) replaces it",
        )


def write_files(files: Mapping[Path, Data]) -> None:
    """Write all files or none; a folder that is missing is made if its parent exists.

    Raises FileError, and then leaves no new folder behind.
    """
    made = _make_folders({path.parent for path in files})
    try:
        if len(files) > 1:
            write_all(files)
        else:
            for path, data in files.items():
                write_whole(path, data)
    except BaseException:
        for folder in made:
            with suppress(OSError):  # not empty: someone else has put something there
                folder.rmdir()
        raise


def _make_folders(folders: Collection[Path]) -> list[Path]:
    made = []
    for folder in sorted(folders):
        if folder.exists() or not folder.parent.is_dir():
            continue  # writing says what is wrong with the rest
        try:
            folder.mkdir()
        except OSError as error:
            raise FileError(
                f"the folder {folder.name} cannot be made",
                where=str(folder),
                got=error.strerror or str(error),
            ) from None
        made.append(folder)
    return made
