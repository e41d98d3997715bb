"""계정관리: how universities and companies come to their accounts, clause by clause, over the API."""

from __future__ import annotations

import io
from typing import Any

import httpx
import openpyxl
import pytest

from core.actor import Role
from core.house import House
from core.identity import actor_by_id
from plugins.industry_academia.program import CODE
from schema.global_ids import to_global_id
from tests.plugins.industry_academia.acts import Campus, donation, research
from tests.plugins.industry_academia.test_statement import signed_in
from tests.support.api import asks, codes, sign_in, staff, top_codes
from tests.support.client import Client
from tests.support.numbers import business_number
from tests.support.world import counts, rows

ACCOUNT = "loginId code member { id mustChangePassword } errors { code path message }"
PROVISION = f"mutation ($input: ProvisionMainUserInput!) {{ provisionMainUser(input: $input) {{ {ACCOUNT} }} }}"
PROVISION_MANY = """mutation ($input: ProvisionMainUsersInput!) { provisionMainUsers(input: $input) {
  accounts { businessNumber loginId code codeExpiresAt } errors { code path message } } }"""
REGISTER = """mutation ($input: RegisterOrganizationInput!) { registerOrganization(input: $input) {
  organization { id } errors { code } } }"""
SUB_USER = f"mutation ($input: CreateSubUserInput!) {{ createSubUser(input: $input) {{ {ACCOUNT} }} }}"
RESET = f"mutation ($input: ResetMemberInput!) {{ resetMember(input: $input) {{ {ACCOUNT} }} }}"
PERMIT = """mutation ($input: SetPermissionsInput!) { setPermissions(input: $input) {
  member { permissions } errors { code } } }"""
CHANGE = """mutation ($input: ChangePasswordInput!) { changePassword(input: $input) {
  member { loginId person { phone } } errors { code path source { document clause } } } }"""
DRAFT = """mutation ($input: DraftFilingInput!) { draftFiling(input: $input) { filing { id } errors { code path } } }"""
FILINGS = "{ filings { totalCount export { path } nodes { activityType attachments { totalCount } } } }"
# What must go through Python goes the other way; the ids are the same filings.
UNPLANNED = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Filing { activityType attachments { totalCount } } } }"
ATTACHMENTS = "{ attachments { totalCount nodes { fileName } } }"
FREE = "query ($id: String!) { loginIdAvailable(loginId: $id) }"
PERSON = {"name": "한담당"}


@pytest.fixture
async def campus(house: House) -> Campus:
    return await Campus.of(house)


@pytest.fixture
async def operator(campus: Campus, http: httpx.AsyncClient, house: House) -> Client:
    """대한상공회의소: an operator of every program."""
    return asks(http, await staff(house, Role.OPERATOR, "operator_all"))


async def registered(operator: Client, serial: int, kind: str = "UNIVERSITY") -> str:
    given = {"businessNumber": business_number(serial), "name": f"기관 {serial}", "kind": kind}
    answer = await operator.change(REGISTER, input=given)
    found: str = answer["organization"]["id"]
    return found


async def provisioned(operator: Client, serial: int, **more: Any) -> dict[str, Any]:
    kind = more.pop("kind", "UNIVERSITY")
    given = {"organizationId": await registered(operator, serial, kind), "person": PERSON, "passwordSameAsId": True}
    return await operator.change(PROVISION, input=given | more)


# -------------------------------------------------------------------------------- 아이디와 최초 비밀번호


@pytest.mark.parametrize(
    ("homepage", "login_id"),
    [
        ("www.korea.ac.kr", "korea"),
        ("https://www.kw.ac.kr/", "kw"),
        ("HTTP://SNU.AC.KR:8080/index.html?lang=ko", "snu"),
        ("portal.korea.ac.kr", "korea"),
        ("www.hanbit-univ.co.kr", "hanbit-univ"),
        ("korea.edu", "korea"),
        ("www.korea.kr", "korea"),
    ],
)
async def test_a_university_is_known_by_the_name_in_its_homepage(
    operator: Client, homepage: str, login_id: str
) -> None:
    made = await provisioned(operator, 50, homepage=homepage)
    assert (made["loginId"], made["code"]) == (login_id, None)
    entered = await sign_in(Client(operator.http), login_id, login_id)
    assert entered["mustChangePassword"] is True


