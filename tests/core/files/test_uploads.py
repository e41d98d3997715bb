"""Files on their way in: what is true is taken, what lies is refused, and nothing is left of what went wrong."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import io
import struct
import threading
import zipfile
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core import Problem, Text, UploadedDocument, Violation, hookimpl
from core.files import receive_upload, receiving, request_upload, uploads, verify_documents
from core.files.archives import MOST_FILES, inspect_archive
from core.files.kinds import file_type_of
from core.house import House
from tests.core.files.conftest import Desk
from tests.support.clock import SetClock
from tests.support.files import (
    EXAMPLES,
    MOST,
    announced,
    bomb,
    deeds,
    hwp,
    hwpx,
    in_pieces,
    jpg,
    pdf,
    png,
    received,
    sent,
    xls,
    xlsx,
    zip_of,
)
from tests.support.plugins import declaring, plugged, plugin
from tests.support.world import at_once, connected, member, organization, refused, rows

PDF = pdf()


@pytest.mark.parametrize("name", EXAMPLES)
async def test_each_type_is_known_by_its_content(desk: Desk, name: str) -> None:
    content = EXAMPLES[name]
    found = await received(desk.house, await announced(desk.house, desk.filer, content, name), content)
    assert (found.size, found.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    (file,) = await desk.stored()
    assert (file["sha256"], file["file_type"]) == (found.sha256, found.file_type.value)
    (path,) = desk.on_disk()
    assert path.read_bytes() == content


MACROS = ("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")
LIES = {
    "a program as pdf": ("계획서.pdf", b"MZ\x90\x00" + bytes(60)),
    "a page as pdf": ("계획서.pdf", b"<html><script>%PDF-1.7</script>"),
    "a picture as pdf": ("계획서.pdf", png()),
    "a pdf as picture": ("사진.jpg", PDF),
    "a jpg as png": ("사진.png", jpg()),
    "a zip as xlsx": ("정산.xlsx", zip_of({"a.txt": b"a"})),
    "an xlsx as zip": ("정산.zip", xlsx()),
    "macros in an xlsx": ("정산.xlsx", zip_of(dict.fromkeys(MACROS, b"x"))),
    "an xls as hwp": ("회의록.hwp", xls()),
    "a hwp as xls": ("정산.xls", hwp()),
    "a hwpx as hwp": ("회의록.hwp", hwpx()),
    "a compound file cut off": ("회의록.hwp", hwp()[:700]),
    "a compound file in a circle": ("회의록.hwp", hwp()[:512] + bytes(4) + b"\1\0\0\0" + bytes(504) + bytes(5_000)),
    "nothing but noise": ("사진.png", b"\x00\x01\x02\x03"),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
async def test_a_file_that_lies_about_its_type_is_refused(desk: Desk, what: str) -> None:
    name, content = LIES[what]
    address = await announced(desk.house, desk.filer, content, name)
    with refused("DOCUMENT_NOT_ITS_TYPE"):
        await received(desk.house, address, content)
    assert (await desk.stored(), desk.on_disk()) == ([], [])
    (event,) = await desk.events("upload.refused")
    assert event["after"] == {"codes": ["DOCUMENT_NOT_ITS_TYPE"]}


class Counted(io.BytesIO):
    """A file that counts how often it was read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        return super().read(size)


def test_a_table_of_sectors_that_names_itself_is_not_followed_round() -> None:
    content = bytearray(hwp()[:512] + bytes(512))
    struct.pack_into("<I", content, 48, 1_000_000)  # where the directory begins, it says
    struct.pack_into("<I", content, 68, 0)  # where the table goes on: in a sector of zeros, so for ever
    file = Counted(content)
    assert file_type_of(file) is None
    assert file.reads <= 2


async def test_a_hwpx_may_spell_its_mimetype_as_it_likes(desk: Desk) -> None:
    await sent(desk.house, desk.filer, zip_of({"MimeType": b"application/hwp+zip"}), "회의록.hwpx")


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_is_not_the_archives_fault(tmp_path: Path, error: int) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(error, "the disk")

    with pytest.raises(OSError, match="the disk"):
        inspect_archive(Failing(zip_of({"a.txt": b"a"})), tmp_path)


