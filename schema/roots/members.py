"""Members and the persons behind them: the fields core brings for a main user's and an operator's work."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import strawberry

from core import identity
from core.actor import Role
from core.identity import NewAccount, NewHolder, OrganizationKind, PersonDetails
from schema.admission import Matter
from schema.context import Info
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.organization import Member, Person
from schema.roots.filing import own_or_given

MEMBER = "사용자 · Which member."
SAME_AS_ID = (
    "아이디와 같은 최초 비밀번호 · The login id as first password, which permits nothing but a change of it; "
    "otherwise a one-time code sets it. Who guesses the id may make that change."
)
FIRST_ID = (
    "아이디 · What it signs in with; null: the name in the homepage's address, and of a company without one its "
    "business number."
)
HOMEPAGE = "홈페이지 · `www.korea.ac.kr` makes the login id `korea`."


@strawberry.input(description="담당자 정보 · Who somebody is. Empty text counts as not given.")
class PersonInput:
    name: str = strawberry.field(description="성명 · The name.")
    email: str | None = strawberry.field(default=None, description="이메일 · The e-mail address.")
    phone: str | None = strawberry.field(default=None, description="연락처 · The telephone number.")
    department: str | None = strawberry.field(default=None, description="부서 · The department.")


def details_of(given: PersonInput) -> PersonDetails:
    """An input as the value identity takes."""
    return PersonDetails(name=given.name, email=given.email, phone=given.phone, department=given.department)


@strawberry.type(description="사용자 결과 · The member as it stands now.")
class MemberPayload(Payload):
    member_id: strawberry.Private[int | None] = None
    member: Member | None = to_one("사용자 · The member; null when it is no longer for your eyes.", local="member_id")


@strawberry.type(description="담당자 결과 · The person as it stands now.")
class PersonPayload(Payload):
    person_id: strawberry.Private[int | None] = None
    person: Person | None = to_one("담당자 · The person.", local="person_id")


@strawberry.type(description="계정 결과 · An account, and what sets its first password. The code is shown this once.")
class AccountPayload(Payload):
    member_id: strawberry.Private[int | None] = None
    member: Member | None = to_one("사용자 · The member.", local="member_id")
    login_id: str | None = strawberry.field(default=None, description="아이디 · What it signs in with.")
    code: str | None = strawberry.field(
        default=None, description="인증번호 · Sets the first password by `resetPassword`; null: it is the login id."
    )
    code_expires_at: datetime | None = strawberry.field(
        default=None, description="인증번호 만료 · Until when the code is good."
    )


@strawberry.input(description="담당자 정보 수정 · Who a member is.")
class UpdatePersonInput:
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="사용자 · Which member; null: oneself."
    )
    person: PersonInput = strawberry.field(description="담당자 · All of the details; they replace the ones before.")


@strawberry.input(description="개인정보 파기 · Whose personal data to erase.")
class ErasePersonInput:
    person_id: strawberry.ID = strawberry.field(description="담당자 · Which person.")


@strawberry.input(description="하위계정 등록 · A new sub-user.")
class CreateSubUserInput:
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="기관 · For which organization; null: one's own."
    )
    suffix: str = strawberry.field(description="아이디 뒷부분 · `01` makes `korea_01` of the main user's `korea`.")
    person: PersonInput = strawberry.field(description="담당자 · Who it is.")
    permissions: list[str] = strawberry.field(
        default_factory=list, description="권한 · Permission codes; a sub-user may do these and no more."
    )
    password_same_as_id: bool = strawberry.field(default=False, description=SAME_AS_ID)


@strawberry.input(description="담당자 계정 등록 · A new reviewer, operator or auditor.")
class CreateStaffInput:
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="기관 · Of which agency or ministry; null: one's own."
    )
    login_id: str = strawberry.field(description="아이디 · What it signs in with.")
    role: Role = strawberry.field(description="역할 · Reviewer, operator or auditor.")
    person: PersonInput = strawberry.field(description="담당자 · Who it is.")
    programs: list[str] = strawberry.field(
        default_factory=list, description="담당 사업 · The programs it is in charge of; empty: all."
    )
    password_same_as_id: bool = strawberry.field(default=False, description=SAME_AS_ID)


@strawberry.input(description="주 사용자 계정 발급 · The first account of an organization.")
class ProvisionMainUserInput:
    organization_id: strawberry.ID = strawberry.field(description="기관 · For which organization.")
    login_id: str | None = strawberry.field(default=None, description=FIRST_ID)
    homepage: str | None = strawberry.field(default=None, description=HOMEPAGE)
    person: PersonInput = strawberry.field(description="담당자 · Who it is.")
    password_same_as_id: bool = strawberry.field(default=False, description=SAME_AS_ID)


@strawberry.input(description="발급 대상 · An organization, and who its main user is to be.")
class NewHolderInput:
    business_number: str = strawberry.field(description="사업자등록번호 · Ten digits, with or without dashes.")
    name: str = strawberry.field(description="기관명 · The official name; one on record keeps its own.")
    kind: OrganizationKind = strawberry.field(
        default=OrganizationKind.UNIVERSITY, description="기관 구분 · What it is; one on record stays what it is."
    )
    login_id: str | None = strawberry.field(default=None, description=FIRST_ID)
    homepage: str | None = strawberry.field(default=None, description=HOMEPAGE)
    person: PersonInput = strawberry.field(description="담당자 · Who its main user is.")


@strawberry.input(description="계정 일괄발급 · Main users of many organizations.")
class ProvisionMainUsersInput:
    holders: list[NewHolderInput] = strawberry.field(description="발급 대상 · 1 to 100, all of them or none.")
    password_same_as_id: bool = strawberry.field(default=False, description=SAME_AS_ID)


@strawberry.type(description="발급된 계정 · One of those made, in the order asked for. The code is shown this once.")
class ProvisionedAccount:
    business_number: str = strawberry.field(description="사업자등록번호 · Whose it is, ten digits.")
    login_id: str = strawberry.field(description="아이디 · What it signs in with.")
    code: str | None = strawberry.field(
        description="인증번호 · Sets the first password by `resetPassword`; null: it is the login id."
    )
    code_expires_at: datetime | None = strawberry.field(description="인증번호 만료 · Until when the code is good.")


@strawberry.type(description="일괄발급 결과 · The accounts made.")
class ProvisionedPayload(Payload):
    accounts: list[ProvisionedAccount] | None = strawberry.field(default=None, description="계정 · In the order given.")


@strawberry.input(description="계정 권한 · What a sub-user may do.")
class SetPermissionsInput:
    member_id: strawberry.ID = strawberry.field(description=MEMBER)
    permissions: list[str] = strawberry.field(description="권한 · All of its permission codes from now on.")


@strawberry.input(description="사용자 지정 · One member.")
class MemberInput:
    member_id: strawberry.ID = strawberry.field(description=MEMBER)


@strawberry.input(description="비밀번호 초기화 · Whose password to take away.")
class ResetMemberInput:
    member_id: strawberry.ID = strawberry.field(description=MEMBER)
    password_same_as_id: bool = strawberry.field(default=False, description=SAME_AS_ID)


@strawberry.type
class MemberMutation:
    """What is done about members and persons."""

    @mutation(
        "담당자 정보 수정 · By the member itself, its organization's main user, or an operator.", matter=Matter.ACCOUNT
    )
    async def update_person(info: Info, input: UpdatePersonInput) -> MemberPayload:
        own = info.context.actor.member_id
        if input.member_id is not None:
            member_id = key_of(input.member_id, "Member", "memberId")
        else:
            info.context.actor.require_ready()
            member_id = own or 0
        async with info.context.work() as work:
            await identity.update_person(work, member_id, details_of(input.person))
        return MemberPayload(member_id=member_id)

    @mutation("개인정보 파기 · Forget who somebody is; what they did stays. Operators only.")
    async def erase_person(info: Info, input: ErasePersonInput) -> PersonPayload:
        person_id = key_of(input.person_id, "Person", "personId")
        async with info.context.work() as work:
            await identity.erase_person(work, person_id)
        return PersonPayload(person_id=person_id)

    @mutation("하위계정 등록 · A sub-user of one's organization. Main users and operators.")
    async def create_sub_user(info: Info, input: CreateSubUserInput) -> AccountPayload:
        async with info.context.work() as work:
            made = await identity.create_sub_user(
                work,
                own_or_given(info, input.organization_id),
                suffix=input.suffix,
                person=details_of(input.person),
                permissions=input.permissions,
                password_same_as_id=input.password_same_as_id,
            )
        return _account(info, made)

    @mutation("담당자 계정 등록 · A reviewer, operator or auditor of an agency. Operators only.")
    async def create_staff(info: Info, input: CreateStaffInput) -> AccountPayload:
        async with info.context.work() as work:
            made = await identity.create_staff(
                work,
                own_or_given(info, input.organization_id),
                login_id=input.login_id,
                role=input.role,
                person=details_of(input.person),
                programs=input.programs,
                password_same_as_id=input.password_same_as_id,
            )
        return _account(info, made)

    @mutation("주 사용자 계정 발급 · The first account of an organization that has none. Operators only.")
    async def provision_main_user(info: Info, input: ProvisionMainUserInput) -> AccountPayload:
        async with info.context.work() as work:
            made = await identity.provision(
                work,
                key_of(input.organization_id, "Organization", "organizationId"),
                login_id=input.login_id,
                homepage=input.homepage,
                person=details_of(input.person),
                password_same_as_id=input.password_same_as_id,
            )
        return _account(info, made)

    @mutation(
        "계정 일괄발급 · Put organizations on record and give each its main user, all or none; what is wrong is told "
        "of every one. Operators only."
    )
    async def provision_main_users(info: Info, input: ProvisionMainUsersInput) -> ProvisionedPayload:
        holders = [
            NewHolder(
                business_number=each.business_number,
                name=each.name,
                kind=each.kind,
                login_id=each.login_id,
                homepage=each.homepage,
                person=details_of(each.person),
            )
            for each in input.holders
        ]
        async with info.context.work() as work:
            made = await identity.provision_many(work, holders, password_same_as_id=input.password_same_as_id)
        return ProvisionedPayload(
            accounts=[
                ProvisionedAccount(
                    business_number=identity.normalized(holder.business_number),
                    login_id=account.login_id,
                    code=account.code,
                    code_expires_at=account.expires_at,
                )
                for holder, account in zip(holders, made, strict=True)
            ]
        )

    @mutation("계정 권한 변경 · What a sub-user may do from now on. Main users and operators.")
    async def set_permissions(info: Info, input: SetPermissionsInput) -> MemberPayload:
        member_id = key_of(input.member_id, "Member", "memberId")
        async with info.context.work() as work:
            await identity.set_permissions(work, member_id, input.permissions)
        return MemberPayload(member_id=member_id)

    @mutation("계정 삭제 · The member is signed out and never let in again. Main users and operators.")
    async def deactivate_member(info: Info, input: MemberInput) -> MemberPayload:
        member_id = key_of(input.member_id, "Member", "memberId")
        async with info.context.work() as work:
            await identity.deactivate_member(work, member_id)
        return MemberPayload(member_id=member_id)

    @mutation("주 사용자 변경 · This member becomes the main user, and who was becomes a sub-user without permissions.")
    async def hand_over_main(info: Info, input: MemberInput) -> MemberPayload:
        member_id = key_of(input.member_id, "Member", "memberId")
        actor = info.context.actor
        async with info.context.work() as work:
            await identity.hand_over_main(work, member_id)
        if actor.main and actor.member_id != member_id:  # what else the request asks is asked by a sub-user
            info.context.actor = replace(actor, main=False, permissions=frozenset())
        return MemberPayload(member_id=member_id)

    @mutation("비밀번호 초기화 · The old password is good no more, and every token ends. Main users and operators.")
    async def reset_member(info: Info, input: ResetMemberInput) -> AccountPayload:
        async with info.context.work() as work:
            made = await identity.reset_member(
                work, key_of(input.member_id, "Member", "memberId"), password_same_as_id=input.password_same_as_id
            )
        return _account(info, made)


def _account(info: Info, made: NewAccount) -> AccountPayload:
    return AccountPayload(
        member_id=made.member_id, login_id=made.login_id, code=made.code, code_expires_at=made.expires_at
    )
