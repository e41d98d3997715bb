"""Files on their way in: an address is requested, the file is sent to it and checked, and waits to be attached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.database import table_of
from core.errors import NotAllowed
from core.file_types import FileType
from core.files.models import Attachment, StoredFile, Upload
from core.files.names import checked_name
from core.files.problems import (
    DIGEST_FORM,
    EMPTY,
    NOT_RECEIVED,
    TOO_LARGE,
    TYPE,
    UPLOAD_UNKNOWN,
    UPLOADS_OPEN,
)
from core.identity.hashing import new_token, token_hash
from core.language import Text
from core.work import Work

GOOD_FOR = timedelta(minutes=15)  # to begin sending
KEPT_FOR = timedelta(days=1)  # what nobody attaches
MOST_OPEN = 200  # uploads of one member that are not attached yet
HEXADECIMAL = frozenset("0123456789abcdef")
upload, stored_file, attachment = table_of(Upload), table_of(StoredFile), table_of(Attachment)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadAddress:
    """올리기 주소: whoever has the token may send the file, until `expires_at`; it is shown this once."""

    token: str
    path: str
    file_name: str
    expires_at: datetime


async def request_upload(
    work: Work,
    *,
    file_name: str,
    size: int,
    most_bytes: int,
    sha256: str | None = None,
    types: Sequence[FileType] = tuple(FileType),
) -> UploadAddress:
    """Announce a file of `size` bytes; answers where to send it. The name's ending says its type."""
    work.actor.require_ready()
    if work.actor.member_id is None or work.actor.organization_id is None:
        raise NotAllowed(Text("회원만 파일을 올릴 수 있습니다.", "Only a member of an organization may send files."))
    name = checked_name(file_name)
    file_type = FileType.of_name(name)
    if file_type is None or file_type not in types:
        raise TYPE.refuse("fileName", types=", ".join(types))
    if size <= 0:
        raise EMPTY.refuse("size")
    if size > most_bytes:
        raise TOO_LARGE.refuse("size", most=most_bytes)
    digest = None if sha256 is None else sha256.lower()
    if digest is not None and (len(digest) != 64 or not set(digest) <= HEXADECIMAL):
        raise DIGEST_FORM.refuse("sha256")
    await _require_few_open(work, work.actor.member_id)
    token = new_token()
    made = await work.tx.insert(
        Upload,
        token_hash=token_hash(token),
        member_id=work.actor.member_id,
        organization_id=work.actor.organization_id,
        file_name=name,
        file_type=file_type.value,
        size=size,
        sha256=digest,
        requested_at=work.now,
        expires_at=work.now + GOOD_FOR,
    )
    work.record(
        "upload.requested", "upload", made.id, organization_id=work.actor.organization_id,
        after={"file_type": file_type.value, "size": size},
    )  # fmt: skip
    return UploadAddress(
        token=token, path=f"/documents/uploads/{token}", file_name=name, expires_at=work.now + GOOD_FOR
    )


async def received(work: Work, token: str) -> tuple[Upload, StoredFile]:
    """What came to an address this member requested, locked until the transaction ends; `Refused` otherwise."""
    found = await work.tx.one(
        Upload,
        sa.select(upload)
        .where(upload.c.token_hash == token_hash(token), upload.c.member_id == work.actor.member_id)
        .with_for_update(),
    )
    if found is None or found.requested_at < work.now - KEPT_FOR:
        raise UPLOAD_UNKNOWN.refuse("token")
    if found.file_id is None:
        raise NOT_RECEIVED.refuse("token")
    file = await work.tx.one(StoredFile, sa.select(stored_file).where(stored_file.c.id == found.file_id))
    assert file is not None
    return found, file


async def _require_few_open(work: Work, member_id: int) -> None:
    """Nobody fills the store with what is attached nowhere; requests of one member take turns at the count."""
    await work.tx.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"upload:{member_id}")
    kept = sa.exists().where(attachment.c.file_id == upload.c.file_id, attachment.c.attached_by == member_id)
    opened = await work.tx.value(
        sa.select(sa.func.count())
        .select_from(upload)
        .where(
            upload.c.member_id == member_id,
            sa.or_(upload.c.attached.is_(False), ~kept),
            upload.c.requested_at >= work.now - KEPT_FOR,
            sa.or_(upload.c.file_id.is_not(None), upload.c.expires_at > work.now),
        )
    )
    if opened >= MOST_OPEN:
        raise UPLOADS_OPEN.refuse(most=MOST_OPEN)