@pytest.mark.parametrize("homepage", ["ac", "고려대학교.한국", "http://", "x.ac.kr", "http://[oops"])
async def test_a_homepage_without_a_name_is_refused(operator: Client, homepage: str) -> None:
    given = {"organizationId": await registered(operator, 50), "person": PERSON, "homepage": homepage}
    (error,) = await operator.objections(PROVISION, input=given)
    assert (error["code"], error["path"]) == ("IDENTITY_HOMEPAGE_FORM", ["homepage"])


async def test_a_company_is_known_by_its_business_number_and_a_university_is_not(operator: Client) -> None:
    made = await provisioned(operator, 51, kind="COMPANY")
    assert made["loginId"] == business_number(51)
    assert (await sign_in(Client(operator.http), business_number(51), business_number(51)))["mustChangePassword"]
    given = {"organizationId": await registered(operator, 52), "person": PERSON}
    (error,) = await operator.objections(PROVISION, input=given)
    assert (error["code"], error["path"]) == ("IDENTITY_LOGIN_ID_NEEDED", ["loginId"])


async def test_a_name_that_another_university_has_is_refused_where_it_was_given(operator: Client) -> None:
    await provisioned(operator, 50, homepage="www.hanbit.ac.kr")
    given = {"organizationId": await registered(operator, 52), "person": PERSON, "homepage": "www.hanbit.co.kr"}
    (error,) = await operator.objections(PROVISION, input=given)
    assert (error["code"], error["path"]) == ("IDENTITY_LOGIN_ID_TAKEN", ["homepage"])


# -------------------------------------------------------------------------------- 계정 일괄발급


def holder(serial: int, **more: Any) -> dict[str, Any]:
    return {"businessNumber": business_number(serial), "name": f"기관 {serial}", "person": PERSON} | more


async def test_many_are_provisioned_at_once_in_the_order_given(operator: Client, campus: Campus) -> None:
    holders = [
        holder(60, homepage="www.hanbit.ac.kr"),
        holder(1, kind="COMPANY"),  # on record already
        holder(58, kind="COMPANY"),
        holder(59, loginId="dasom"),
    ]
    done = await operator.change(PROVISION_MANY, input={"holders": holders, "passwordSameAsId": True})
    ids = ["hanbit", business_number(1), business_number(58), "dasom"]
    assert [each["loginId"] for each in done["accounts"]] == ids
    assert [each["businessNumber"] for each in done["accounts"]] == [each["businessNumber"] for each in holders]
    for login_id in ids:
        assert (await sign_in(Client(operator.http), login_id, login_id))["mustChangePassword"] is True
    with_codes = await operator.change(PROVISION_MANY, input={"holders": [holder(61, loginId="narae")]})
    assert with_codes["accounts"][0]["code"] and with_codes["accounts"][0]["codeExpiresAt"]


async def test_what_is_wrong_is_told_of_every_one_and_none_is_made(
    operator: Client, campus: Campus, house: House
) -> None:
    holders = [
        holder(60, homepage="www.hanbit.ac.kr"),
        holder(61) | {"businessNumber": "123"},
        holder(62, homepage="www.hanbit.co.kr"),
        holder(63),
        holder(2, loginId="bogi2"),  # has a main user
        holder(64, loginId="narae", person={"name": " "}),
    ]
    before = await counts(house)
    errors = await operator.objections(PROVISION_MANY, input={"holders": holders, "passwordSameAsId": True})
    assert [(each["code"], each["path"]) for each in errors] == [
        ("IDENTITY_BUSINESS_NUMBER_FORM", ["holders", "1", "businessNumber"]),
        ("IDENTITY_LOGIN_ID_TAKEN", ["holders", "2", "homepage"]),
        ("IDENTITY_LOGIN_ID_NEEDED", ["holders", "3", "loginId"]),
        ("IDENTITY_MAIN_USER_EXISTS", ["holders", "4", "businessNumber"]),
        ("IDENTITY_NAME_MISSING", ["holders", "5", "person", "name"]),
    ]
    assert await counts(house) == before
    for wrong in ([], [holder(60, loginId="narae")] * 101):
        assert codes(await operator.objections(PROVISION_MANY, input={"holders": wrong})) == [
            "IDENTITY_TOO_MANY_ACCOUNTS"
        ]


