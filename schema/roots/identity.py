"""Signing up, in and out, and passwords: the fields core brings for letting members in.

A member who signs in is who asks from there on: what else the same request does, it does for that member.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import strawberry

from core import identity
from core.actor import PUBLIC, Actor, Role
from schema.admission import Matter
from schema.context import Context, Info
from schema.global_ids import key_of
from schema.http.request import COOKIE, CSRF_COOKIE
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.organization import Member, Organization
from schema.roots.members import PersonInput, details_of

NEW = "새 비밀번호 · 10 to 20 characters with a letter, a digit and a special character, unlike the login id."
CONFIRM = "새 비밀번호 확인 · The new password once more."


@strawberry.input(description="회원가입 · Claiming an organization for its first main user.")
class SignUpInput:
    business_number: str = strawberry.field(description="사업자등록번호 · Ten digits, with or without dashes.")
    name: str = strawberry.field(default="", description="기관명 · Needed without a claim code.")
    login_id: str = strawberry.field(description="아이디 · What to sign in with.")
    password: str = strawberry.field(description=NEW)
    person: PersonInput = strawberry.field(description="담당자 · Who signs up; e-mail and telephone are needed.")
    claim_code: str | None = strawberry.field(
        default=None, description="가입 인증번호 · Needed when the organization is on record; operators issue it."
    )


@strawberry.type(description="회원가입 결과 · The organization, with whatever it has earned so far.")
class SignUpPayload(Payload):
    organization_id: strawberry.Private[int | None] = None
    member_id: strawberry.Private[int | None] = None
    organization: Organization | None = to_one("기관 · The organization.", local="organization_id")
    member: Member | None = to_one("사용자 · Its main user.", local="member_id")


@strawberry.input(description="로그인 · Who signs in, and how the token is kept.")
class SignInInput:
    login_id: str = strawberry.field(description="아이디 · The login id.")
    password: str = strawberry.field(description="비밀번호 · The password.")
    cookie: bool = strawberry.field(
        default=False,
        description="쿠키 사용 · Keep the token in a cookie out of scripts' reach, not in the answer; requests that "
        "change something then bring `csrfToken` in the header `X-CSRF-Token`.",
    )


@strawberry.type(description="로그인 결과 · The token; it is shown this once.")
class SignInPayload(Payload):
    member_id: strawberry.Private[int | None] = None
    token: str | None = strawberry.field(
        default=None, description="토큰 · For the header `Authorization: Bearer`; null when it is kept in a cookie."
    )
    csrf_token: str | None = strawberry.field(
        default=None, description="CSRF 토큰 · For the header `X-CSRF-Token`; null without a cookie."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="만료 시각 · Until when it is good.")
    must_change_password: bool | None = strawberry.field(
        default=None, description="비밀번호 변경 필요 · Whether nothing but `changePassword` is permitted with it."
    )
    member: Member | None = to_one(
        "사용자 · Who signed in; null until the password is changed, where that is needed.", local="member_id"
    )


@strawberry.type(description="로그아웃 결과 · Nothing but what speaks against it.")
class SignOutPayload(Payload):
    pass


@strawberry.input(description="모든 기기 로그아웃 · Whose tokens to end.")
class SignOutEverywhereInput:
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="사용자 · Which member; null: oneself."
    )


@strawberry.type(description="모든 기기 로그아웃 결과 · How many tokens were good until now.")
class SignOutEverywherePayload(Payload):
    tokens: int | None = strawberry.field(default=None, description="토큰 수 · How many tokens ended.")


@strawberry.input(description="비밀번호 변경 · The present password and the new one, twice.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="현재 비밀번호 · The present password.")
    new_password: str = strawberry.field(description=NEW)
    confirm_password: str = strawberry.field(description=CONFIRM)
    phone: str | None = strawberry.field(
        default=None, description="대표 연락처 · A new telephone number, if it changed."
    )


@strawberry.type(description="비밀번호 변경 결과 · The member, everything permitted to it again.")
class ChangePasswordPayload(Payload):
    member_id: strawberry.Private[int | None] = None
    member: Member | None = to_one("사용자 · The member.", local="member_id")


@strawberry.input(description="비밀번호 찾기 · The login id, and the e-mail address or telephone number on record.")
class RequestPasswordResetInput:
    login_id: str = strawberry.field(description="아이디 · The login id.")
    email: str | None = strawberry.field(default=None, description="이메일 · As it is on record.")
    phone: str | None = strawberry.field(default=None, description="연락처 · As it is on record.")


@strawberry.type(description="비밀번호 찾기 결과 · The same whether or not anybody was found.")
class RequestPasswordResetPayload(Payload):
    pass


@strawberry.input(description="비밀번호 설정 · A one-time code and the new password, twice.")
class ResetPasswordInput:
    login_id: str = strawberry.field(description="아이디 · The login id.")
    code: str = strawberry.field(description="인증번호 · That was sent, or that an operator or main user gave.")
    new_password: str = strawberry.field(description=NEW)
    confirm_password: str = strawberry.field(description=CONFIRM)


@strawberry.type(description="비밀번호 설정 결과 · Nothing but what speaks against it; sign in with the new password.")
class ResetPasswordPayload(Payload):
    pass


@strawberry.type
class IdentityMutation:
    """What lets members in."""

    @mutation(
        "회원가입 · Claim an organization as its main user. What it has earned so far is there.", matter=Matter.ACCOUNT
    )
    async def sign_up(info: Info, input: SignUpInput) -> SignUpPayload:
        context = info.context
        joined = await identity.sign_up(
            context.house,
            business_number=input.business_number,
            name=input.name,
            login_id=input.login_id,
            password=input.password,
            person=details_of(input.person),
            claim_code=input.claim_code,
            origin=context.origin,
            request_id=context.request_id,
        )
        _act_as(
            context,
            Actor(member_id=joined.member_id, organization_id=joined.organization_id, role=Role.MEMBER, main=True),
        )
        return SignUpPayload(organization_id=joined.organization_id, member_id=joined.member_id)

    @mutation(
        "로그인 · Get a token for twelve hours. Five wrong passwords lock out the address they come from.",
        matter=Matter.ACCOUNT,
    )
    async def sign_in(info: Info, input: SignInInput) -> SignInPayload:
        context = info.context
        entered = await identity.sign_in(
            context.house,
            login_id=input.login_id,
            password=input.password,
            origin=context.origin,
            cookie=input.cookie,
            request_id=context.request_id,
        )
        async with context.house.database.reading() as tx:
            actor = await identity.actor_of_token(tx, entered.token, context.house.clock())
        _act_as(context, actor or PUBLIC, entered.token)
        if input.cookie:
            context.cookies |= {COOKIE: entered.token, CSRF_COOKIE: entered.csrf}
        return SignInPayload(
            member_id=entered.member_id,
            token=None if input.cookie else entered.token,
            csrf_token=entered.csrf,
            expires_at=entered.expires_at,
            must_change_password=entered.must_change_password,
        )

    @mutation("로그아웃 · The token of this request is good no more.", matter=Matter.ACCOUNT)
    async def sign_out(info: Info) -> SignOutPayload:
        async with info.context.work() as work:
            await identity.sign_out(work)
        _leave(info.context)
        return SignOutPayload()

    @mutation("모든 기기에서 로그아웃 · End every token of oneself, or of a member one manages.", matter=Matter.ACCOUNT)
    async def sign_out_everywhere(info: Info, input: SignOutEverywhereInput) -> SignOutEverywherePayload:
        member_id = None if input.member_id is None else key_of(input.member_id, "Member", "memberId")
        async with info.context.work() as work:
            ended = await identity.sign_out_everywhere(work, member_id)
        if member_id in (None, info.context.actor.member_id):
            _leave(info.context)
        return SignOutEverywherePayload(tokens=ended)

    @mutation("비밀번호 변경 · Also for who must; every other token of the member ends.", matter=Matter.ACCOUNT)
    async def change_password(info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:
        context = info.context
        await identity.change_password(
            context.house,
            context.actor,
            current=input.current_password,
            new=input.new_password,
            confirm=input.confirm_password,
            phone=input.phone,
            origin=context.origin,
            request_id=context.request_id,
        )
        _act_as(context, replace(context.actor, must_change_password=False), context.token)
        return ChangePasswordPayload(member_id=context.actor.member_id)

    @mutation(
        "비밀번호 찾기 · Send a one-time code to the address on record. Answers the same for everybody.",
        matter=Matter.ACCOUNT,
    )
    async def request_password_reset(info: Info, input: RequestPasswordResetInput) -> RequestPasswordResetPayload:
        async with info.context.work() as work:
            await identity.request_password_reset(
                work, login_id=input.login_id, email=input.email, phone=input.phone, origin=info.context.origin
            )
        return RequestPasswordResetPayload()

    @mutation(
        "비밀번호 설정 · Set a password with a one-time code; every token of the member ends.", matter=Matter.ACCOUNT
    )
    async def reset_password(info: Info, input: ResetPasswordInput) -> ResetPasswordPayload:
        await identity.reset_password(
            info.context.house,
            login_id=input.login_id,
            code=input.code,
            new=input.new_password,
            confirm=input.confirm_password,
            origin=info.context.origin,
            request_id=info.context.request_id,
        )
        info.context.loaders.clear()
        return ResetPasswordPayload()


def _act_as(context: Context, actor: Actor, token: str | None = None) -> None:
    context.actor, context.token = actor, token
    context.loaders.clear()


def _leave(context: Context) -> None:
    _act_as(context, PUBLIC)
    context.cookies |= {COOKIE: None, CSRF_COOKIE: None}
