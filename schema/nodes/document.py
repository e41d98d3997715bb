"""Attached documents as the API shows them. Their bytes are read at `downloadPath`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from core.boards.models import Post as PostRow
from core.calls.models import Call as CallRow
from core.database import table_of
from core.file_types import FileType
from core.files.models import Attachment as AttachmentRow
from core.files.models import StoredFile
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, connection, shows, to_many, to_one
from schema.nodes.activity import Filing
from schema.nodes.board import visible_post, word
from schema.nodes.call import visible_call
from schema.nodes.organization import Member, Organization
from schema.scalars import BigInt
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, Table

DOWNLOADS = "/documents/attachments/"
SHOWN = (word("post"), word("call"))

described(
    FileType,
    "FileType",
    "파일 형식 · What a file is, by its content.",
    {
        "PDF": "PDF 문서 · A document as it is printed.",
        "XLSX": "엑셀 · A spreadsheet.",
        "XLS": "엑셀 97-2003 · An older spreadsheet.",
        "JPG": "사진(JPEG) · A photograph.",
        "PNG": "그림(PNG) · A picture.",
        "HWP": "한글 · A document of Hangul, the word processor.",
        "HWPX": "한글(개방형) · The same in its open format.",
        "ZIP": "압축 파일 · Several files in one.",
    },
)


def visible_attachment(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The members of the organization it belongs to (sub-users: by its permission), staff of the program, auditors.

    Those of posts and calls: whoever sees the post or the call.
    """
    if viewer.reads_all:
        return EVERYBODY
    shown = _of_what_is_shown(table, viewer)
    if viewer.public:
        return shown
    if viewer.staff:
        return sa.or_(shown, viewer.in_charge_of(table.c.program))
    evidence = sa.or_(table.c.subject_type.is_(None), table.c.subject_type.not_in(SHOWN))
    own = sa.and_(table.c.organization_id == viewer.organization_id, evidence)
    return sa.or_(shown, own if viewer.main else sa.and_(own, viewer.permitted(table.c.permission)))


def _of_what_is_shown(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Documents of posts and calls are for whoever sees the post or the call."""
    post, call = table_of(PostRow).alias("carrying_post"), table_of(CallRow).alias("carrying_call")
    return sa.or_(
        sa.and_(
            table.c.subject_type == word("post"),
            sa.exists().where(post.c.id == table.c.subject_id, visible_post(post, viewer)),
        ),
        sa.and_(
            table.c.subject_type == word("call"),
            sa.exists().where(call.c.id == table.c.subject_id, visible_call(call, viewer)),
        ),
    )


def of_file(name: str) -> Any:
    """A column of the stored file, for a type that shows attachments: a plugin's says who else may see which."""

    def expression(table: Table) -> sa.ColumnElement[Any]:
        file = table_of(StoredFile).alias("file")
        return sa.select(file.c[name]).where(file.c.id == table.c.file_id).scalar_subquery()

    return expression


def download_path(table: Table) -> sa.ColumnElement[Any]:
    """Where an attachment's bytes are, for whoever may see it as any of the types that show it."""
    return sa.func.concat(word(DOWNLOADS), table.c.id.cast(sa.Text))


@shows(table_of(AttachmentRow), visible=visible_attachment)
@strawberry.type(description="첨부 · A file as evidence of a filing, of one row of it, or of what a program names.")
class Attachment(Node):
    file_name: str = column("파일 이름 · As it was sent.", filterable=True)
    file_type: FileType = column("파일 형식 · By its content.", sql=of_file("file_type"))
    size: BigInt = column("크기 · In bytes.", sql=of_file("size"))
    sha256: str = column("해시 · The SHA-256 of its content, in hexadecimal.", sql=of_file("sha256"), name="sha256")
    program: str = column("사업 · The program's code.", filterable=True)
    requirement: str | None = column(
        "증빙서류 코드 · The requirement it is attached under; null: under none.", filterable=True
    )
    line: int | None = column("행 번호 · The row of the filing it is about; null: the whole.", filterable=True)
    subject_type: str | None = column("대상 종류 · What a program attached it to; null: a filing.", filterable=True)
    attached_at: datetime = column("첨부 시각 · When it was attached.", filterable=True, sortable=True)
    submitted_on: date | None = column(
        "제출일 · When it was filed, and frozen; null while it can still be deleted.", filterable=True
    )
    withdrawn_at: datetime | None = column(
        "철회 시각 · When it ceased to count, by a supplement; it is kept all the same.", filterable=True
    )
    retained_until: date | None = column(
        "보존기한 · The last day it is kept at least; null: for good, or not filed yet.", filterable=True
    )
    download_path: str = column("내려받기 경로 · Its content, for whoever may see it.", sql=download_path)
    filing: Filing | None = to_one("적립신청 · The filing it belongs to.", local="filing_id")
    organization: Organization | None = to_one("기관 · Whose it is.", local="organization_id")
    attached_by: Member | None = to_one("첨부자 · Who attached it.", local="attached_by")


@strawberry.type
class FilingDocuments:
    """What joins the type `Filing`."""

    attachments: Connection[Annotated[Attachment, strawberry.lazy("schema.nodes.document")]] = to_many(
        "첨부 · Its documents, withdrawn ones included.", remote="filing_id"
    )


@strawberry.type
class DocumentQuery:
    """What joins the root."""

    attachments: Connection[Attachment] = connection("첨부 목록 · The documents you may see.")