async def test_only_operators_provision_many(campus: Campus, http: httpx.AsyncClient, house: House) -> None:
    for actor in (campus.filer, campus.reviewer):
        asker = asks(http, await signed_in(house, actor))
        answer = await asker.send(PROVISION_MANY, input={"holders": [holder(60, loginId="narae")]})
        assert top_codes(answer) == ["FORBIDDEN"]


# -------------------------------------------------------------------------------- 최초 로그인, 비밀번호 정책


async def entered(operator: Client, login_id: str, password: str) -> Client:
    answer = await sign_in(Client(operator.http), login_id, password)
    return Client(operator.http, answer["token"])


async def test_the_first_sign_in_permits_nothing_but_a_new_password_with_the_telephone_number(
    operator: Client,
) -> None:
    await provisioned(operator, 50, homepage="www.korea.ac.kr")
    university = await entered(operator, "korea", "korea")
    for document in (FILINGS, ATTACHMENTS, "{ organizations { totalCount } }", "{ members { totalCount } }"):
        (seen,) = (await university.ask(document)).values()
        assert seen["totalCount"] == 0
    for document, given in (
        (DRAFT, {"program": CODE, "activityType": "donation", "rows": []}),
        (SUB_USER, {"suffix": "01", "person": PERSON}),
    ):
        answer = await university.send(document, input=given)
        assert top_codes(answer) == ["FORBIDDEN"]
        assert "password" in answer["errors"][0]["message"]
    given = {"currentPassword": "korea", "newPassword": "Han!bit-2026", "confirmPassword": "Han!bit-2026"}
    done = await university.change(CHANGE, input=given | {"phone": "02-000-0001"})
    assert done["member"] == {"loginId": "korea", "person": {"phone": "02-000-0001"}}
    assert (await sign_in(Client(operator.http), "korea", "korea"))["errors"]
    assert (await sign_in(Client(operator.http), "korea", "Han!bit-2026"))["mustChangePassword"] is False


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Abcdef-12", "IDENTITY_PASSWORD_LENGTH"),  # 9
        ("Abcdef-123", None),  # 10
        ("Abcdef-1234567890123", None),  # 20
        ("Abcdef-12345678901234", "IDENTITY_PASSWORD_LENGTH"),  # 21
        ("Abcdef1234", "IDENTITY_PASSWORD_SPECIAL"),
        ("1234567-890", "IDENTITY_PASSWORD_LETTER"),
        ("Abcdefghi-", "IDENTITY_PASSWORD_DIGIT"),
        ("Hanbit-univ1", "IDENTITY_PASSWORD_IS_LOGIN_ID"),
    ],
)
async def test_a_password_is_of_ten_to_twenty_letters_digits_and_signs_and_not_the_id(
    operator: Client, password: str, code: str | None
) -> None:
    await provisioned(operator, 50, loginId="hanbit-univ1")
    university = await entered(operator, "hanbit-univ1", "hanbit-univ1")
    given = {"currentPassword": "hanbit-univ1", "newPassword": password, "confirmPassword": password}
    errors = await university.objections(CHANGE, input=given)
    assert [each["code"] for each in errors] == ([] if code is None else [code])
    assert all(each["source"]["clause"] == "계정관리 · 비밀번호 변경" for each in errors)


# -------------------------------------------------------------------------------- 하위계정, 비밀번호 초기화