@pytest.mark.parametrize("came", [PDF[:-1], PDF + b"!", PDF * 400_000], ids=["shorter", "longer", "much longer"])
async def test_a_file_of_another_size_than_announced_is_refused(desk: Desk, came: bytes) -> None:
    address = await announced(desk.house, desk.filer, PDF)
    with refused("DOCUMENT_SIZE"):
        await received(desk.house, address, came)
    assert (await desk.stored(), desk.on_disk()) == ([], [])


async def test_a_file_too_long_is_not_read_to_its_end(desk: Desk) -> None:
    address, taken = await announced(desk.house, desk.filer, PDF), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(1024)

    with refused("DOCUMENT_SIZE"):
        await receive_upload(desk.house, address.token, endless())
    assert taken == 1


async def test_a_file_of_another_digest_than_announced_is_refused(desk: Desk) -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    other = PDF[:-3] + b"X" + PDF[-2:]
    address = await announced(desk.house, desk.filer, other, sha256=digest.upper())
    with refused("DOCUMENT_DIGEST"):
        await received(desk.house, address, other)
    assert (await received(desk.house, address, PDF)).sha256 == digest, "the address may be tried again"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf", "..\\..\\x.pdf", "a/b.pdf", "/x.pdf", "x\0.pdf", "x\n.pdf", "x\x1b[31m.pdf",
        "x\u202efdp.exe.pdf", "x\u2066.pdf", "x\u200b.pdf", "x\ufeff.pdf", "\u2028.pdf", "\ud800.pdf", ".pdf",
        ".hidden.pdf", " x.pdf", "x.pdf ", "x.pdf.", "", "   ", "가" * 197 + ".pdf",
    ],
)  # fmt: skip
async def test_what_is_no_name_of_a_file_is_refused(desk: Desk, name: str) -> None:
    with refused("DOCUMENT_NAME") as refusal:
        await announced(desk.house, desk.filer, PDF, name)
    assert refusal.paths == [("fileName",)]


async def test_a_name_is_kept_as_it_reads(desk: Desk) -> None:
    decomposed = "\u1100\u1168\u1112\u116c\u11a8\u1109\u1165 (1) & 50% '최종'.PDF"
    address = await announced(desk.house, desk.filer, PDF, decomposed)
    assert address.file_name == "계획서 (1) & 50% '최종'.PDF"


@pytest.mark.parametrize("name", ["계획서", "계획서.exe", "계획서.pdf.exe", "계획서.docx", "pdf"])
async def test_other_types_are_refused_by_their_names_already(desk: Desk, name: str) -> None:
    with refused("DOCUMENT_TYPE"):
        await announced(desk.house, desk.filer, PDF, name)


async def test_what_is_too_large_empty_or_badly_digested_is_refused_beforehand(desk: Desk) -> None:
    with refused("DOCUMENT_TOO_LARGE"):
        await announced(desk.house, desk.filer, PDF, size=MOST + 1)
    for size in (0, -1):
        with refused("DOCUMENT_EMPTY"):
            await announced(desk.house, desk.filer, PDF, size=size)
    for digest in ("", "ab", "g" * 64, "a" * 65):
        with refused("DOCUMENT_DIGEST_FORM"):
            await announced(desk.house, desk.filer, PDF, sha256=digest)


async def test_nobody_but_a_member_may_announce_a_file(desk: Desk) -> None:
    from core.actor import PUBLIC
    from core.errors import NotSignedIn

    with pytest.raises(NotSignedIn):
        await announced(desk.house, PUBLIC, PDF)


async def test_an_address_that_nobody_requested_takes_nothing(desk: Desk) -> None:
    for token in ("x", "", "\udc80", "a" * 500):
        with refused("DOCUMENT_UPLOAD_UNKNOWN"):
            await receive_upload(desk.house, token, in_pieces(PDF))


async def test_an_upload_resumed_after_its_time_is_refused(desk: Desk, clock: SetClock) -> None:
    address = await announced(desk.house, desk.filer, PDF)
    with refused("DOCUMENT_SIZE"):
        await received(desk.house, address, PDF[:8])
    clock.moment += uploads.GOOD_FOR
    with refused("DOCUMENT_UPLOAD_EXPIRED"):
        await received(desk.house, address, PDF)


