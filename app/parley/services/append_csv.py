"""`on_finished=append_csv`: a script's answers as a row of a CSV file."""

import csv
import errno
import fcntl
import io
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from parley.conversation import ServiceError, Submission
from parley.settings.types import SettingType, folder_problem

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings of formulas in spreadsheets: OWASP, CSV Injection."""
_CELL_INSIDE = re.compile(r"([;\t\r\n] *)(?=[=+@＝＋－＠-])")
"""Beginnings of further cells in spreadsheets that separate cells with semicolons or tabs.

Excel does so in many countries; then the quotation marks after commas have no effect.
"""
BOM = "\ufeff"
"""The byte order mark, with which Excel detects UTF-8."""
LOCK_SECONDS = 2.0
RECENT = 65_536
"""Bytes at the end of the file that are searched for a duplicate submission."""
MOST_FILES = 99


def _folder(text: str) -> str:
    if problem := folder_problem(text, is_written=True):
        raise ValueError(problem)
    return text


Folder = Annotated[str, SettingType(_folder, about="a folder that can be written to")]


def append_csv(
    submission: Submission,
    *,
    answers_folder: Annotated[Folder, "where `append_csv` writes the answers of a script"],
) -> None:
    """Append the answers as a row to `<flow>.csv`, in a column for each name.

    If the names change, a new file begins: `<flow>.2.csv`. A submission that already has a row is
    not appended again. Several workers can append at the same time. Raises ServiceError.
    """
    header = _row(["id", "finished_at", *submission.answers])
    at = submission.at.isoformat(timespec="seconds")
    row = _row([submission.id, at, *map(_cell, submission.answers.values())])
    for number in range(1, MOST_FILES + 1):
        name = f"{submission.flow}.csv" if number == 1 else f"{submission.flow}.{number}.csv"
        try:
            with _locked(Path(answers_folder, name)) as file:
                if _appended(file, header, row):
                    return
        except OSError as error:
            raise ServiceError(f"{name} cannot be written: {error.strerror}") from None
    raise ServiceError(f"there are {MOST_FILES} files with other columns in ANSWERS_FOLDER")


@contextmanager
def _locked(path: Path) -> Iterator[io.FileIO]:
    """Open a file for this process alone. Raises ServiceError if another holds it for long."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with io.FileIO(opened, "r+") as file:
        ends = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > ends:
                    raise ServiceError(f"{path.name} is locked by another process") from None
                time.sleep(0.01)
        yield file


def _appended(file: io.FileIO, header: bytes, row: bytes) -> bool:
    """Append a row, unless it exists; return False if the file has other columns."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    begin = BOM.encode() + header
    if size and file.read(len(begin)) != begin:
        return False
    file.seek(max(size - RECENT, 0))
    recent = file.read()
    if b"\n" + row.partition(b",")[0] + b"," in recent:
        return True
    added = begin if not size else b"" if recent.endswith(b"\n") else b"\r\n"
    content, written = added + row, 0
    try:
        written = file.write(content)
    finally:
        if written < len(content):  # the disk is full
            file.truncate(size)
    if written < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return True


def _row(cells: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue().encode(errors="replace")


def _cell(value: Any) -> Any:
    """Format a value as a cell: a list as its items, and text escaped against formulas."""
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    elif not isinstance(value, str | int | float | None):
        value = json.dumps(value, default=dict, ensure_ascii=False)
    if isinstance(value, str):
        value = _CELL_INSIDE.sub(r"\1'", value)
        if value.startswith(FORMULA) or value.lstrip(" ").startswith(FORMULA):
            return f"'{value}"
    return value