async def test_sub_users_are_called_after_the_university_and_come_in_by_their_id(
    operator: Client, campus: Campus, http: httpx.AsyncClient, house: House
) -> None:
    main = asks(http, await signed_in(house, campus.filer))
    given = {"suffix": "01", "person": PERSON, "passwordSameAsId": True}
    assert (await main.ask(FREE, id="bogi_01"))["loginIdAvailable"] is True
    made = await main.change(SUB_USER, input=given)
    assert made["loginId"] == "bogi_01"
    assert (await main.ask(FREE, id=" BOGI_01 "))["loginIdAvailable"] is False
    assert codes(await main.objections(SUB_USER, input=given)) == ["IDENTITY_LOGIN_ID_TAKEN"]
    assert codes(await main.objections(SUB_USER, input=given | {"suffix": "o!"})) == ["IDENTITY_SUFFIX_FORM"]
    assert (await sign_in(Client(http), "bogi_01", "bogi_01"))["mustChangePassword"] is True


async def test_an_operator_resets_whose_person_in_charge_has_changed(operator: Client, campus: Campus) -> None:
    """담당자 변경시 비밀번호 초기화: the old password and the old token are good no more."""
    made = await provisioned(operator, 50, homepage="www.korea.ac.kr")
    university = await entered(operator, "korea", "korea")
    given = {"currentPassword": "korea", "newPassword": "Han!bit-2026", "confirmPassword": "Han!bit-2026"}
    await university.change(CHANGE, input=given)
    reset = {"memberId": made["member"]["id"], "passwordSameAsId": True}
    again = await operator.change(RESET, input=reset)
    assert (again["loginId"], again["member"]["mustChangePassword"]) == ("korea", True)
    assert top_codes(await university.send(CHANGE, input=given)) == ["UNAUTHENTICATED"]
    assert (await sign_in(Client(operator.http), "korea", "Han!bit-2026"))["errors"]
    assert (await sign_in(Client(operator.http), "korea", "korea"))["mustChangePassword"] is True


# -------------------------------------------------------------------------------- 적립분야별 계정 권한


async def test_a_sub_user_files_and_sees_the_types_that_are_switched_on_and_no_others(
    campus: Campus, http: httpx.AsyncClient, house: House
) -> None:
    account = await signed_in(house, campus.filer)
    main = asks(http, account)
    await campus.approved("donation", donation())
    await campus.approved("research", research())
    ids = [to_global_id("Filing", row["id"]) for row in await rows(house, "SELECT id FROM filing ORDER BY id")]
    made = await main.change(SUB_USER, input={"suffix": "abc", "person": PERSON, "passwordSameAsId": True})
    (found,) = await rows(house, "SELECT id, person_id FROM member WHERE login_id = 'bogi_abc'")

    async def permitted(*types: str) -> Client:
        """Signed in anew, with the permissions of these types."""
        codes_ = [f"{CODE}.{each}.file" for each in types]
        done = await main.change(PERMIT, input={"memberId": made["member"]["id"], "permissions": codes_})
        assert sorted(done["member"]["permissions"]) == sorted(codes_)
        async with house.database.reading() as tx:
            actor = await actor_by_id(tx, found["id"])
        assert actor is not None
        return asks(http, await signed_in(house, actor))

    for types in ((), ("donation",), ("donation", "research"), ("research",)):
        sub = await permitted(*types)
        seen = (await sub.ask(FILINGS))["filings"]
        assert {each["activityType"] for each in seen["nodes"]} == set(types)
        assert seen["totalCount"] == len(seen["nodes"])
        one_by_one = (await sub.ask(UNPLANNED, ids=ids))["nodes"]
        assert sorted(each["activityType"] for each in one_by_one if each) == sorted(types)
        documents = sum(each["attachments"]["totalCount"] for each in seen["nodes"])
        assert (await sub.ask(ATTACHMENTS))["attachments"]["totalCount"] == documents
        assert bool(documents) == bool(types)
        sheet = openpyxl.load_workbook(io.BytesIO((await sub.get(seen["export"]["path"])).content)).worksheets[0]
        heading, *lines = sheet.values
        assert {line[heading.index("적립 활동")] for line in lines} == set(types)
        for each in ("donation", "research"):
            draft = {"program": CODE, "activityType": each, "rows": []}
            answer = await sub.send(DRAFT, input=draft)
            assert top_codes(answer) == ([] if each in types else ["FORBIDDEN"])
