"""Files to send: one true example of each type, and what somebody who means no good would send."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from core import Per, Program, Requirement, Retention, Source, Text
from core.actor import Actor
from core.file_types import FileType
from core.files import ReceivedFile, UploadAddress, receive_upload, request_upload
from core.files.store import MARKER
from core.house import House
from tests.core.documents.old_excel import compound_file, old_workbook, sheet_records
from tests.support.plugins import NOTICE, deed_type, program

MOST = 10 * 1024 * 1024
CLAUSE = Source(NOTICE, "제7조 (증빙)")
KEPT = Source(NOTICE, "제9조 (증빙의 보존)")

PLAN = Requirement(code="plan", names=Text("계획서", "plan"), types=(FileType.PDF, FileType.HWP), most=2, source=CLAUSE)
RECEIPT = Requirement(
    code="receipt",
    names=Text("영수증", "receipt"),
    types=(FileType.PDF, FileType.JPG),
    per=Per.ACTIVITY,
    max_bytes=20_000,
    source=CLAUSE,
)
PHOTO = Requirement(code="photo", names=Text("사진", "photo"), types=(FileType.JPG, FileType.PNG), least=0, most=3)
FIVE_YEARS = Retention(years=5, source=KEPT)


def deeds(**changes: Any) -> Program:
    """The deeds, evidence required: a plan of the whole, a receipt of each row, photos if there are any."""
    return program(**{"activity_types": (deed_type(requirements=(PLAN, RECEIPT, PHOTO)),)} | changes)


def pdf(words: str = "증빙", size: int = 0) -> bytes:
    return f"%PDF-1.7\n% {words}\n".encode().ljust(size, b" ") + b"%%EOF\n"


def jpg(words: str = "사진") -> bytes:
    return b"\xff\xd8\xff\xe0" + words.encode() + b"\xff\xd9"


def png() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(40)


def zip_of(files: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def xlsx() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet("증빙").write(0, 0, "금액")
    return made.getvalue()


def xls() -> bytes:
    return old_workbook({"증빙": sheet_records([["금액"]])})


def hwp() -> bytes:
    return compound_file({"FileHeader": b"HWP Document File", "DocInfo": b"\0", "BodyText": b"\0"})


def hwpx() -> bytes:
    return zip_of({"mimetype": b"application/hwp+zip", "Contents/section0.xml": b"<sec/>"})


def bomb(megabytes: int, inside: Mapping[str, bytes] | None = None) -> bytes:
    """An archive of a few kilobytes that unfolds to so many megabytes of nothing."""
    return zip_of({**(inside or {}), "zeros.bin": bytes(megabytes * 1024 * 1024)})


EXAMPLES: dict[str, bytes] = {
    "계획서.pdf": pdf(),
    "정산.xlsx": xlsx(),
    "정산.xls": xls(),
    "현장.jpg": jpg(),
    "현장.JPEG": jpg(),
    "직인.png": png(),
    "회의록.hwp": hwp(),
    "회의록.hwpx": hwpx(),
    "묶음.zip": zip_of({"a.txt": b"a"}),
}


async def in_pieces(content: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def announced(house: House, who: Actor, content: bytes, name: str = "계획서.pdf", **more: Any) -> UploadAddress:
    """An address to send this content to."""
    async with house.work(who) as work:
        return await request_upload(work, **{"file_name": name, "size": len(content), "most_bytes": MOST} | more)


async def sent(house: House, who: Actor, content: bytes, name: str = "계획서.pdf", **more: Any) -> str:
    """The token of a file that has come."""
    address = await announced(house, who, content, name, **more)
    await received(house, address, content)
    return address.token


async def received(house: House, address: UploadAddress, content: bytes) -> ReceivedFile:
    return await receive_upload(house, address.token, in_pieces(content))


def files_of(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def files_of_documents(data_dir: Path) -> list[Path]:
    """Every file of documents under a data folder, half-written ones too."""
    return [path for path in files_of(data_dir / "documents", data_dir / "receiving") if path.name != MARKER]
