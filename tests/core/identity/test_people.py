"""Personal data: corrected by who it is about, erased on request, and never in the audit."""

import pytest

from core.errors import NotAllowed
from core.house import House
from core.identity import (
    OrganizationKind,
    PersonDetails,
    change_password,
    create_sub_user,
    deactivate_member,
    erase_person,
    hand_over_main,
    issue_claim_code,
    member_by_id,
    person_by_id,
    provision,
    register_organization,
    request_password_reset,
    reset_member,
    sign_in,
    sign_out_everywhere,
    update_organization,
    update_person,
)
from tests.core.identity.scene import (
    LEE,
    OTHER_PASSWORD,
    PASSWORD,
    WRONG,
    acting,
    join,
    main_user,
    refused,
    staff,
)
from tests.support.jobs import run_due
from tests.support.numbers import business_number

KIM = PersonDetails(name="김새담당", email="kim@hanbit.example.kr", phone="+82 2 2222 3333", department="")


async def test_a_member_corrects_its_own_details_and_a_main_user_its_sub_users(house: House) -> None:
    main, stranger = await main_user(house), await main_user(house, 2, "saebit")
    assert main.member_id is not None and main.organization_id is not None
    async with house.work(main) as work:
        await update_person(work, main.member_id, KIM)
        made = await create_sub_user(work, main.organization_id, suffix="01", person=LEE)
        await update_person(work, made.member_id, KIM)
        member = await member_by_id(work.tx, made.member_id)
        assert member is not None
        person = await person_by_id(work.tx, member.person_id)
    assert person is not None and (person.name, person.department) == ("김새담당", None)
    with pytest.raises(NotAllowed):
        async with house.work(stranger) as work:
            await update_person(work, made.member_id, KIM)


@pytest.mark.parametrize(
    ("details", "code", "field"),
    [
        (PersonDetails(name=""), "IDENTITY_NAME_MISSING", "name"),
        (PersonDetails(name="김" * 101), "IDENTITY_NAME_TOO_LONG", "name"),
        (PersonDetails(name="김", email="no address"), "IDENTITY_EMAIL_FORM", "email"),
        (PersonDetails(name="김", email="a@b.kr\x00"), "IDENTITY_EMAIL_FORM", "email"),
        (PersonDetails(name="김", phone="call me"), "IDENTITY_PHONE_FORM", "phone"),
        (PersonDetails(name="김", department="총무\n팀"), "IDENTITY_NOT_PRINTABLE", "department"),
    ],
)
async def test_details_are_checked(house: House, details: PersonDetails, code: str, field: str) -> None:
    main = await main_user(house)
    assert main.member_id is not None
    with refused(code) as refusal:
        async with house.work(main) as work:
            await update_person(work, main.member_id, details)
    assert refusal.paths == [("person", field)]


async def test_an_erased_person_is_nobody_but_what_it_did_stays(house: House) -> None:
    joined = await join(house)
    me, operator = await acting(house), await staff(house)
    with pytest.raises(NotAllowed):
        async with house.work(me) as work:
            await erase_person(work, 1)
    async with house.work(operator) as work:
        await erase_person(work, 1)
        person, member = await person_by_id(work.tx, 1), await member_by_id(work.tx, joined.member_id)
    assert person is not None and person.erased_at is not None
    assert (person.name, person.email, person.phone, person.department) == (None, None, None, None)
    assert member is not None and member.person_id == 1
    with refused("IDENTITY_PERSON_UNKNOWN"):
        async with house.work(operator) as work:
            await erase_person(work, 1)
    with refused("IDENTITY_PERSON_UNKNOWN"):
        async with house.work(me) as work:
            await update_person(work, joined.member_id, KIM)


async def test_the_audit_tells_everything_but_secrets_and_personal_data(house: House) -> None:
    operator = await staff(house)
    async with house.work(operator) as work:
        company = await register_organization(work, business_number=business_number(1), name="한빛조명")
        university = await register_organization(
            work, business_number=business_number(2), name="고려대학교", kind=OrganizationKind.UNIVERSITY
        )
        claim = await issue_claim_code(work, company.id, send_to=KIM)
        korea = await provision(work, university.id, login_id="korea", person=KIM, password_same_as_id=True)
    await join(house, claim_code=claim.code)
    entered = await sign_in(house, login_id="hanbit", password=PASSWORD, cookie=True, origin="203.0.113.7")
    with refused("IDENTITY_CREDENTIALS_WRONG"):
        await sign_in(house, login_id="hanbit", password=WRONG, origin="203.0.113.7")
    me = await acting(house)
    assert me.member_id is not None and me.organization_id is not None
    await change_password(house, me, current=PASSWORD, new=OTHER_PASSWORD, confirm=OTHER_PASSWORD)
    async with house.work(me) as work:
        made = await create_sub_user(work, me.organization_id, suffix="01", person=KIM)
        await update_person(work, me.member_id, KIM)
        await update_organization(work, me.organization_id, address="서울 중구 세종대로 39")
        again = await reset_member(work, made.member_id)
        await request_password_reset(work, login_id="hanbit", email=KIM.email)
        await sign_out_everywhere(work)
        await hand_over_main(work, made.member_id)
    await run_due(house)
    async with house.work(operator) as work:
        await deactivate_member(work, korea.member_id)
        await erase_person(work, 1)
    async with house.database.reading() as tx:
        told = str([dict(row) for row in await tx.connection.fetch("SELECT * FROM audit_event ORDER BY id")])
        codes = await tx.connection.fetch("SELECT values->>'code' AS code FROM message")
        actors = dict(
            await tx.connection.fetch("SELECT action, actor_id FROM audit_event WHERE organization_id = $1", company.id)
        )
    secrets = [PASSWORD, OTHER_PASSWORD, WRONG, claim.code, made.code, again.code, entered.token, entered.csrf]
    personal = [
        "이담당", "김새담당", "박운영", "example.kr", "1234-5678", "2222 3333", "22223333", "총무팀", "세종대로",
        "203.0.113", "argon2", "hanbit", "korea",
    ]  # fmt: skip
    for word in [*secrets, *personal, *(row["code"] for row in codes)]:
        assert word is not None and word not in told, word
    assert {"organization.claimed", "member.signed_in", "member.password_changed", "person.updated"} <= set(actors)
    assert actors["organization.claimed"] == actors["member.signed_in"] == me.member_id