async def test_an_address_takes_one_file(desk: Desk) -> None:
    address = await announced(desk.house, desk.filer, PDF)
    await received(desk.house, address, PDF)
    with refused("DOCUMENT_UPLOAD_DONE"):
        await received(desk.house, address, PDF)


async def test_of_two_uploads_to_one_address_at_once_one_is_taken(desk: Desk) -> None:
    await connected(desk.house)
    address = await announced(desk.house, desk.filer, PDF)
    taken, refusals = await at_once([received(desk.house, address, PDF) for _ in range(8)])
    assert len(taken) == 1
    assert sum(refusals.values()) == 7
    assert set(refusals) <= {"DOCUMENT_UPLOAD_BUSY", "DOCUMENT_UPLOAD_DONE"}
    assert len(desk.on_disk()) == len(await desk.stored()) == 1


async def test_an_upload_whose_server_died_can_be_sent_again_after_a_minute(desk: Desk, clock: SetClock) -> None:
    address = await announced(desk.house, desk.filer, PDF)
    begun = asyncio.Event()
    hanging = asyncio.create_task(receive_upload(desk.house, address.token, _never(begun)))
    await begun.wait()
    with refused("DOCUMENT_UPLOAD_BUSY"):
        await received(desk.house, address, PDF)
    clock.moment += timedelta(seconds=61)
    await received(desk.house, address, PDF)
    hanging.cancel()
    await asyncio.wait([hanging])
    assert len(await desk.stored()) == 1


async def _never(begun: asyncio.Event) -> AsyncIterator[bytes]:
    """Somebody who sends a few bytes, and then no more."""
    yield PDF[:4]
    begun.set()
    await asyncio.Event().wait()


async def test_an_interrupted_upload_leaves_nothing_and_can_be_sent_again(desk: Desk) -> None:
    address = await announced(desk.house, desk.filer, PDF)
    begun = asyncio.Event()
    sending = asyncio.create_task(receive_upload(desk.house, address.token, _never(begun)))
    await begun.wait()
    sending.cancel()
    await asyncio.wait([sending])
    assert sending.cancelled()
    assert (desk.on_disk(), await desk.stored()) == ([], [])
    await received(desk.house, address, PDF)


async def test_an_upload_that_stalls_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.files.receiving.PATIENCE", 0)
    address = await announced(desk.house, desk.filer, PDF)
    with refused("DOCUMENT_UPLOAD_STALLED"):
        await receive_upload(desk.house, address.token, _never(asyncio.Event()))


async def test_who_sends_a_byte_now_and_then_is_ended_after_an_hour(desk: Desk, clock: SetClock) -> None:
    address, taken = await announced(desk.house, desk.filer, PDF), 0

    async def dripping() -> AsyncIterator[bytes]:
        nonlocal taken
        for at in range(len(PDF)):
            clock.forward(minutes=7)
            taken += 1
            yield PDF[at : at + 1]

    with refused("DOCUMENT_UPLOAD_EXPIRED"):
        await receive_upload(desk.house, address.token, dripping())
    assert taken == 9


async def test_bytes_stay_when_nobody_knows_whether_their_row_was_committed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = receiving._noted

    async def committed_and_cut_off(*given: Any) -> None:
        await noted(*given)
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(receiving, "_noted", committed_and_cut_off)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await sent(desk.house, desk.filer, PDF)
    monkeypatch.undo()
    await sent(desk.house, desk.filer, PDF)
    async with desk.house.database.reading() as tx:
        (compared, _) = await verify_documents(desk.house, tx)
    assert (compared.compared, compared.lies) == (1, ())


async def test_the_same_bytes_lie_in_the_store_once_whoever_sends_them(desk: Desk) -> None:
    await connected(desk.house)
    other = await member(desk.house, await organization(desk.house, 2), "other", main=True)
    whos = [desk.filer, other] * 4
    tokens, refusals = await at_once([sent(desk.house, who, PDF) for who in whos])
    assert (len(set(tokens)), refusals) == (8, {})
    assert len(await desk.stored()) == len(desk.on_disk()) == 1


