"""Letting members in, over the API: what is done, what is refused as data, what is refused at the top."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from core.actor import Role
from core.calendar import SEOUL
from core.hookspecs import hookimpl
from core.house import House
from core.identity import PersonDetails, provision
from core.ledgers import Credit, Earning, earn
from core.messages import OutgoingMessage
from core.plugins import Plugins
from schema.global_ids import to_global_id
from schema.http.app import application
from tests.support.api import (
    OTHER_PASSWORD,
    PASSWORD,
    Account,
    asks,
    codes,
    company,
    organization,
    sign_in,
    sign_up,
    staff,
    sub_user,
    top_codes,
)
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.jobs import run_due
from tests.support.numbers import business_number

PERSON = {"name": "김하위", "email": "kim@hanbit.example.kr"}
MEMBER = (
    "member { id loginId main role permissions programs mustChangePassword deactivatedAt person { name email phone } }"
)
ACCOUNT = f"loginId code codeExpiresAt {MEMBER} errors {{ code path message }}"
VIEWER = "{ viewer { signedIn mustChangePassword member { loginId } organization { name } } }"


def mutation(name: str, answer: str) -> str:
    given = f"{name[0].upper()}{name[1:]}Input"
    known = {"HandOverMainInput": "MemberInput", "DeactivateMemberInput": "MemberInput"}
    return f"mutation ($input: {known.get(given, given)}!) {{ {name}(input: $input) {{ {answer} }} }}"


moment = datetime.fromisoformat
CREATE_SUB_USER = mutation("createSubUser", ACCOUNT)
CREATE_STAFF = mutation("createStaff", ACCOUNT)
PROVISION = mutation("provisionMainUser", ACCOUNT)
RESET_MEMBER = mutation("resetMember", ACCOUNT)
SET_PERMISSIONS = mutation("setPermissions", f"{MEMBER} errors {{ code path message }}")
DEACTIVATE = mutation("deactivateMember", f"{MEMBER} errors {{ code path }}")
HAND_OVER = mutation("handOverMain", f"{MEMBER} errors {{ code path }}")
UPDATE_PERSON = mutation("updatePerson", f"{MEMBER} errors {{ code path }}")
ERASE_PERSON = mutation("erasePerson", "person { name email erasedAt } errors { code path }")
CHANGE_PASSWORD = mutation("changePassword", f"{MEMBER} errors {{ code path message source {{ document clause }} }}")
REQUEST_RESET = mutation("requestPasswordReset", "errors { code }")
RESET_PASSWORD = mutation("resetPassword", "errors { code path }")
REGISTER = mutation("registerOrganization", "organization { id businessNumber name kind } errors { code path message }")
UPDATE_ORGANIZATION = mutation(
    "updateOrganization", "organization { name kind corporateNumber address } errors { code path }"
)
RECORD_STANDING = mutation(
    "recordStanding", "standing { kind holds validFrom validUntil organization { id } } errors { code path }"
)
ISSUE_CODE = mutation("issueClaimCode", "code expiresAt errors { code path }")
DRAFT = mutation("draftFiling", "filing { id } errors { code }")
ISSUE = mutation("issueCertificate", "errors { code }")
SIGN_OUT = "mutation { signOut { errors { code } } }"
EVERYWHERE = mutation("signOutEverywhere", "tokens errors { code }")


@pytest.fixture
async def operator(house: House, client: httpx.AsyncClient) -> Client:
    return asks(client, await staff(house, Role.OPERATOR, "operator_one"))


@pytest.fixture
async def hanbit(house: House) -> Account:
    return await company(house, "hanbit")


# ---------------------------------------------------------------------------------------------------- signing up


async def test_a_company_signs_up_and_signs_in(client: httpx.AsyncClient) -> None:
    public = asks(client)
    joined = await sign_up(public, 1, "hanbit")
    assert joined["errors"] == []
    assert joined["organization"] == {
        "id": to_global_id("Organization", 1),
        "businessNumber": business_number(1),
        "name": "한빛조명 1",
    }
    assert joined["member"] | {"id": ""} == {"id": "", "loginId": "hanbit", "main": True, "role": "MEMBER"}
    entered = await sign_in(public, " HanBit ")
    assert entered["errors"] == []
    assert moment(entered["expiresAt"]) == datetime(2026, 3, 2, 21, tzinfo=SEOUL)
    assert entered["mustChangePassword"] is False
    assert entered["member"] == {"loginId": "hanbit"}
    viewer = (await asks(client, entered["token"]).ask(VIEWER))["viewer"]
    assert viewer == {
        "signedIn": True,
        "mustChangePassword": False,
        "member": {"loginId": "hanbit"},
        "organization": {"name": "한빛조명 1"},
    }


async def test_everything_that_is_wrong_with_a_sign_up_is_said_at_once_and_where(client: httpx.AsyncClient) -> None:
    joined = await sign_up(
        asks(client), 1, "한빛", businessNumber="104-82-03591", password="short", person={"name": " ", "email": "x"}
    )
    assert [(each["code"], each["path"]) for each in joined["errors"]] == [
        ("IDENTITY_BUSINESS_NUMBER_CHECKSUM", ["businessNumber"]),
        ("IDENTITY_LOGIN_ID_FORM", ["loginId"]),
        ("IDENTITY_PASSWORD_LENGTH", ["password"]),
        ("IDENTITY_PASSWORD_DIGIT", ["password"]),
        ("IDENTITY_PASSWORD_SPECIAL", ["password"]),
        ("IDENTITY_NAME_MISSING", ["person", "name"]),
        ("IDENTITY_EMAIL_FORM", ["person", "email"]),
        ("IDENTITY_PHONE_MISSING", ["person", "phone"]),
    ]
    assert joined["organization"] is None
    assert joined["member"] is None


@pytest.mark.parametrize(
    ("password", "objected"),
    [
        ("Sunrise-1", ["IDENTITY_PASSWORD_LENGTH"]),
        ("Sunrise-20", []),
        ("Sunrise-2026-abcdefg", []),
        ("Sunrise-2026-abcdefgh", ["IDENTITY_PASSWORD_LENGTH"]),
        ("1234567890-", ["IDENTITY_PASSWORD_LETTER"]),
        ("Sunrise-twenty", ["IDENTITY_PASSWORD_DIGIT"]),
        ("Sunrise2026", ["IDENTITY_PASSWORD_SPECIAL"]),
        (
            "한글비밀번호한글비밀번호",
            ["IDENTITY_PASSWORD_LETTER", "IDENTITY_PASSWORD_DIGIT", "IDENTITY_PASSWORD_SPECIAL"],
        ),
        ("HANBIT-2026.kr", ["IDENTITY_PASSWORD_IS_LOGIN_ID"]),
    ],
)
async def test_a_password_is_refused_by_each_rule_it_breaks(
    client: httpx.AsyncClient, password: str, objected: list[str]
) -> None:
    joined = await sign_up(asks(client), 1, "hanbit-2026.kr", password=password)
    assert codes(joined["errors"]) == objected


async def test_an_organization_on_record_is_claimed_with_its_code_and_finds_what_it_earned(
    client: httpx.AsyncClient, house: House, operator: Client, installed: Plugins
) -> None:
    async with house.work() as work:
        organization_id, number = await organization(work, name="먼저적립")
        await earn(
            work,
            program="mileage_innovation",
            asset="innovation_mileage",
            earnings=[
                Earning(
                    key="before",
                    reference="before",
                    credits=(
                        Credit(
                            organization_id=organization_id,
                            amount=700,
                            earned_on=date(2026, 3, 1),
                            expires_on=date(2031, 3, 1),
                        ),
                    ),
                )
            ],
            reason="before",
        )
    public = asks(client)
    assert codes((await sign_up(public, 0, "early", businessNumber=number))["errors"]) == ["IDENTITY_CLAIM_CODE_NEEDED"]
    issued = await operator.change(ISSUE_CODE, input={"organizationId": to_global_id("Organization", organization_id)})
    wrong = await sign_up(public, 0, "early", businessNumber=number, claimCode="AAAAA-AAAAA")
    assert codes(wrong["errors"]) == ["IDENTITY_CODE_WRONG"]
    joined = await sign_up(public, 0, "early", businessNumber=number, claimCode=issued["code"])
    assert joined["errors"] == []
    assert joined["organization"]["name"] == "먼저적립"
    who = asks(client, (await sign_in(public, "early"))["token"])
    assert (await who.ask("{ accounts { nodes { posted } } }"))["accounts"]["nodes"] == [{"posted": 700}]
    again = await sign_up(public, 0, "later", businessNumber=number, claimCode=issued["code"])
    assert codes(again["errors"]) == ["IDENTITY_CODE_WRONG"]


# ---------------------------------------------------------------------------------------------------- signing in


async def test_five_wrong_passwords_lock_the_account(client: httpx.AsyncClient, clock: SetClock) -> None:
    public = asks(client)
    await sign_up(public, 1, "hanbit")
    for wrong in range(4):
        refused = await sign_in(public, "hanbit", f"Nothing-like-{wrong}")
        assert codes(refused["errors"]) == ["IDENTITY_CREDENTIALS_WRONG"]
        assert refused["token"] is None
    assert codes((await sign_in(public, "hanbit", "Nothing-like-5"))["errors"]) == ["IDENTITY_ACCOUNT_LOCKED"]
    assert codes((await sign_in(public, "hanbit"))["errors"]) == ["IDENTITY_ACCOUNT_LOCKED"]
    clock.forward(minutes=15)
    assert (await sign_in(public, "hanbit"))["token"]


async def test_an_unknown_id_and_a_wrong_password_are_answered_alike(client: httpx.AsyncClient) -> None:
    public = asks(client)
    await sign_up(public, 1, "hanbit")
    assert await sign_in(public, "hanbit", "Nothing-like-1") == await sign_in(public, "nobody", "Nothing-like-1")


async def test_too_many_failures_of_one_address_are_refused_for_a_while(client: httpx.AsyncClient) -> None:
    public = asks(client)
    await asyncio.gather(*(sign_in(public, f"nobody{each}", "Nothing-like-1") for each in range(30)))
    await sign_up(public, 1, "hanbit")
    assert codes((await sign_in(public, "hanbit"))["errors"]) == ["IDENTITY_TOO_MANY_FAILURES"]


async def test_who_signs_in_asks_for_the_rest_of_the_request(client: httpx.AsyncClient) -> None:
    await sign_up(asks(client), 1, "hanbit")
    document = """mutation ($password: String!) {
      signIn(input: {loginId: "hanbit", password: $password}) { member { person { name } organization { name } } }
      updatePerson(input: {person: {name: "이름바꿈"}}) { member { person { name } } }
      signOut { errors { code } }
      late: updatePerson(input: {person: {name: "너무늦음"}}) { errors { code } }
    }"""
    answer = await asks(client).send(document, password=PASSWORD)
    assert top_codes(answer) == ["UNAUTHENTICATED"]
    assert answer["errors"][0]["path"] == ["late"]
    await sign_in(asks(client), "hanbit")


async def test_signing_out_ends_this_token_and_signing_out_everywhere_all(client: httpx.AsyncClient) -> None:
    public = asks(client)
    await sign_up(public, 1, "hanbit")
    tokens = [(await sign_in(public, "hanbit"))["token"] for _ in range(3)]
    await asks(client, tokens[0]).change(SIGN_OUT)
    response = await client.post("/graphql", json={"query": VIEWER}, headers={"authorization": f"Bearer {tokens[0]}"})
    assert response.status_code == 401
    ended = await asks(client, tokens[1]).change(EVERYWHERE, input={})
    assert ended["tokens"] == 2
    assert top_codes(await asks(client, tokens[2]).send(VIEWER)) == ["UNAUTHENTICATED"]


async def test_a_main_user_signs_its_sub_user_out_and_nobody_else(
    client: httpx.AsyncClient, house: House, hanbit: Account
) -> None:
    sub, other = await sub_user(house, hanbit, "01"), await company(house, "daesung")
    main = asks(client, hanbit)
    assert (await main.change(EVERYWHERE, input={"memberId": sub.member}))["tokens"] == 1
    assert top_codes(await main.send(EVERYWHERE, input={"memberId": other.member})) == ["FORBIDDEN"]
    assert (await main.ask(VIEWER))["viewer"]["signedIn"]


# ------------------------------------------------------------------------------------------- a password to change


@pytest.fixture
async def forced(client: httpx.AsyncClient, house: House) -> Client:
    """A main user whose first password is its login id."""
    async with house.work() as work:
        organization_id, _ = await organization(work, name="한국대학교")
        await provision(
            work, organization_id, login_id="korea", person=PersonDetails(name="김대학"), password_same_as_id=True
        )
    entered = await sign_in(asks(client), "korea", "korea")
    assert entered["errors"] == []
    assert entered["mustChangePassword"] is True
    assert entered["member"] is None
    return asks(client, entered["token"])


async def test_until_it_is_changed_nothing_is_permitted_and_nothing_is_seen(forced: Client) -> None:
    viewer = (await forced.ask(VIEWER))["viewer"]
    assert viewer == {"signedIn": True, "mustChangePassword": True, "member": None, "organization": None}
    refused: list[tuple[str, dict[str, Any]]] = [
        (CREATE_SUB_USER, {"suffix": "01", "person": PERSON}),
        (UPDATE_PERSON, {"person": PERSON}),
        (UPDATE_ORGANIZATION, {"address": "서울"}),
        (EVERYWHERE, {"memberId": to_global_id("Member", 1_000)}),
        (DRAFT, {"program": "mileage_innovation", "activityType": "training", "rows": []}),
        (ISSUE, {"benefitId": to_global_id("Benefit", 1), "round": "1", "points": 1, "idempotencyKey": "1"}),
    ]
    for document, given in refused:
        answer = await forced.send(document, input=given)
        assert top_codes(answer) == ["FORBIDDEN"], document
        assert "password" in answer["errors"][0]["message"]
    seen = ["organizations", "members", "accounts", "transactions", "filings", "certificates", "auditEvents"]
    answer = await forced.ask("{" + " ".join(f"{each} {{ totalCount }}" for each in seen) + "}")
    assert {each["totalCount"] for each in answer.values()} == {0}
    balance = '{ balance(input: {program: "mileage_innovation", asset: "innovation_mileage"}) { posted } }'
    assert top_codes(await forced.send(balance)) == ["FORBIDDEN"]


async def test_signing_out_is_permitted_before(forced: Client) -> None:
    await forced.change(SIGN_OUT)


async def test_once_it_is_changed_everything_is_permitted(client: httpx.AsyncClient, forced: Client) -> None:
    given = {"currentPassword": "korea", "newPassword": PASSWORD, "confirmPassword": PASSWORD, "phone": "02-3290-1000"}
    changed = await forced.change(CHANGE_PASSWORD, input=given)
    assert changed["member"]["loginId"] == "korea"
    assert changed["member"]["mustChangePassword"] is False
    assert changed["member"]["person"]["phone"] == "02-3290-1000"
    await forced.change(CREATE_SUB_USER, input={"suffix": "01", "person": PERSON})
    assert (await sign_in(asks(client), "korea"))["mustChangePassword"] is False


async def test_a_new_password_is_refused_by_its_rules_with_the_clause(forced: Client) -> None:
    given = {"currentPassword": "korea", "newPassword": "Korea", "confirmPassword": "other", "phone": "x"}
    errors = await forced.objections(CHANGE_PASSWORD, input=given)
    assert [(each["code"], each["path"]) for each in errors] == [
        ("IDENTITY_PASSWORD_LENGTH", ["newPassword"]),
        ("IDENTITY_PASSWORD_DIGIT", ["newPassword"]),
        ("IDENTITY_PASSWORD_SPECIAL", ["newPassword"]),
        ("IDENTITY_PASSWORD_IS_LOGIN_ID", ["newPassword"]),
        ("IDENTITY_PASSWORDS_DIFFER", ["confirmPassword"]),
        ("IDENTITY_PHONE_FORM", ["phone"]),
    ]
    assert errors[0]["source"]["clause"] == "계정관리 · 비밀번호 변경"


async def test_the_present_password_must_be_right_and_the_new_one_new(client: httpx.AsyncClient) -> None:
    await sign_up(asks(client), 1, "hanbit")
    who = asks(client, (await sign_in(asks(client), "hanbit"))["token"])
    wrong = {"currentPassword": "Nothing-like-1", "newPassword": OTHER_PASSWORD, "confirmPassword": OTHER_PASSWORD}
    assert codes(await who.objections(CHANGE_PASSWORD, input=wrong)) == ["IDENTITY_PASSWORD_WRONG"]
    same = {"currentPassword": PASSWORD, "newPassword": PASSWORD, "confirmPassword": PASSWORD}
    assert codes(await who.objections(CHANGE_PASSWORD, input=same)) == ["IDENTITY_PASSWORD_UNCHANGED"]
    right = wrong | {"currentPassword": PASSWORD}
    await who.change(CHANGE_PASSWORD, input=right)
    assert codes((await sign_in(asks(client), "hanbit"))["errors"]) == ["IDENTITY_CREDENTIALS_WRONG"]
    assert top_codes(await asks(client).send(CHANGE_PASSWORD, input=right)) == ["UNAUTHENTICATED"]


# ------------------------------------------------------------------------------------- codes, and what is sent


class Postman:
    """Takes every message."""

    def __init__(self) -> None:
        self.taken: list[OutgoingMessage] = []

    @hookimpl
    def deliver(self, message: OutgoingMessage) -> bool:
        self.taken.append(message)
        return True


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
async def posting(house: House, client: httpx.AsyncClient, postman: Postman) -> AsyncIterator[tuple[House, Client]]:
    """A house with a postman, on the same database, and the public asking it."""
    served = replace(house, plugins=Plugins.installed({"postman": postman}))
    transport = httpx.ASGITransport(app=application(served))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield served, asks(http)


async def test_a_forgotten_password_is_set_anew_by_a_code_that_is_sent_after_the_answer(
    posting: tuple[House, Client], postman: Postman
) -> None:
    served, public = posting
    await sign_up(public, 1, "hanbit")
    token = (await sign_in(public, "hanbit"))["token"]
    await public.change(REQUEST_RESET, input={"loginId": "hanbit", "email": "LEE@hanbit.example.kr"})
    await run_due(served)
    (message,) = postman.taken
    assert message.email == "lee@hanbit.example.kr"
    code = next(word for word in message.body.replace("입니다", " ").split() if word.count("-") == 3)
    given = {"loginId": "hanbit", "code": code, "newPassword": OTHER_PASSWORD, "confirmPassword": OTHER_PASSWORD}
    wrong = await public.objections(RESET_PASSWORD, input=given | {"code": "0000-0000-0000-0000"})
    assert [(each["code"], each["path"]) for each in wrong] == [("IDENTITY_CODE_WRONG", ["code"])]
    await public.change(RESET_PASSWORD, input=given)
    assert codes(await public.objections(RESET_PASSWORD, input=given)) == ["IDENTITY_CODE_WRONG"]
    assert (await sign_in(public, "hanbit", OTHER_PASSWORD))["token"]
    assert top_codes(await public.signed_in(token).send(VIEWER)) == ["UNAUTHENTICATED"]


async def test_whether_anybody_was_found_is_not_told(posting: tuple[House, Client], postman: Postman) -> None:
    served, public = posting
    await sign_up(public, 1, "hanbit")
    answers = [
        await public.send(REQUEST_RESET, input={"loginId": login_id, "email": email})
        for login_id, email in (
            ("hanbit", "lee@hanbit.example.kr"),
            ("hanbit", "x@y.kr"),
            ("nobody", "x"),
        )
    ]
    assert answers == [{"data": {"requestPasswordReset": {"errors": []}}}] * 3
    await run_due(served)
    assert len(postman.taken) == 1


async def test_what_is_queued_at_once_goes_out_one_by_one(
    posting: tuple[House, Client], postman: Postman, operator: Client, hanbit: Account
) -> None:
    served, public = posting
    main = public.signed_in(hanbit.token)
    made = [{"suffix": f"{each:02d}", "person": PERSON} for each in range(5)]
    await asyncio.gather(*(main.change(CREATE_SUB_USER, input=each) for each in made))
    await run_due(served)
    assert sorted(message.template for message in postman.taken) == ["account_created"] * 5


# ------------------------------------------------------------------------------------------ sub-users and persons


async def test_a_sub_user_sets_its_password_by_its_code_and_does_what_it_may_and_no_more(
    client: httpx.AsyncClient, house: House, hanbit: Account
) -> None:
    public, main = asks(client), asks(client, hanbit)
    permission = "mileage_innovation.training.file"
    made = await main.change(CREATE_SUB_USER, input={"suffix": "01", "person": PERSON, "permissions": [permission]})
    assert made["loginId"] == "hanbit_01"
    assert moment(made["codeExpiresAt"]) == datetime(2026, 3, 9, 9, tzinfo=SEOUL)
    assert made["member"]["permissions"] == [permission]
    given = {"loginId": "hanbit_01", "code": made["code"], "newPassword": PASSWORD, "confirmPassword": PASSWORD}
    await public.change(RESET_PASSWORD, input=given)
    sub = asks(client, (await sign_in(public, "hanbit_01"))["token"])
    filing: dict[str, Any] = {"program": "mileage_innovation", "activityType": "training", "rows": []}
    await sub.change(DRAFT, input=filing)
    refused: list[tuple[str, dict[str, Any]]] = [
        (DRAFT, filing | {"activityType": "innovation"}),
        (CREATE_SUB_USER, {"suffix": "02", "person": PERSON}),
        (SET_PERMISSIONS, {"memberId": made["member"]["id"], "permissions": []}),
        (RESET_MEMBER, {"memberId": hanbit.member}),
        (HAND_OVER, {"memberId": made["member"]["id"]}),
        (DEACTIVATE, {"memberId": hanbit.member}),
        (UPDATE_PERSON, {"memberId": hanbit.member, "person": PERSON}),
        (UPDATE_ORGANIZATION, {"address": "서울"}),
    ]
    for document, given in refused:
        assert top_codes(await sub.send(document, input=given)) == ["FORBIDDEN"], document
    await main.change(SET_PERMISSIONS, input={"memberId": made["member"]["id"], "permissions": []})
    assert top_codes(await sub.send(DRAFT, input=filing)) == ["FORBIDDEN"]
    await main.change(DEACTIVATE, input={"memberId": made["member"]["id"]})
    assert top_codes(await sub.send(VIEWER)) == ["UNAUTHENTICATED"]


async def test_what_is_wrong_with_a_sub_user_is_said(client: httpx.AsyncClient, hanbit: Account) -> None:
    main = asks(client, hanbit)
    given = {"suffix": "01", "person": {"name": ""}, "permissions": ["mileage_inovation.training.file"]}
    errors = await main.objections(CREATE_SUB_USER, input=given)
    assert [(each["code"], each["path"]) for each in errors] == [
        ("IDENTITY_NAME_MISSING", ["person", "name"]),
        ("IDENTITY_PERMISSION_UNKNOWN", ["permissions", "0"]),
    ]
    assert "mileage_innovation.training.file" in errors[1]["message"]
    errors = await main.objections(CREATE_SUB_USER, input={"suffix": "a b", "person": PERSON})
    assert [(each["code"], each["path"]) for each in errors] == [("IDENTITY_SUFFIX_FORM", ["suffix"])]
    await main.change(CREATE_SUB_USER, input={"suffix": "01", "person": PERSON})
    errors = await main.objections(CREATE_SUB_USER, input={"suffix": "01", "person": PERSON})
    assert [(each["code"], each["path"]) for each in errors] == [("IDENTITY_LOGIN_ID_TAKEN", ["suffix"])]


async def test_a_sub_user_may_be_granted_every_permission_its_program_shows(
    client: httpx.AsyncClient, hanbit: Account
) -> None:
    main = asks(client, hanbit)
    shown = (await main.ask("{ programs { permissions { code } } }"))["programs"]
    permissions = sorted(each["code"] for program in shown for each in program["permissions"])
    given = {"suffix": "01", "person": PERSON, "permissions": permissions}
    made = await main.change(CREATE_SUB_USER, input=given)
    assert made["member"]["permissions"] == permissions


async def test_a_main_user_manages_its_own_members_only(
    client: httpx.AsyncClient, house: House, hanbit: Account, operator: Client
) -> None:
    daesung = await company(house, "daesung")
    theirs = await sub_user(house, daesung, "01")
    agency = await staff(house, Role.REVIEWER, "reviewer_one")
    main = asks(client, hanbit)
    for member in (theirs.member, daesung.member, agency.member, to_global_id("Member", 10_000)):
        for document, more in (
            (SET_PERMISSIONS, {"permissions": []}),
            (RESET_MEMBER, {}),
            (DEACTIVATE, {}),
            (HAND_OVER, {}),
            (UPDATE_PERSON, {"person": PERSON}),
        ):
            answer = await main.send(document, input={"memberId": member} | more)
            assert top_codes(answer) == ["FORBIDDEN"], document
    given = {"organizationId": daesung.organization, "suffix": "02", "person": PERSON}
    assert top_codes(await main.send(CREATE_SUB_USER, input=given)) == ["FORBIDDEN"]
    given = {"organizationId": daesung.organization, "address": "부산"}
    assert top_codes(await main.send(UPDATE_ORGANIZATION, input=given)) == ["FORBIDDEN"]
    await operator.change(DEACTIVATE, input={"memberId": theirs.member})


async def test_the_main_role_is_handed_over_and_is_gone_at_once(
    client: httpx.AsyncClient, house: House, hanbit: Account
) -> None:
    sub = await sub_user(house, hanbit, "01")
    document = """mutation ($id: ID!) {
      handOverMain(input: {memberId: $id}) { member { main } errors { code } }
      createSubUser(input: {suffix: "02", person: {name: "늦음"}}) { code }
    }"""
    answer = await asks(client, hanbit).send(document, id=sub.member)
    assert top_codes(answer) == ["FORBIDDEN"]
    assert answer["errors"][0]["path"] == ["createSubUser"]
    await asks(client, sub).change(CREATE_SUB_USER, input={"suffix": "03", "person": PERSON})
    assert codes(await asks(client, sub).objections(DEACTIVATE, input={"memberId": sub.member})) == [
        "IDENTITY_MAIN_USER_STAYS"
    ]


async def test_a_reset_takes_the_password_and_every_token(client: httpx.AsyncClient, hanbit: Account) -> None:
    public, main = asks(client), asks(client, hanbit)
    given = {"suffix": "01", "person": PERSON, "passwordSameAsId": True}
    made = await main.change(CREATE_SUB_USER, input=given)
    assert made["code"] is None
    entered = await sign_in(public, "hanbit_01", "hanbit_01")
    assert entered["mustChangePassword"] is True
    reset = await main.change(RESET_MEMBER, input={"memberId": made["member"]["id"]})
    assert reset["code"]
    assert top_codes(await asks(client, entered["token"]).send(VIEWER)) == ["UNAUTHENTICATED"]
    assert codes((await sign_in(public, "hanbit_01", "hanbit_01"))["errors"]) == ["IDENTITY_CREDENTIALS_WRONG"]


async def test_persons_are_corrected_by_themselves_and_erased_by_operators(
    client: httpx.AsyncClient, house: House, hanbit: Account, operator: Client
) -> None:
    main = asks(client, hanbit)
    changed = await main.change(UPDATE_PERSON, input={"person": {"name": "새이름", "phone": "010-1234-5678"}})
    assert changed["member"]["person"] == {"name": "새이름", "email": None, "phone": "010-1234-5678"}
    errors = await main.objections(UPDATE_PERSON, input={"person": {"name": "새이름", "phone": "전화"}})
    assert [(each["code"], each["path"]) for each in errors] == [("IDENTITY_PHONE_FORM", ["person", "phone"])]
    (found,) = (await main.ask("{ members { nodes { person { id } } } }"))["members"]["nodes"]
    given = {"personId": found["person"]["id"]}
    assert top_codes(await main.send(ERASE_PERSON, input=given)) == ["FORBIDDEN"]
    erased = (await operator.change(ERASE_PERSON, input=given))["person"]
    assert (erased["name"], erased["email"]) == (None, None)
    assert moment(erased["erasedAt"]) == datetime(2026, 3, 2, 9, tzinfo=SEOUL)
    assert codes(await operator.objections(ERASE_PERSON, input=given)) == ["IDENTITY_PERSON_UNKNOWN"]
    errors = await operator.objections(ERASE_PERSON, input={"personId": hanbit.member})
    assert [(each["code"], each["path"]) for each in errors] == [("ID_INVALID", ["personId"])]


# --------------------------------------------------------------------------------------- what operators do


async def test_operators_make_staff_of_agencies(client: httpx.AsyncClient, operator: Client) -> None:
    made = {"businessNumber": business_number(77), "name": "운영기관", "kind": "AGENCY"}
    agency = (await operator.change(REGISTER, input=made))["organization"]
    given = {
        "organizationId": agency["id"],
        "loginId": "reviewer_kim",
        "role": "REVIEWER",
        "person": PERSON,
        "programs": ["mileage_innovation"],
    }
    reviewer = await operator.change(CREATE_STAFF, input=given)
    assert reviewer["member"]["role"] == "REVIEWER"
    assert reviewer["member"]["programs"] == ["mileage_innovation"]
    errors = await operator.objections(CREATE_STAFF, input=given | {"role": "MEMBER", "programs": ["nothing"]})
    assert [(each["code"], each["path"]) for each in errors] == [
        ("IDENTITY_NOT_A_STAFF_ROLE", ["role"]),
        ("IDENTITY_PROGRAM_UNKNOWN", ["programs", "0"]),
    ]


async def test_staff_belong_to_agencies(client: httpx.AsyncClient, operator: Client, hanbit: Account) -> None:
    given = {"organizationId": hanbit.organization, "loginId": "spy", "role": "AUDITOR", "person": PERSON}
    assert codes(await operator.objections(CREATE_STAFF, input=given)) == ["IDENTITY_NOT_AN_AGENCY"]


async def test_an_operator_provisions_a_main_user_once(client: httpx.AsyncClient, operator: Client) -> None:
    made = {"businessNumber": business_number(78), "name": "한국대학교", "kind": "UNIVERSITY"}
    university = (await operator.change(REGISTER, input=made))["organization"]
    given = {"organizationId": university["id"], "loginId": "korea", "person": PERSON}
    provisioned = await operator.change(PROVISION, input=given)
    assert provisioned["member"]["main"] is True
    again = await operator.objections(PROVISION, input=given | {"loginId": "korea2"})
    assert codes(again) == ["IDENTITY_MAIN_USER_EXISTS"]
    errors = await operator.objections(PROVISION, input=given | {"organizationId": to_global_id("Organization", 9_999)})
    assert [(each["code"], each["path"]) for each in errors] == [("IDENTITY_ORGANIZATION_UNKNOWN", ["organizationId"])]


async def test_organizations_are_registered_corrected_and_known(operator: Client) -> None:
    made = {"businessNumber": "000-00-00791", "name": "한빛"}
    errors = await operator.objections(REGISTER, input=made)
    assert codes(errors) == ["IDENTITY_BUSINESS_NUMBER_CHECKSUM"]
    assert "last digit" in errors[0]["message"]
    registered = (await operator.change(REGISTER, input=made | {"businessNumber": business_number(79)}))["organization"]
    assert registered["kind"] == "COMPANY"
    given = {"organizationId": registered["id"], "name": "한빛조명", "corporateNumber": "110111-0000001"}
    changed = (await operator.change(UPDATE_ORGANIZATION, input=given))["organization"]
    assert changed == {"name": "한빛조명", "kind": "COMPANY", "corporateNumber": "1101110000001", "address": None}
    given = {"organizationId": registered["id"], "kind": "sme", "validFrom": "2026-01-01", "validUntil": "2026-12-31"}
    standing = (await operator.change(RECORD_STANDING, input=given))["standing"]
    assert standing == {
        "kind": "sme",
        "holds": True,
        "validFrom": "2026-01-01",
        "validUntil": "2026-12-31",
        "organization": {"id": registered["id"]},
    }
    errors = await operator.objections(RECORD_STANDING, input=given | {"validUntil": "2025-12-31"})
    assert [(each["code"], each["path"]) for each in errors] == [("IDENTITY_STANDING_DATES", ["validUntil"])]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, None])
async def test_only_operators_of_every_program_manage_accounts(
    client: httpx.AsyncClient, house: House, hanbit: Account, role: Role | None
) -> None:
    """`None` is an operator of one program."""
    programs = () if role else ("mileage_innovation",)
    who = asks(client, await staff(house, role or Role.OPERATOR, "somebody", programs))
    refused: list[tuple[str, dict[str, Any]]] = [
        (REGISTER, {"businessNumber": business_number(80), "name": "한빛"}),
        (UPDATE_ORGANIZATION, {"organizationId": hanbit.organization, "name": "다른이름"}),
        (RECORD_STANDING, {"organizationId": hanbit.organization, "kind": "sme", "validFrom": "2026-01-01"}),
        (ISSUE_CODE, {"organizationId": hanbit.organization}),
        (PROVISION, {"organizationId": hanbit.organization, "loginId": "x1", "person": PERSON}),
        (CREATE_STAFF, {"loginId": "x2", "role": "OPERATOR", "person": PERSON}),
        (CREATE_SUB_USER, {"organizationId": hanbit.organization, "suffix": "01", "person": PERSON}),
        (RESET_MEMBER, {"memberId": hanbit.member}),
        (DEACTIVATE, {"memberId": hanbit.member}),
        (ERASE_PERSON, {"personId": to_global_id("Person", 1)}),
    ]
    for document, given in refused:
        assert top_codes(await who.send(document, input=given)) == ["FORBIDDEN"], document
        assert top_codes(await asks(client).send(document, input=given)) == ["UNAUTHENTICATED"], document
