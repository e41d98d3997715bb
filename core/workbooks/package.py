"""The zip of an .xlsx: its parts by name, each inflated under a limit and checked against what the zip says of it."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib

from core.workbooks.refusal import Reason, Refusal, corrupt

MAX_PARTS = 10_000
LOCAL_HEADER = b"PK\x03\x04"
DAMAGES = (
    zipfile.BadZipFile,
    NotImplementedError,
    zlib.error,
    struct.error,
    ValueError,
    OverflowError,
    EOFError,
    OSError,
)


class Package:
    """An opened .xlsx. Parts that nobody asks for are never inflated; names are compared without case."""

    def __init__(self, data: bytes, max_inflated: int) -> None:
        self._data = data
        self._limit = self._left = max_inflated
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                entries = archive.infolist()
        except DAMAGES as error:
            raise corrupt() from error
        if len(entries) > MAX_PARTS:
            raise corrupt()
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = normalized(entry.filename)
            if name in self._entries:
                raise corrupt()  # two parts of one name: every reader picks its own
            self._entries[name] = entry
        if sum(entry.file_size for entry in entries) > max_inflated:
            raise Refusal(Reason.INFLATES, limit=max_inflated)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def part(self, name: str) -> bytes:
        """One part, inflated. All parts together may have `max_inflated` bytes."""
        entry = self._entries.get(name)
        if entry is None:
            raise corrupt()
        if entry.flag_bits & 1:
            raise Refusal(Reason.ENCRYPTED)
        try:
            content = self._inflated(entry)
        except DAMAGES as error:
            raise corrupt() from error
        self._left -= len(content)
        if self._left < 0:
            raise Refusal(Reason.INFLATES, limit=self._limit)
        if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
            raise corrupt()
        return content

    def _inflated(self, entry: zipfile.ZipInfo) -> bytes:
        """At most one byte more than is left: the directory's size is the sender's word only."""
        at = entry.header_offset
        if self._data[at : at + 4] != LOCAL_HEADER:
            raise corrupt()
        name_length, extra_length = struct.unpack_from("<HH", self._data, at + 26)
        start = at + 30 + name_length + extra_length
        packed = memoryview(self._data)[start : start + entry.compress_size]
        if entry.compress_type == zipfile.ZIP_STORED:
            return bytes(packed[: self._left + 1])
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            raise corrupt()
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflating.decompress(packed, self._left + 1)
        if len(content) <= self._left and not inflating.eof:
            raise corrupt()
        return content


def normalized(name: str) -> str:
    """A part's name as names are compared: lower case, forward slashes, no slash in front."""
    return name.replace("\\", "/").lstrip("/").lower()


def resolved(target: str, base: str) -> str:
    """The part that a relationship of the part `base` points at."""
    target = target.replace("\\", "/")
    path = target if target.startswith("/") else posixpath.join(posixpath.dirname(base), target)
    return normalized(posixpath.normpath(path))
