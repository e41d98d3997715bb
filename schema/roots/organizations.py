"""Organizations: the fields core brings to register, correct and know them."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from core import identity
from core.identity import OrganizationKind
from schema.context import Info
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.organization import Organization, Standing
from schema.roots.filing import own_or_given
from schema.roots.members import PersonInput, details_of

ORGANIZATION = "기관 · Which organization."


@strawberry.type(description="기관 결과 · The organization as it stands now.")
class OrganizationPayload(Payload):
    organization_id: strawberry.Private[int | None] = None
    organization: Organization | None = to_one("기관 · The organization.", local="organization_id")


@strawberry.type(description="자격 결과 · The standing as it was recorded.")
class StandingPayload(Payload):
    standing_id: strawberry.Private[int | None] = None
    standing: Standing | None = to_one("자격 · The standing.", local="standing_id")


@strawberry.type(description="가입 인증번호 결과 · The code; it is shown this once.")
class ClaimCodePayload(Payload):
    code: str | None = strawberry.field(default=None, description="가입 인증번호 · What `signUp` takes as `claimCode`.")
    expires_at: datetime | None = strawberry.field(default=None, description="만료 시각 · Until when it is good.")


@strawberry.input(description="기관 등록 · A new organization.")
class RegisterOrganizationInput:
    business_number: str = strawberry.field(description="사업자등록번호 · Ten digits, with or without dashes.")
    name: str = strawberry.field(description="기관명 · The official name.")
    kind: OrganizationKind = strawberry.field(default=OrganizationKind.COMPANY, description="기관 구분 · What it is.")
    corporate_number: str | None = strawberry.field(default=None, description="법인등록번호 · Thirteen digits.")
    address: str | None = strawberry.field(default=None, description="주소 · Where it is.")


@strawberry.input(description="기관 정보 수정 · What to correct; what is null stays.")
class UpdateOrganizationInput:
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="기관 · Which organization; null: one's own."
    )
    name: str | None = strawberry.field(default=None, description="기관명 · The official name. Operators only.")
    kind: OrganizationKind | None = strawberry.field(
        default=None, description="기관 구분 · What it is. Operators only."
    )
    corporate_number: str | None = strawberry.field(
        default=None, description="법인등록번호 · Thirteen digits. Operators only."
    )
    address: str | None = strawberry.field(default=None, description="주소 · Where it is.")


@strawberry.input(description="자격 기록 · What an organization is, or is not, between two days.")
class RecordStandingInput:
    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION)
    kind: str = strawberry.field(description="자격 구분 · A code in small letters, e.g. `sme`: 중소기업.")
    holds: bool = strawberry.field(default=True, description="해당 여부 · Whether it is.")
    valid_from: date = strawberry.field(description="시작일 · The first day.")
    valid_until: date | None = strawberry.field(
        default=None, description="종료일 · The last day, counted in; null: open-ended."
    )
    evidence: str | None = strawberry.field(default=None, description="근거 · The confirmation it is recorded from.")


@strawberry.input(description="가입 인증번호 발급 · A code by which an organization on record is claimed.")
class IssueClaimCodeInput:
    organization_id: strawberry.ID = strawberry.field(description=ORGANIZATION)
    send_to: PersonInput | None = strawberry.field(
        default=None, description="받는 사람 · To whom it is also sent; null: nobody."
    )


@strawberry.type
class OrganizationMutation:
    """What is done about organizations."""

    @mutation("기관 등록 · Put an organization on record; nobody has claimed it yet. Operators only.")
    async def register_organization(info: Info, input: RegisterOrganizationInput) -> OrganizationPayload:
        async with info.context.work() as work:
            made = await identity.register_organization(
                work,
                business_number=input.business_number,
                name=input.name,
                kind=input.kind,
                corporate_number=input.corporate_number,
                address=input.address,
            )
        return OrganizationPayload(organization_id=made.id)

    @mutation("기관 정보 수정 · Anything by an operator, the address by the organization's own main user.")
    async def update_organization(info: Info, input: UpdateOrganizationInput) -> OrganizationPayload:
        async with info.context.work() as work:
            changed = await identity.update_organization(
                work,
                own_or_given(info, input.organization_id),
                name=input.name,
                kind=input.kind,
                corporate_number=input.corporate_number,
                address=input.address,
            )
        return OrganizationPayload(organization_id=changed.id)

    @mutation("자격 기록 · Record what an organization is or is not, e.g. an SME. Operators only.")
    async def record_standing(info: Info, input: RecordStandingInput) -> StandingPayload:
        async with info.context.work() as work:
            recorded = await identity.record_standing(
                work,
                key_of(input.organization_id, "Organization", "organizationId"),
                kind=input.kind,
                holds=input.holds,
                valid_from=input.valid_from,
                valid_until=input.valid_until,
                evidence=input.evidence,
            )
        return StandingPayload(standing_id=recorded.id)

    @mutation("가입 인증번호 발급 · A code to claim an organization on record; an earlier one ends. Operators only.")
    async def issue_claim_code(info: Info, input: IssueClaimCodeInput) -> ClaimCodePayload:
        async with info.context.work() as work:
            issued = await identity.issue_claim_code(
                work,
                key_of(input.organization_id, "Organization", "organizationId"),
                send_to=None if input.send_to is None else details_of(input.send_to),
            )
        return ClaimCodePayload(code=issued.code, expires_at=issued.expires_at)
