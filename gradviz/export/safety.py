"""Where files may be written: never over an input, nor (unless forced) over a foreign file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from gradviz.errors import FileError
from gradviz.files import Data, clear_left_over, read_whole, write_all, write_whole


def check_place(
    path: Path, is_ours: Callable[[bytes], bool], *, force: bool, inputs: Collection[Path]
) -> None:
    """Raise FileError if writing would destroy an input or, without `force`, someone else's file.

    `is_ours` tells from a file's content whether gradviz wrote it. An empty file has nothing to
    lose.
    """
    for source in inputs:
        if path.exists() and source.exists() and path.samefile(source):
            raise FileError(
                f"{path.name} is an input, so it cannot be overwritten",
                where=str(path),
                expected="an output that is not an input",
                hint=f"another name, such as new-{path.name}",
            )
    if force or not path.is_file():
        return
    content = read_whole(path)
    if content and not is_ours(content):
        raise FileError(
            f"{path.name} already exists, and gradviz did not write it",
            where=str(path),
            expected="a new name, or a file that gradviz wrote",
            hint="--force (force=True) replaces it",
        )


def write_files(files: Mapping[Path, Data]) -> None:
    """Write all files or none; a missing folder is created if its parent exists.

    What a killed run left half written in these folders is removed. Raises FileError, and then
    leaves no new folder behind.
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
    for folder in {path.parent for path in files}:
        clear_left_over(folder)


def _make_folders(folders: Collection[Path]) -> list[Path]:
    made = []
    for folder in sorted(folders):
        if folder.exists() or not folder.parent.is_dir():
            continue  # writing reports what is wrong with the others
        try:
            folder.mkdir()
        except OSError as error:
            raise FileError(
                f"cannot create the folder {folder.name}",
                where=str(folder),
                got=error.strerror or str(error),
            ) from None
        made.append(folder)
    return made
