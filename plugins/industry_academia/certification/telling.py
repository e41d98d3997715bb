"""What applicants are told, at every step, in words of the program's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.language import Text
from core.messages import Template, main_users, queue_messages, tell_organization
from core.work import Work
from plugins.industry_academia.certification.models import Application, Certified, Round, RoundStatus
from plugins.industry_academia.certification.queries import applicants_of, told

NAME = "industry_academia.certification_"
STAGES = {
    RoundStatus.EVALUATING: Text("평가위원회 평가가 시작되었습니다", "the committee has begun to score"),
    RoundStatus.EVALUATED: Text(
        "평가가 끝나 운영협의체 심의를 기다립니다", "scoring is over; the council will deliberate"
    ),
    RoundStatus.DELIBERATED: Text(
        "운영협의체 심의가 끝나 승인을 기다립니다", "the council has deliberated; the approval is awaited"
    ),
}
TEMPLATES: Mapping[str, Template] = {
    f"{NAME}applied": Template(
        Text("{round}: 신청이 접수되었습니다", "{round}: your application is in"),
        Text(
            "{organization}의 {round} 신청이 {at}에 접수되었습니다. {closes}까지 취소할 수 있습니다.",
            "The application of {organization} for {round} came in at {at}. It can be withdrawn until {closes}.",
        ),
    ),
    f"{NAME}withdrawn": Template(
        Text("{round}: 신청이 취소되었습니다", "{round}: your application is withdrawn"),
        Text(
            "{organization}의 {round} 신청이 {at}에 취소되었습니다. {closes}까지 다시 신청할 수 있습니다.",
            "The application of {organization} for {round} was withdrawn at {at}. You may apply again until {closes}.",
        ),
    ),
    f"{NAME}stage": Template(
        Text("{round}: {stage}", "{round}: {stage}"),
        Text(
            "{organization}이(가) 신청한 {round}: {stage}. 결과는 승인 후에 알려 드립니다.",
            "{round}, for which {organization} has applied: {stage}. The outcome is told once it is approved.",
        ),
    ),
    f"{NAME}decided": Template(
        Text("{round} 결과: {outcome}", "{round}: {outcome}"),
        Text(
            "{organization}의 {round} 결과는 {outcome}입니다. 점수와 순위, 사유는 신청내역에서 확인할 수 있습니다.",
            "The outcome of {round} for {organization}: {outcome}. Scores, rank and reason stand with the application.",
        ),
    ),
    f"{NAME}revoked": Template(
        Text("{round}: 인증이 취소되었습니다", "{round}: the certification is revoked"),
        Text(
            "{organization}의 인증({number})이 취소되었습니다.\n\n사유: {reason}",
            "The certification of {organization} ({number}) is revoked.\n\nReason: {reason}",
        ),
    ),
}
SELECTED = Text("선정", "selected")
NOT_SELECTED = Text("미선정", "not selected")


async def tell_of_application(work: Work, found: Round, row: Application, name: str, what: str) -> None:
    """`what` is `applied` or `withdrawn`; to whoever applied."""
    values = {
        "round": _title(found),
        "organization": name,
        "at": told(work.now),
        "closes": told(found.closes_at),
    }
    await tell_organization(work, row.organization_id, f"{NAME}{what}", values, member_id=row.applied_by)


async def tell_of_stage(work: Work, found: Round, status: RoundStatus) -> None:
    """To the main user of every applicant, set-based."""
    stage = _both(STAGES[status])
    told_to = [(each, {**_whose(found, name), "stage": stage}) for each, name in await _all(work, found)]
    await _tell_all(work, "stage", told_to)


async def tell_of_outcome(work: Work, found: Round, selected: frozenset[int]) -> None:
    """To the main user of every applicant, whether it is `selected` (by organization)."""
    told_to = [
        (each, {**_whose(found, name), "outcome": _both(SELECTED if each in selected else NOT_SELECTED)})
        for each, name in await _all(work, found)
    ]
    await _tell_all(work, "decided", told_to)


async def tell_of_revocation(work: Work, found: Round, row: Certified, reason: str) -> None:
    values = {**_whose(found, row.organization_name), "number": row.number, "reason": reason}
    await tell_organization(work, row.organization_id, f"{NAME}revoked", values)


async def _all(work: Work, found: Round) -> list[tuple[int, str]]:
    return list((await applicants_of(work.tx, found.id)).values())


async def _tell_all(work: Work, what: str, to: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    people = await main_users(work.tx, [each for each, _ in to])
    await queue_messages(work, f"{NAME}{what}", [(people[each], values) for each, values in to if each in people])


def _whose(found: Round, name: str) -> dict[str, object]:
    return {"round": _title(found), "organization": name}


def _title(found: Round) -> dict[str, str]:
    return {"ko": found.title, "en": found.title_en}


def _both(text: Text) -> dict[str, str]:
    return {"ko": text.ko, "en": text.en}