async def test_knowing_a_digest_gives_nobody_the_file(desk: Desk) -> None:
    """Somebody else has sent these bytes; who only knows their digest must still send all of them."""
    await sent(desk.house, desk.filer, PDF)
    other = await member(desk.house, await organization(desk.house, 2), "other", main=True)
    address = await announced(desk.house, other, PDF, sha256=hashlib.sha256(PDF).hexdigest())
    with refused("DOCUMENT_SIZE"):
        await received(desk.house, address, b"")
    async with desk.house.work(other) as work:
        with refused("DOCUMENT_NOT_RECEIVED"):
            await uploads.received(work, address.token)


async def test_a_member_has_so_many_uploads_open_and_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 5)
    await connected(desk.house)
    made, refusals = await at_once([announced(desk.house, desk.filer, PDF) for _ in range(10)])
    assert (len(made), dict(refusals)) == (5, {"DOCUMENT_UPLOADS_OPEN": 5})


async def test_what_was_attached_and_detached_counts_as_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 3)
    filing = await desk.drafted(1)
    for place in range(3):
        await desk.detach(await desk.attached(filing, "plan", content=pdf(str(place))))
    with refused("DOCUMENT_UPLOADS_OPEN"):
        await announced(desk.house, desk.filer, PDF)


async def test_what_stays_attached_is_not_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 1)
    filing = await desk.drafted(1)
    for place in range(3):
        await desk.attached(filing, "photo", content=jpg(str(place)))


BOMBS = {
    "zip": ("a.zip", bomb(301)),
    "xlsx": ("a.xlsx", bomb(301, {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})),
    "hwpx": ("a.hwpx", bomb(301, {"mimetype": b"application/hwp+zip"})),
    "nested": ("a.zip", zip_of({f"{place}.zip": bomb(110) for place in range(3)})),
    "more files than anybody reads": ("a.zip", zip_of({str(place): b"" for place in range(MOST_FILES + 1)})),
}


@pytest.mark.parametrize("what", BOMBS)
async def test_an_archive_that_unfolds_too_far_is_refused(desk: Desk, what: str) -> None:
    name, content = BOMBS[what]
    assert len(content) < 2_000_000
    address = await announced(desk.house, desk.filer, content, name)
    with refused("DOCUMENT_INFLATES"):
        await received(desk.house, address, content)
    assert (await desk.stored(), desk.on_disk()) == ([], [])


async def test_what_an_archive_says_of_its_own_size_is_not_believed(desk: Desk) -> None:
    content = bytearray(bomb(301))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.start_dir  # type: ignore[attr-defined]
    content[at + 24 : at + 28] = (5).to_bytes(4, "little")  # five bytes, it says, will come out
    content[22:26] = (5).to_bytes(4, "little")
    address = await announced(desk.house, desk.filer, bytes(content), "a.zip")
    with refused("DOCUMENT_UNREADABLE"):
        await received(desk.house, address, bytes(content))


async def test_archives_within_archives_are_opened_so_deep_and_no_deeper(desk: Desk) -> None:
    content = zip_of({"a.txt": b"a"})
    for _ in range(2):
        content = zip_of({"inside.zip": content})
    await sent(desk.house, desk.filer, content, "a.zip")
    content = zip_of({"inside.zip": content})
    address = await announced(desk.house, desk.filer, content, "b.zip")
    with refused("DOCUMENT_NESTED"):
        await received(desk.house, address, content)


def locked() -> bytes:
    content = bytearray(zip_of({"a.txt": b"a"}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.start_dir  # type: ignore[attr-defined]
    content[at + 8] |= 1
    content[6] |= 1
    return bytes(content)


def packed_otherwise() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", b"a")
    return made.getvalue()


def far_away() -> bytes:
    """An archive whose one file lies, it says, where no disk reaches."""
    content = zip_of({"a.txt": b"a"})
    directory, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    extra = struct.pack("<HHQ", 1, 8, 2**63 - 1)
    entry = bytearray(content[directory:end] + extra)
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<I", entry, 42, 2**32 - 1)
    return content[:directory] + bytes(entry) + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(entry), directory, 0)


def nothing_before_its_end() -> bytes:
    """An archive so short that where its large directory is said to be is before its beginning."""
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, 0, 1)
    return b"PK\3\4" + locator + struct.pack("<4s4H2IH", b"PK\5\6", *[2**16 - 1] * 4, *[2**32 - 1] * 2, 0)


