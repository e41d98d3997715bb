"""The same with a bucket: against a real S3 server, over the wire."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import obstore
import pytest
from obstore.exceptions import BaseError

from core.files import DocumentStore, tidy_documents, verify_documents
from core.files.owner import StoreOfAnother
from tests.core.files.conftest import Desk
from tests.support.clock import SetClock
from tests.support.files import announced, pdf, received, sent
from tests.support.s3 import Bucket, bucket
from tests.support.world import refused


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with bucket() as made:
        yield made


@pytest.fixture
def remote(desk: Desk, server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk, its documents in the bucket under a folder of this test's own."""
    for name, value in server.variables.items():
        monkeypatch.setenv(name, value)
    url = f"{server.url}/{random.randbytes(6).hex()}"
    return replace(desk, house=with_url(desk, url))


def with_url(desk: Desk, url: str) -> Any:
    return replace(desk.house, settings=desk.house.settings.model_copy(update={"documents_url": url}))


async def keys(desk: Desk) -> list[str]:
    store = DocumentStore.of(desk.house.settings)
    return [key async for page in store.keys_before(desk.house.clock().replace(year=2999)) for key in page]


async def read(desk: Desk, key: str, start: int, end: int) -> bytes:
    store = DocumentStore.of(desk.house.settings)
    return b"".join([chunk async for chunk in store.read(key, start, end)])


async def test_a_file_of_several_parts_lies_in_the_bucket_and_not_on_the_machine(remote: Desk) -> None:
    content = pdf() + random.Random(1).randbytes(9_000_000)
    found = await received(remote.house, await announced(remote.house, remote.filer, content), content)
    (file,) = await remote.stored()
    assert (await keys(remote), remote.on_disk()) == ([file["store_key"]], [])
    whole = await read(remote, file["store_key"], 0, len(content))
    assert hashlib.sha256(whole).hexdigest() == found.sha256
    assert await read(remote, file["store_key"], 5_000_000, 5_000_010) == content[5_000_000:5_000_010]


async def test_the_bucket_keeps_the_same_bytes_once_and_lets_go_of_them(remote: Desk, clock: SetClock) -> None:
    for _ in range(3):
        await sent(remote.house, remote.filer, pdf())
    assert len(await keys(remote)) == 1
    clock.forward(days=2)
    assert (await tidy_documents(remote.house)).files == 1
    assert await keys(remote) == []


async def test_of_two_houses_in_one_bucket_the_first_has_it(remote: Desk) -> None:
    store = DocumentStore.of(remote.house.settings)
    marks = await asyncio.gather(*(store.marked(mark) for mark in ("one", "two", "three")))
    assert set(marks) == {await store.mark()}
    with refused("DOCUMENT_STORE_FAILED"):
        await sent(remote.house, remote.filer, pdf())
    with pytest.raises(StoreOfAnother):
        await tidy_documents(remote.house)
    assert await keys(remote) == []


async def test_a_byte_flipped_in_the_bucket_is_named(remote: Desk) -> None:
    await remote.filed()
    (file,) = await remote.stored()
    content = bytearray(await read(remote, file["store_key"], 0, file["size"]))
    content[-1] ^= 1
    await obstore.put_async(DocumentStore.of(remote.house.settings).store, file["store_key"], bytes(content))
    async with remote.house.database.reading() as tx:
        (compared, _) = await verify_documents(remote.house, tx)
    (lie,) = compared.lies
    assert lie.startswith(f"stored_file {file['id']}: content expected")


async def test_a_bucket_that_is_not_there_is_said_so_and_nothing_is_kept(remote: Desk) -> None:
    nowhere = replace(remote, house=with_url(remote, "s3://dure-nowhere/documents"))
    address = await announced(nowhere.house, nowhere.filer, pdf())
    with refused("DOCUMENT_STORE_FAILED"):
        await received(nowhere.house, address, pdf())
    assert (await nowhere.stored(), nowhere.on_disk()) == ([], [])
    with pytest.raises((FileNotFoundError, BaseError)):
        await read(nowhere, "aa/b", 0, 1)
    await received(remote.house, address, pdf())  # the same address, once the store is there
