"""Documents in: an address to send a file to, and what makes the file evidence of a filing."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.types.unset import UNSET

from core import activities
from core.files.uploads import request_upload
from schema.context import Info
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.activity import Filing
from schema.nodes.document import Attachment
from schema.scalars import BigInt


@strawberry.type(description="올리기 주소 · Where a file is to be sent, by HTTP PUT, its bytes as the body.")
class UploadAddress:
    path: str = strawberry.field(description="경로 · The address on this server. Keep it to yourself.")
    token: str = strawberry.field(description="토큰 · By which the file is attached once it has come; shown this once.")
    file_name: str = strawberry.field(description="파일 이름 · As it will be kept.")
    expires_at: datetime = strawberry.field(description="유효시각 · Until when sending may begin.")


@strawberry.type(description="올리기 요청 결과 · The address.")
class RequestUploadPayload(Payload):
    upload: UploadAddress | None = strawberry.field(default=None, description="올리기 주소 · Where to send the file.")


@strawberry.type(description="첨부 결과 · The document, and its filing.")
class AttachDocumentPayload(Payload):
    attachment_id: strawberry.Private[int | None] = None
    filing_id: strawberry.Private[int | None] = None
    attachment: Attachment | None = to_one("첨부 · The document.", local="attachment_id")
    filing: Filing | None = to_one("적립신청 · The filing.", local="filing_id")


@strawberry.type(description="첨부 삭제 결과 · The filing, and the document if it is kept.")
class DetachDocumentPayload(Payload):
    attachment_id: strawberry.Private[int | None] = None
    filing_id: strawberry.Private[int | None] = None
    attachment: Attachment | None = to_one(
        "첨부 · The document, withdrawn; null when it was never filed, and is gone.", local="attachment_id"
    )
    filing: Filing | None = to_one("적립신청 · The filing.", local="filing_id")


@strawberry.input(description="서류 지정 · What a file is meant for; its types and its size then hold.")
class RequirementRef:
    program: str = strawberry.field(description="사업 · The program's code.")
    activity_type: str = strawberry.field(description="적립 활동 · The activity type's code.")
    code: str = strawberry.field(description="증빙서류 코드 · The requirement's code.")


@strawberry.input(description="올리기 요청 · A file that is to be sent.")
class RequestUploadInput:
    file_name: str = strawberry.field(description="파일 이름 · A name without a path; its ending says its type.")
    size: BigInt = strawberry.field(description="크기 · How many bytes will come.")
    sha256: str | None = strawberry.field(
        name="sha256",
        default=None,
        description="해시 · The SHA-256 of its content, in hexadecimal; compared when it has come.",
    )
    requirement: RequirementRef | None = strawberry.field(
        default=None, description="서류 · What it is meant for; null: what the server takes in general."
    )


@strawberry.input(description="증빙 첨부 · A file that has come, for a filing.")
class AttachDocumentInput:
    filing_id: strawberry.ID = strawberry.field(description="적립신청 · A draft, or a filing to be supplemented.")
    token: str = strawberry.field(description="토큰 · That of the upload.")
    requirement: str | None = strawberry.field(
        default=None, description="증빙서류 코드 · Under which requirement; null: a document nothing asks for."
    )
    line: int | None = strawberry.field(default=None, description="행 번호 · About which row, from 1; null: the whole.")


@strawberry.input(description="첨부 지정 · One document.")
class AttachmentInput:
    id: strawberry.ID = strawberry.field(description="첨부 · Which document.")


@strawberry.type
class DocumentMutation:
    """What brings documents in."""

    @mutation("올리기 요청 · Announce a file; answers the address to send it to, good for 15 minutes.")
    async def request_upload(info: Info, input: RequestUploadInput) -> RequestUploadPayload:
        announced = {"file_name": input.file_name, "size": input.size, "sha256": input.sha256 or None}
        most = info.context.house.settings.max_file_bytes
        meant = input.requirement
        async with info.context.work() as work:
            if meant is None or meant is UNSET:
                made = await request_upload(work, **announced, most_bytes=most)  # type: ignore[arg-type]
            else:
                made = await activities.request_evidence_upload(
                    work, program=meant.program, type_code=meant.activity_type, requirement=meant.code,
                    **announced, most_bytes=most,  # type: ignore[arg-type]
                )  # fmt: skip
        return RequestUploadPayload(
            upload=UploadAddress(path=made.path, token=made.token, file_name=made.file_name, expires_at=made.expires_at)
        )

    @mutation("증빙 첨부 · Attach a file that was sent to a filing that is not submitted, or to be supplemented.")
    async def attach_document(info: Info, input: AttachDocumentInput) -> AttachDocumentPayload:
        async with info.context.work() as work:
            made = await activities.attach_document(
                work,
                key_of(input.filing_id, "Filing", "filingId"),
                input.token,
                requirement=input.requirement or None,
                line=input.line or None,
            )
        return AttachDocumentPayload(attachment_id=made.id, filing_id=made.filing_id)

    @mutation("증빙 삭제 · Take a document off a filing; what was filed once is kept, marked as withdrawn.")
    async def detach_document(info: Info, input: AttachmentInput) -> DetachDocumentPayload:
        async with info.context.work() as work:
            gone = await activities.detach_document(work, key_of(input.id, "Attachment", "id"))
        return DetachDocumentPayload(attachment_id=gone.id, filing_id=gone.filing_id)
