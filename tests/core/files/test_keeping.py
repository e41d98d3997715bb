"""What is kept, and how long: nothing goes before its day, all after it; the audit stays whole, bytes stay true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from core import Retention
from core.files import DocumentStore, receive_upload, tidy_documents, verify_documents
from core.files.owner import StoreOfAnother
from core.house import House
from core.watch.readiness import readiness
from schema.cli.verify import verify_house
from tests.core.files.conftest import Desk
from tests.support.clock import SetClock
from tests.support.files import KEPT, announced, deeds, pdf, received, sent
from tests.support.plugins import declaring, plugged
from tests.support.world import at_once, connected, refused, rows

LONG_AGO = Retention(years=5, source=KEPT, ends=lambda _facts: date(2019, 12, 31))


@pytest.fixture
def old(desk: Desk) -> Desk:
    """Of a program that ended on 2019-12-31, whose documents are kept through 2024-12-31."""
    return replace(desk, house=replace(desk.house, plugins=plugged(deeds=declaring(deeds(retention=LONG_AGO)))))


async def test_documents_past_their_date_go_and_the_audit_stays(old: Desk, clock: SetClock) -> None:
    await old.filed()
    before = await rows(old.house, "SELECT count(*) AS n FROM audit_event")
    clock.set(date(2024, 12, 31))
    assert (await tidy_documents(old.house)).documents == 0, "not before its day is over"
    clock.set(date(2026, 3, 4))
    done = await tidy_documents(old.house)
    assert (done.documents, done.files) == (2, 1)
    assert (await old.attachments(), await old.stored(), old.on_disk()) == ([], [], [])
    events = await old.events("document.removed", "file.removed")
    assert [each["action"] for each in events] == ["document.removed"] * 2 + ["file.removed"]
    assert events[0]["before"]["retained_until"] == "2024-12-31"
    assert "서류.pdf" not in str(events)
    assert (await rows(old.house, "SELECT count(*) AS n FROM audit_event"))[0]["n"] > before[0]["n"]
    assert (await tidy_documents(old.house)).documents == 0


async def test_documents_without_a_date_are_kept_for_good(desk: Desk, clock: SetClock) -> None:
    await desk.filed()
    clock.set(date(2099, 1, 1))
    await tidy_documents(desk.house)
    assert len(await desk.attachments()) == 2
    assert len(desk.on_disk()) == 1


async def test_bytes_stay_while_another_document_refers_to_them(old: Desk, desk: Desk, clock: SetClock) -> None:
    await old.filed()
    await desk.filed(5)  # the same bytes, kept for good
    clock.forward(days=1, minutes=1)
    assert (await tidy_documents(old.house)).documents == 2
    assert len(await desk.attachments()) == 2
    assert len(desk.on_disk()) == len(await desk.stored()) == 1


async def test_what_nobody_attached_is_forgotten_after_a_day(desk: Desk, clock: SetClock) -> None:
    await sent(desk.house, desk.filer, pdf("loose"))
    await announced(desk.house, desk.filer, pdf("never sent"))
    clock.forward(hours=24)
    assert (await tidy_documents(desk.house)).uploads == 0
    clock.forward(seconds=1)
    done = await tidy_documents(desk.house)
    assert (done.uploads, done.files) == (2, 1)
    assert (await desk.stored(), desk.on_disk()) == ([], [])


async def test_what_was_attached_outlives_its_upload(desk: Desk, clock: SetClock) -> None:
    await desk.filed()
    clock.forward(days=2)
    assert (await tidy_documents(desk.house)).uploads == 2
    assert len(desk.on_disk()) == 1


async def test_documents_of_a_withdrawn_draft_go_those_of_a_withdrawn_filing_stay(desk: Desk, clock: SetClock) -> None:
    draft = await desk.drafted(7)
    await desk.attached(draft, "plan", content=pdf("draft"))
    await desk.cancel(draft)
    filing, _ = await desk.filed(8)
    await desk.cancel(filing)
    clock.forward(days=2)
    done = await tidy_documents(desk.house)
    assert (done.drafts, done.files) == (1, 1)
    assert len(await desk.attachments()) == 2


async def test_bytes_that_a_killed_process_left_are_swept(desk: Desk, clock: SetClock) -> None:
    await sent(desk.house, desk.filer, pdf())
    folder = desk.house.settings.data_dir / "documents"
    key = f"aa/{'a' * 64}-{'b' * 12}"
    left, others = [key, f"{key}#1"], ["aa/aaa", "aa/half#1", "backup.tar", f"aa/{'A' * 64}-{'b' * 12}", f"x/{key}"]
    for path in [folder / each for each in left + others]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left")
    clock.moment = clock.moment.replace(year=2099)  # later than what the files say of themselves
    async with desk.house.database.transaction() as tx:
        await tx.connection.execute("UPDATE upload SET requested_at = $1", clock.moment)
    done = await tidy_documents(desk.house)
    assert done.files == 2
    (file,) = await desk.stored()
    assert {path.relative_to(folder).as_posix() for path in desk.on_disk()} == {*others, file["store_key"]}


async def test_nothing_is_swept_in_a_store_of_another_house(desk: Desk, clock: SetClock) -> None:
    await sent(desk.house, desk.filer, pdf())
    folder = desk.house.settings.data_dir / "documents"
    (folder / "dure-house").write_text("of another")
    theirs = folder / "aa" / f"{'a' * 64}-{'b' * 12}"
    theirs.parent.mkdir()
    theirs.write_bytes(b"theirs")
    clock.moment = clock.moment.replace(year=2099)
    with pytest.raises(StoreOfAnother, match="belongs to another house"):
        await tidy_documents(desk.house)
    assert desk.on_disk() == [theirs], "its own has gone by its row"
    assert "belongs to another house" in (await readiness(desk.house))["store"]


async def test_nothing_is_swept_in_a_store_that_nobody_marked(desk: Desk, clock: SetClock) -> None:
    theirs = desk.house.settings.data_dir / "documents" / "aa" / f"{'a' * 64}-{'b' * 12}"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    clock.moment = clock.moment.replace(year=2099)
    assert (await tidy_documents(desk.house)).files == 0
    assert desk.on_disk() == [theirs]


async def test_nothing_is_kept_in_a_store_of_another_house(desk: Desk) -> None:
    folder = desk.house.settings.data_dir / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dure-house").write_text("of another")
    with refused("DOCUMENT_STORE_FAILED"):
        await sent(desk.house, desk.filer, pdf())
    assert (await desk.stored(), desk.on_disk()) == ([], [])


async def test_sending_and_tidying_at_once_loses_no_bytes(desk: Desk, clock: SetClock) -> None:
    """The same content comes and goes, over and over; whatever row there is has its bytes."""
    await connected(desk.house)
    for turn in range(5):
        await sent(desk.house, desk.filer, pdf())
        clock.forward(days=2)
        addresses = [await announced(desk.house, desk.filer, pdf()) for _ in range(4)]
        receiving = [received(desk.house, each, pdf()) for each in addresses]
        await at_once([*receiving, *(tidy_documents(desk.house) for _ in range(3))])
        async with desk.house.database.reading() as tx:
            (compared, _) = await verify_documents(desk.house, tx)
        assert (compared.compared, compared.lies) == (1, ()), turn


async def lies(house: House) -> list[str]:
    return [lie for each in (await verify_house(house)).comparisons for lie in each.lies]


async def test_verify_names_a_flipped_byte(desk: Desk) -> None:
    await desk.filed()
    assert await lies(desk.house) == []
    (path,) = desk.on_disk()
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    (lie,) = await lies(desk.house)
    (file,) = await desk.stored()
    assert lie.startswith(f"stored_file {file['id']}: content expected {len(content)} bytes, sha256 {file['sha256']}")
    path.write_bytes(content[:-1])
    (lie,) = await lies(desk.house)
    assert f"found {len(content) - 1} bytes" in lie
    path.unlink()
    (lie,) = await lies(desk.house)
    assert lie.endswith("found nothing")


async def test_verify_names_a_trigger_that_is_off(desk: Desk) -> None:
    from tests.support.ledger import as_owner

    async with as_owner(desk.house) as owner:
        await owner.execute("ALTER TABLE attachment DISABLE TRIGGER kept")
    assert await lies(desk.house) == [
        "trigger attachment.kept: calls expected guard_attachment, found nothing: it is off"
    ]


async def test_a_file_removed_while_it_is_verified_is_no_lie(desk: Desk, clock: SetClock) -> None:
    await sent(desk.house, desk.filer, pdf())
    async with desk.house.database.transaction() as tx:
        await tx.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        assert await tx.connection.fetchval("SELECT count(*) FROM stored_file") == 1
        clock.forward(days=2)
        assert (await tidy_documents(desk.house)).files == 1
        (compared, _) = await verify_documents(desk.house, tx)
    assert (compared.compared, compared.lies) == (1, ())


async def test_nothing_is_in_memory_whole(desk: Desk) -> None:
    """Ten megabytes come in pieces of a kilobyte, and the store is asked for no piece larger than a part."""
    content = pdf(size=9_000_000)
    address = await announced(desk.house, desk.filer, content)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(content), 1024):
            yield content[at : at + 1024]
            await asyncio.sleep(0)

    await receive_upload(desk.house, address.token, pieces())
    (file,) = await desk.stored()
    chunks = [chunk async for chunk in DocumentStore.of(desk.house.settings).read_all(file["store_key"])]
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) < len(content) / 10


async def test_an_unattached_address_says_nothing_of_what_is_stored(desk: Desk) -> None:
    """A second sender of the same bytes is answered alike, and its bytes are written and compared alike."""
    first = await announced(desk.house, desk.filer, pdf())
    second = await announced(desk.house, desk.filer, pdf())
    assert await received(desk.house, first, pdf()) == await received(desk.house, second, pdf())