UNSEEN = {
    "far away": (far_away(), "DOCUMENT_UNREADABLE"),
    "nothing before its end": (nothing_before_its_end(), "DOCUMENT_UNREADABLE"),
    "locked": (locked(), "DOCUMENT_ENCRYPTED"),
    "packed otherwise": (packed_otherwise(), "DOCUMENT_UNREADABLE"),
    "cut off": (zip_of({"a.txt": b"abc" * 90})[:-30], "DOCUMENT_UNREADABLE"),
    "only its beginning": (b"PK\x03\x04" + bytes(100), "DOCUMENT_UNREADABLE"),
}


@pytest.mark.parametrize("what", UNSEEN)
async def test_an_archive_nobody_can_look_into_is_refused(desk: Desk, what: str) -> None:
    content, code = UNSEEN[what]
    address = await announced(desk.house, desk.filer, content, "a.zip")
    with refused(code):
        await received(desk.house, address, content)


INFECTED = Problem("SCANNER_INFECTED", Text("악성코드가 있습니다.", "This file is infected."))


def scanned(house: House, scanner: object) -> House:
    return replace(house, plugins=plugged(deeds=declaring(deeds()), scanner=scanner))


async def test_a_scanner_reads_the_content_piece_by_piece_and_may_object(desk: Desk) -> None:
    seen: list[tuple[str, int, int]] = []

    def check_document(document: UploadedDocument) -> Iterable[Violation]:
        pieces = list(document.chunks(1_000))
        seen.append((document.file_name, max(map(len, pieces)), sum(map(len, pieces))))
        if any(b"EICAR" in piece for piece in document.chunks()):
            yield INFECTED.at("file")

    house = scanned(desk.house, plugin(check_document=check_document))
    bad = pdf("EICAR", 5_000)
    address = await announced(house, desk.filer, bad)
    with refused("SCANNER_INFECTED"):
        await received(house, address, bad)
    assert seen == [("계획서.pdf", 1_000, len(bad))]
    assert (await desk.stored(), desk.on_disk()) == ([], [])
    await sent(house, desk.filer, PDF)


async def test_a_slow_scanner_keeps_nobody_waiting_but_its_sender(desk: Desk) -> None:
    scanning, go_on = threading.Event(), threading.Event()

    @hookimpl
    def check_document(document: UploadedDocument) -> Iterable[Violation]:
        scanning.set()
        assert go_on.wait(30)
        return []

    house = scanned(desk.house, plugin(check_document=check_document))
    sending = asyncio.create_task(sent(house, desk.filer, PDF))
    assert await asyncio.to_thread(scanning.wait, 30)
    await announced(house, desk.filer, PDF)  # the loop goes on, and so does the database
    assert not sending.done()
    go_on.set()
    await sending


async def test_a_scanner_that_fails_is_no_consent(desk: Desk) -> None:
    def check_document(document: UploadedDocument) -> Iterable[Violation]:
        raise OSError("the scanner is not there")

    house = scanned(desk.house, plugin(check_document=check_document))
    address = await announced(house, desk.filer, PDF)
    with pytest.raises(OSError, match="not there"):
        await received(house, address, PDF)
    assert (await desk.stored(), desk.on_disk()) == ([], [])


async def test_an_event_names_no_file(desk: Desk) -> None:
    await sent(desk.house, desk.filer, PDF, "김철수 이력서.pdf")
    found = await rows(desk.house, "SELECT before, after FROM audit_event WHERE action LIKE 'upload.%'")
    assert len(found) == 2
    assert "김철수" not in str(found)


async def test_a_token_is_kept_as_a_digest_only(desk: Desk) -> None:
    async with desk.house.work(desk.filer) as work:
        address = await request_upload(work, file_name="a.pdf", size=5, most_bytes=MOST)
    assert address.token not in str(await rows(desk.house, "SELECT * FROM upload"))
