"""Sub-users and staff: made, limited, let in again, ended."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

import pytest

from core.actor import Actor, Role
from core.checking import Access
from core.errors import NotAllowed, Problem, Refused, Violation
from core.hookspecs import hookimpl
from core.house import House
from core.identity import (
    NewAccount,
    OrganizationKind,
    PersonDetails,
    create_staff,
    create_sub_user,
    deactivate_member,
    declared_permissions,
    hand_over_main,
    login_id_available,
    member_by_id,
    members_of,
    provision,
    register_organization,
    reset_member,
    reset_password,
    set_permissions,
)
from core.language import Text
from core.plugins import Plugins
from core.program import (
    ActivityType,
    Asset,
    Award,
    Edition,
    Past,
    Permission,
    Program,
    Source,
    SourceDocument,
    fact,
)
from tests.core.identity.scene import (
    LEE,
    OTHER_PASSWORD,
    PASSWORD,
    acting,
    actor,
    enter,
    join,
    main_user,
    refused,
    staff,
)
from tests.support.numbers import business_number

FILE_VISITS, CLOSE_BOOKS = "garden.visit.file", "garden.close"


@dataclass(frozen=True)
class Visit:
    visitors: int = fact("방문자 수", "Visitors")


def award_visit(_facts: Visit, _past: Past[Visit]) -> Award:
    return Award.to_filer(1)


GARDEN = Program(
    code="garden",
    names=Text("정원", "Garden"),
    description=Text("정원", "Garden"),
    assets=(Asset(code="leaf", names=Text("잎", "Leaf")),),
    activity_types=(
        ActivityType(
            code="visit",
            names=Text("방문", "Visit"),
            asset="leaf",
            facts=Visit,
            base_date=lambda _facts: date(2026, 1, 1),
            editions=(
                Edition(
                    effective=date(2020, 1, 1),
                    award=award_visit,
                    source=Source(SourceDocument("rules", Text("규정", "Rules")), "제1조"),
                ),
            ),
        ),
    ),
    permissions=(Permission(CLOSE_BOOKS, Text("마감", "Close the books")),),
)


@pytest.fixture
def garden(house: House) -> House:
    """The house with one program, whose permissions can be granted."""

    @hookimpl
    def register_program() -> Program:
        return GARDEN

    return replace(house, plugins=Plugins({"garden": SimpleNamespace(register_program=register_program)}))


async def sub_user(house: House, main: Actor, suffix: str = "01", permissions: tuple[str, ...] = ()) -> NewAccount:
    assert main.organization_id is not None
    async with house.work(main) as work:
        return await create_sub_user(
            work, main.organization_id, suffix=suffix, person=PersonDetails(name="김하위"), permissions=permissions
        )


async def entered(house: House, made: NewAccount, password: str = PASSWORD) -> Actor:
    """A new member, once it has set its password with its code."""
    assert made.code is not None
    await reset_password(house, login_id=made.login_id, code=made.code, new=password, confirm=password)
    return await acting(house, made.login_id, password)


async def test_a_sub_user_is_called_after_the_main_user_and_enters_with_its_code(house: House) -> None:
    main = await main_user(house, login_id="korea")
    made = await sub_user(house, main, "01")
    assert made.login_id == "korea_01" and made.code is not None and made.code not in repr(made)
    me = await entered(house, made)
    assert (me.organization_id, me.role, me.main) == (main.organization_id, Role.MEMBER, False)
    assert (await sub_user(house, main, "korea_ABC")).login_id == "korea_abc"


async def test_a_sub_user_files_what_it_was_granted_and_nothing_else(garden: House) -> None:
    main = await main_user(garden)
    me = await entered(garden, await sub_user(garden, main, permissions=(FILE_VISITS,)))
    assert me.organization_id is not None and me.member_id is not None
    me.require_permission(me.organization_id, FILE_VISITS)
    with pytest.raises(NotAllowed):
        me.require_permission(me.organization_id, CLOSE_BOOKS)
    async with garden.work(main) as work:
        await set_permissions(work, me.member_id, [CLOSE_BOOKS, CLOSE_BOOKS])
    me = await acting(garden, "hanbit_01")
    assert me.permissions == {CLOSE_BOOKS}


async def test_a_sub_user_manages_nobody(garden: House) -> None:
    main = await main_user(garden)
    me = await entered(garden, await sub_user(garden, main, permissions=(FILE_VISITS,)))
    assert me.organization_id is not None and me.member_id is not None and main.member_id is not None
    with pytest.raises(NotAllowed):
        await sub_user(garden, me, "02")
    for verb in (deactivate_member, hand_over_main, reset_member):
        for member_id in (main.member_id, me.member_id, 987_654):
            with pytest.raises(NotAllowed):
                async with garden.work(me) as work:
                    await verb(work, member_id)
    with pytest.raises(NotAllowed):
        async with garden.work(me) as work:
            await set_permissions(work, me.member_id, [FILE_VISITS, CLOSE_BOOKS])


async def test_a_stranger_manages_nobody_of_another_organization(house: House) -> None:
    ours, theirs = await main_user(house), await main_user(house, 2, "saebit")
    made = await sub_user(house, theirs)
    assert theirs.organization_id is not None
    with pytest.raises(NotAllowed):
        async with house.work(ours) as work:
            await create_sub_user(work, theirs.organization_id, suffix="99", person=LEE)
    for verb in (deactivate_member, hand_over_main, reset_member):
        with pytest.raises(NotAllowed):
            async with house.work(ours) as work:
                await verb(work, made.member_id)


async def test_an_unknown_permission_names_the_nearest_there_is(garden: House) -> None:
    of_every_program = {"garden.call", "garden.redeem"}
    assert set(declared_permissions(garden.plugins)) == {FILE_VISITS, CLOSE_BOOKS, *of_every_program}
    main = await main_user(garden)
    with refused("IDENTITY_PERMISSION_UNKNOWN") as refusal:
        await sub_user(garden, main, permissions=(CLOSE_BOOKS, "garden.visits.file"))
    assert refusal.paths == [("permissions", 1)]
    assert FILE_VISITS in refusal.violations[0].message.ko


async def test_a_main_user_may_everything_so_nothing_is_granted_to_it(garden: House) -> None:
    main = await main_user(garden)
    assert main.member_id is not None and main.holds(FILE_VISITS)
    with refused("IDENTITY_NOT_A_SUB_USER"):
        async with garden.work(main) as work:
            await set_permissions(work, main.member_id, [FILE_VISITS])


async def test_a_login_id_is_given_once_and_never_again(house: House) -> None:
    main = await main_user(house)
    made = await sub_user(house, main)
    with refused("IDENTITY_LOGIN_ID_TAKEN") as refusal:
        await sub_user(house, main)
    assert refusal.paths == [("suffix",)]
    async with house.work(main) as work:
        await deactivate_member(work, made.member_id)
    async with house.database.reading() as tx:
        assert not await login_id_available(tx, " HANBIT_01 ")
        assert await login_id_available(tx, "hanbit_02")


async def test_one_suffix_wanted_by_many_at_once_goes_to_one(house: House) -> None:
    main = await main_user(house)
    answers = await asyncio.gather(*(sub_user(house, main) for _ in range(5)), return_exceptions=True)
    assert len([answer for answer in answers if isinstance(answer, NewAccount)]) == 1
    assert all(isinstance(answer, NewAccount | Refused) for answer in answers)


@pytest.mark.parametrize("suffix", ["", "_", "01_02", "하위", "a b", "x" * 21])
async def test_a_suffix_is_letters_or_digits(house: House, suffix: str) -> None:
    with refused("IDENTITY_SUFFIX_FORM"):
        await sub_user(house, await main_user(house), suffix)


async def test_a_deactivated_member_is_out_at_once(house: House) -> None:
    main = await main_user(house)
    made = await sub_user(house, main)
    await entered(house, made)
    there = await enter(house, made.login_id)
    async with house.work(main) as work:
        await deactivate_member(work, made.member_id)
    assert await actor(house, there.token) is None
    with refused("IDENTITY_CREDENTIALS_WRONG"):
        await enter(house, made.login_id)
    with refused("IDENTITY_MEMBER_UNKNOWN"):
        async with house.work(main) as work:
            await reset_member(work, made.member_id)


async def test_nobody_deactivates_oneself(house: House) -> None:
    main, operator = await main_user(house), await staff(house)
    for who, code in [(main, "IDENTITY_MAIN_USER_STAYS"), (operator, "IDENTITY_NOT_ONESELF")]:
        assert who.member_id is not None
        with refused(code):
            async with house.work(who) as work:
                await deactivate_member(work, who.member_id)


async def test_the_main_role_is_handed_over_and_new_sub_users_are_called_as_before(house: House) -> None:
    main = await main_user(house, login_id="korea")
    made = await sub_user(house, main, "01")
    async with house.work(main) as work:
        await hand_over_main(work, made.member_id)
    assert not (await acting(house, "korea")).main
    new = await entered(house, made)
    assert new.main
    assert (await sub_user(house, new, "02")).login_id == "korea_02"
    with pytest.raises(NotAllowed):
        await sub_user(house, await acting(house, "korea"), "03")


async def test_hand_overs_at_once_leave_one_main_user(house: House) -> None:
    main = await main_user(house)
    made = [await sub_user(house, main, suffix) for suffix in ("01", "02", "03")]
    operator = await staff(house)

    async def hand(account: NewAccount) -> None:
        async with house.work(operator) as work:
            await hand_over_main(work, account.member_id)

    await asyncio.gather(*(hand(account) for account in made))
    assert main.organization_id is not None
    async with house.database.reading() as tx:
        members = await members_of(tx, main.organization_id)
    assert [member.main for member in members] == [True, False, False, False]


async def test_a_reset_by_the_main_user_ends_the_old_password_and_gives_a_code(house: House) -> None:
    main = await main_user(house)
    made = await sub_user(house, main)
    await entered(house, made)
    there = await enter(house, made.login_id)
    async with house.work(main) as work:
        again = await reset_member(work, made.member_id)
    assert await actor(house, there.token) is None
    with refused("IDENTITY_CREDENTIALS_WRONG"):
        await enter(house, made.login_id)
    await entered(house, again, OTHER_PASSWORD)


async def test_an_operator_resets_a_main_user_to_its_login_id_which_must_be_changed(house: House) -> None:
    joined = await join(house)
    async with house.work(await staff(house)) as work:
        again = await reset_member(work, joined.member_id, password_same_as_id=True)
    assert again.code is None
    assert (await enter(house, password="hanbit")).must_change_password


async def test_a_provisioned_main_user_claims_its_organization_with_its_code(house: House) -> None:
    operator = await staff(house)
    async with house.work(operator) as work:
        university = await register_organization(
            work, business_number=business_number(1), name="고려대학교", kind=OrganizationKind.UNIVERSITY
        )
        made = await provision(work, university.id, login_id="Korea", person=LEE)
    assert made.login_id == "korea"
    assert (await entered(house, made)).main
    with refused("IDENTITY_CLAIM_CODE_NEEDED"):
        await join(house, 1)
    with refused("IDENTITY_MAIN_USER_EXISTS"):
        async with house.work(operator) as work:
            await provision(work, university.id, login_id="korea2", person=LEE)


async def test_only_an_operator_provisions(house: House) -> None:
    main = await main_user(house)
    assert main.organization_id is not None
    for who in (main, await staff(house, Role.REVIEWER, "reviewer"), await staff(house, Role.AUDITOR, "auditor")):
        with pytest.raises(NotAllowed):
            async with house.work(who) as work:
                await provision(work, main.organization_id, login_id="other", person=LEE)


async def test_staff_belong_to_an_agency_have_a_role_and_work_for_programs_there_are(garden: House) -> None:
    reviewer = await staff(garden, Role.REVIEWER, "reviewer", programs=("garden",))
    assert reviewer.is_staff("garden") and not reviewer.is_staff("other")
    operator, company = await staff(garden), await join(garden)
    assert operator.organization_id is not None and reviewer.organization_id is not None

    async def hire(organization_id: int, role: Role, *programs: str) -> None:
        async with garden.work(operator) as work:
            await create_staff(work, organization_id, login_id="new_one", role=role, person=LEE, programs=programs)

    with refused("IDENTITY_NOT_AN_AGENCY"):
        await hire(company.organization_id, Role.REVIEWER)
    with refused("IDENTITY_NOT_A_STAFF_ROLE"):
        await hire(operator.organization_id, Role.MEMBER)
    with refused("IDENTITY_PROGRAM_UNKNOWN") as refusal:
        await hire(operator.organization_id, Role.REVIEWER, "gardens")
    assert "garden" in refusal.violations[0].message.en
    with pytest.raises(NotAllowed):
        async with garden.work(reviewer) as work:
            await create_staff(work, reviewer.organization_id, login_id="friend", role=Role.OPERATOR, person=LEE)


async def test_a_plugin_may_object_to_a_main_user_managing_members(house: House) -> None:
    closed = Problem("GARDEN_CLOSED", Text("마감 중입니다.", "The garden is closed."))

    @hookimpl
    def check_access(access: Access) -> Iterable[Violation]:
        return [closed.at()] if access.action == "organization.members" else []

    main = await main_user(house)
    strict = replace(house, plugins=Plugins({"strict": SimpleNamespace(check_access=check_access)}))
    with refused("GARDEN_CLOSED"):
        await sub_user(strict, main)


async def test_a_member_is_read_with_its_permissions(garden: House) -> None:
    made = await sub_user(garden, await main_user(garden), permissions=(FILE_VISITS, CLOSE_BOOKS))
    async with garden.database.reading() as tx:
        member = await member_by_id(tx, made.member_id)
    assert member is not None and member.permissions == [CLOSE_BOOKS, FILE_VISITS]
