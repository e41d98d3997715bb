"""Archives before they are taken: everything in them is unpacked under a limit, archives within archives too.

The directory's sizes are the sender's word only, so what counts is what comes out. Nothing unpacked is kept.
"""

from __future__ import annotations

import errno
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from core.files.kinds import ZIP, is_archive
from core.files.problems import ENCRYPTED, INFLATES, NESTED, UNREADABLE

MOST_INFLATED = 300 * 1024 * 1024  # bytes of all that is inside, however deep
MOST_FILES = 10_000
MOST_DEEP = 3
MOST_DIRECTORY = 4 * 1024 * 1024  # bytes; the library reads it whole
CHUNK = 64 * 1024
DAMAGES = (
    zipfile.BadZipFile,
    NotImplementedError,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    UnicodeDecodeError,
)
NOWHERE = frozenset({errno.EINVAL, errno.EOVERFLOW})  # a place before the file's beginning, or past any file's end


@dataclass(slots=True)
class _Left:
    """How much may still come out."""

    inflated: int = MOST_INFLATED
    files: int = MOST_FILES

    def take(self, inflated: int = 0, files: int = 0) -> None:
        self.inflated -= inflated
        self.files -= files
        if self.inflated < 0 or self.files < 0:
            raise INFLATES.refuse("file", most=MOST_INFLATED, files=MOST_FILES)


def inspect_archive(file: BinaryIO, folder: Path) -> None:
    """Raise `Refused` for an archive that unfolds too far, is locked or damaged; `folder` holds what is nested."""
    try:
        _inspect(file, folder, _Left(), deep=1)
    except DAMAGES as error:
        raise UNREADABLE.refuse("file") from error
    except OSError as error:
        if error.errno not in NOWHERE:
            raise  # the disk's fault, not the file's
        raise UNREADABLE.refuse("file") from error


def _inspect(file: BinaryIO, folder: Path, left: _Left, deep: int) -> None:
    if deep > MOST_DEEP:
        raise NESTED.refuse("file", most=MOST_DEEP)
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # what ZipFile itself will go by
    if not end:
        raise zipfile.BadZipFile("no end of a directory")
    if end[zipfile._ECD_SIZE] > MOST_DIRECTORY:  # type: ignore[attr-defined]
        left.take(files=MOST_FILES + 1)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        left.take(files=len(entries))
        for entry in entries:
            if entry.flag_bits & 1:
                raise ENCRYPTED.refuse("file")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise UNREADABLE.refuse("file")  # the others inflate without a bound
            with archive.open(entry) as packed:
                _unpack(cast(BinaryIO, packed), folder, left, deep)


def _unpack(packed: BinaryIO, folder: Path, left: _Left, deep: int) -> None:
    """Let one file come out, chunk by chunk; one that is an archive itself goes aside and is inspected in turn."""
    first = packed.read(CHUNK)
    if not first.startswith(ZIP):
        chunk = first
        while chunk:
            left.take(inflated=len(chunk))
            chunk = packed.read(CHUNK)
        return
    with tempfile.TemporaryFile(dir=folder) as nested:
        chunk = first
        while chunk:
            left.take(inflated=len(chunk))
            nested.write(chunk)
            chunk = packed.read(CHUNK)
        if is_archive(cast(BinaryIO, nested)):
            _inspect(cast(BinaryIO, nested), folder, left, deep + 1)
