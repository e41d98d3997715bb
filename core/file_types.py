"""The types of files that are taken in as evidence, each with its endings and its media type."""

from __future__ import annotations

from enum import StrEnum


class FileType(StrEnum):
    """A type of file (파일 형식), known by its content; the name's ending must say the same."""

    PDF = "pdf"
    XLSX = "xlsx"  # 엑셀
    XLS = "xls"  # 엑셀 97-2003
    JPG = "jpg"
    PNG = "png"
    HWP = "hwp"  # 한글
    HWPX = "hwpx"  # 한글, the open format
    ZIP = "zip"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]

    @classmethod
    def of_name(cls, file_name: str) -> FileType | None:
        """What a name's ending says; None for another ending, or none."""
        _, dot, ending = file_name.rpartition(".")
        ending = "jpg" if ending.lower() == "jpeg" else ending.lower()
        return cls(ending) if dot and ending in set(cls) else None


MEDIA_TYPES = {
    FileType.PDF: "application/pdf",
    FileType.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileType.XLS: "application/vnd.ms-excel",
    FileType.JPG: "image/jpeg",
    FileType.PNG: "image/png",
    FileType.HWP: "application/x-hwp",
    FileType.HWPX: "application/hwp+zip",
    FileType.ZIP: "application/zip",
}
