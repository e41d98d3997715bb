"""What is held on a person, and its erasure: for operators."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry
from strawberry.utils.str_converters import to_camel_case

from core.masking import PersonalKind
from core.personal import HeldOnPerson, erase_facts, held_on_person
from schema.context import Info
from schema.global_ids import key_of
from schema.mapping import to_one
from schema.mutations import Payload, mutation
from schema.nodes.activity import Activity
from schema.nodes.organization import Person
from schema.texts import PROSE


@strawberry.input(description="정보주체 · Whom to look for: all that is given must fit, however it is spelled.")
class AboutPersonInput:
    name: str | None = strawberry.field(default=None, description="성명 · The name.")
    number: str | None = strawberry.field(default=None, description="학번·사번 · The student's or staff number.")
    birth: str | None = strawberry.field(default=None, description="생년월일 · The birthday, as 1999-03-02.")
    phone: str | None = strawberry.field(default=None, description="연락처 · The telephone number.")
    email: str | None = strawberry.field(default=None, description="이메일 · The e-mail address.")
    other: str | None = strawberry.field(default=None, description="그 밖의 정보 · A fact of any other kind.")


@strawberry.type(description="보유 활동 · An activity that states something of the person.")
class HeldActivity:
    activity_id: strawberry.Private[int]
    program: str = strawberry.field(description="사업 · The program's code.")
    activity_type: str = strawberry.field(description="적립 활동 · The activity type's code.")
    filing_number: str | None = strawberry.field(description="접수번호 · Of the filing it stands in.")
    facts: list[str] = strawberry.field(description="항목 · Which personal facts it has.")
    retained_until: date | None = strawberry.field(
        description="보존기한 · The last day they must be kept; null: they may be erased."
    )
    activity: Activity | None = to_one("활동 · The activity.", local="activity_id")


@strawberry.type(description="보유 담당자 · Details of a member, or of somebody who was sent a code.")
class HeldPerson:
    person_id: strawberry.Private[int]
    person: Person | None = to_one("담당자 · The details; `erasePerson` forgets them.", local="person_id")


@strawberry.type(description="개인정보 보유 내역 · Everything held on whoever fits; 1,000 of each at most.")
class PersonalDataHeld:
    activities: list[HeldActivity] = strawberry.field(description="활동 · Activities that state something.")
    persons: list[HeldPerson] = strawberry.field(description="담당자 · Details of members.")


@strawberry.input(description="개인정보 파기 · Whose personal facts to erase, and why.")
class ErasePersonalDataInput:
    activity_ids: list[strawberry.ID] = strawberry.field(description="활동 · Which activities.")
    reason: str = strawberry.field(description="사유 · Why, e.g. 정보주체의 요구.", metadata=PROSE)


@strawberry.type(description="개인정보 파기 결과 · The activities as they stand now.")
class ErasePersonalDataPayload(Payload):
    activities: list[ErasedActivity] = strawberry.field(
        default_factory=list, description="활동 · Those whose personal facts were erased."
    )


@strawberry.type(description="파기된 활동 · An activity whose personal facts were erased.")
class ErasedActivity:
    activity_id: strawberry.Private[int]
    activity: Activity | None = to_one("활동 · The activity.", local="activity_id")


@strawberry.type
class PersonalQuery:
    """What operators look up."""

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="개인정보 열람 · What is held on a person. Operators only; each look is in the audit."
    )
    async def personal_data(
        self,
        info: Info,
        about: Annotated[AboutPersonInput, strawberry.argument(description="정보주체 · Whom to look for.")],
    ) -> PersonalDataHeld:
        given = {kind: getattr(about, kind.value) or "" for kind in PersonalKind}
        async with info.context.work() as work:
            return _shown(await held_on_person(work, given))


@strawberry.type
class PersonalMutation:
    """What operators erase."""

    @mutation("개인정보 파기 · Erase activities' personal facts; what they earned stays. Operators only.")
    async def erase_personal_data(info: Info, input: ErasePersonalDataInput) -> ErasePersonalDataPayload:
        ids = [key_of(each, "Activity", "activityIds", str(place)) for place, each in enumerate(input.activity_ids)]
        async with info.context.work() as work:
            await erase_facts(work, ids, reason=input.reason)
        return ErasePersonalDataPayload(activities=[ErasedActivity(activity_id=each) for each in dict.fromkeys(ids)])


def _shown(held: HeldOnPerson) -> PersonalDataHeld:
    return PersonalDataHeld(
        activities=[
            HeldActivity(
                activity_id=each.activity_id,
                program=each.program,
                activity_type=each.activity_type,
                filing_number=each.filing_number,
                facts=[to_camel_case(name) for name in each.facts],
                retained_until=each.retained_until,
            )
            for each in held.activities
        ],
        persons=[HeldPerson(person_id=each) for each in held.person_ids],
    )
