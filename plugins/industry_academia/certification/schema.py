"""What can be asked of certification rounds, and done with them."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from plugins.industry_academia.certification import applications, ranking, rounds, scores, selection
from plugins.industry_academia.certification.models import Decision, MeanRule
from plugins.industry_academia.certification.nodes import (
    CertificationApplication,
    CertificationAssessor,
    CertificationRound,
    CertificationScore,
    CertifiedInstitution,
)
from plugins.industry_academia.certification.problems import SCORES_INCOMPLETE
from schema import PROSE, Connection, Info, Payload, connection, key_of, mutation, to_one


@strawberry.type
class Query:
    """Rounds, applications and who is certified."""

    certification_rounds: Connection[CertificationRound] = connection("인증 회차 목록 · The rounds you may see.")
    certification_applications: Connection[CertificationApplication] = connection(
        "인증 신청 목록 · The applications you may see."
    )
    certification_scores: Connection[CertificationScore] = connection("평가 점수 목록 · The scores you may see.")
    certified_institutions: Connection[CertifiedInstitution] = connection(
        "인증기관 목록 · Who is or was certified; the public sees it too."
    )


@strawberry.type(description="인증 회차 결과 · The round as it stands now.")
class CertificationRoundPayload(Payload):
    round_id: strawberry.Private[int | None] = None
    round: CertificationRound | None = to_one("회차 · The round.", local="round_id")


@strawberry.type(description="평가위원 위촉 결과 · The committee member.")
class CertificationAssessorPayload(Payload):
    assessor_id: strawberry.Private[int | None] = None
    assessor: CertificationAssessor | None = to_one("평가위원 · The member.", local="assessor_id")


@strawberry.type(description="인증 신청 결과 · The application as it stands now.")
class CertificationApplicationPayload(Payload):
    application_id: strawberry.Private[int | None] = None
    application: CertificationApplication | None = to_one("신청 · The application.", local="application_id")


@strawberry.type(description="인증기관 결과 · The certification as it stands now.")
class CertifiedInstitutionPayload(Payload):
    certificate_id: strawberry.Private[int | None] = None
    certified: CertifiedInstitution | None = to_one("인증기관 · The certification.", local="certificate_id")


@strawberry.input(description="추진일정 · All of a round's moments and days, in Asia/Seoul, in their order.")
class CertificationDatesInput:
    opens_at: datetime = strawberry.field(description="접수 시작 · From when one applies.")
    closes_at: datetime = strawberry.field(description="접수 마감 · The first moment that is too late, e.g. 18:00.")
    evaluation_from: date = strawberry.field(description="평가 시작일 · From which day the committee scores.")
    evaluation_until: date = strawberry.field(description="평가 종료일 · Through which day no score may be missing.")
    council_on: date = strawberry.field(description="운영협의체 개최일 · From which day the council is closed.")
    approval_on: date = strawberry.field(description="승인 예정일 · From which day the selection is approved.")

    def dates(self) -> rounds.Dates:
        return rounds.Dates(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            evaluation_from=self.evaluation_from,
            evaluation_until=self.evaluation_until,
            council_on=self.council_on,
            approval_on=self.approval_on,
        )


@strawberry.input(description="평가 항목 입력 · What the committee is to score.")
class CertificationCriterionInput:
    code: str = strawberry.field(description="코드 · By which it is scored.")
    name_ko: str = strawberry.field(description="이름 · Its Korean name.")
    name_en: str = strawberry.field(description="이름(영어) · Its English name.")
    maximum: int = strawberry.field(description="배점 · The most it may be given, 1 to 1,000.")


@strawberry.input(description="회차 준비 · Everything that the call will say.")
class PrepareCertificationRoundInput:
    title: str = strawberry.field(description="회차명 · What it is called.")
    title_en: str = strawberry.field(description="회차명(영어) · What it is called in English.")
    earned_from: date = strawberry.field(description="적립 기간 첫날 · Mileage earned from this day counts.")
    earned_until: date = strawberry.field(description="적립 기간 마지막 날 · Mileage earned through this day counts.")
    dates: CertificationDatesInput = strawberry.field(description="추진일정 · Its dates.")
    places: int = strawberry.field(description="선정 규모 · How many are to be selected.")
    valid_years: int = strawberry.field(description="인증 유효기간 · For how many years.")
    quantitative_max: int = strawberry.field(description="정량 배점 · The most the quantitative score can be.")
    criteria: list[CertificationCriterionInput] = strawberry.field(
        description="평가 항목 · What the committee scores, 1 to 30."
    )
    mean: MeanRule = strawberry.field(default=MeanRule.PLAIN, description="평균 방식 · How totals become one.")
    notice: str = strawberry.field(default="", description="공고 근거 · The notice and clause of its terms.")


@strawberry.input(description="회차 지정 · One round.")
class CertificationRoundInput:
    round_id: strawberry.ID = strawberry.field(description="회차 · Which round.")

    def key(self) -> int:
        return key_of(self.round_id, "CertificationRound", "roundId")


@strawberry.input(description="일정 변경 · Other dates of a round.")
class RescheduleCertificationRoundInput:
    round_id: strawberry.ID = strawberry.field(description="회차 · Which round.")
    dates: CertificationDatesInput = strawberry.field(description="추진일정 · Its dates from now on.")


@strawberry.input(description="평가위원 위촉 · A member who is to score.")
class AppointCertificationAssessorInput:
    round_id: strawberry.ID = strawberry.field(description="회차 · In which round.")
    member_id: strawberry.ID = strawberry.field(description="사용자 · A reviewer, or a member of an organization.")


@strawberry.input(description="제출 서류 · A file that was sent, and what it is.")
class CertificationDocumentInput:
    requirement: str = strawberry.field(description="서류 코드 · `application`: 신청서, `evidence`: 정성평가 증빙.")
    token: str = strawberry.field(description="토큰 · That of the upload.")


@strawberry.input(description="인증 신청 · One's own organization's.")
class ApplyForCertificationInput:
    round_id: strawberry.ID = strawberry.field(description="회차 · In which round.")
    documents: list[CertificationDocumentInput] = strawberry.field(
        description="서류 · What it is handed in with; an application form at least."
    )


@strawberry.input(description="서류 추가 · One more document of an application.")
class AddCertificationDocumentInput:
    application_id: strawberry.ID = strawberry.field(description="신청 · Which application.")
    document: CertificationDocumentInput = strawberry.field(description="서류 · The document.")


@strawberry.input(description="신청 지정 · One application.")
class CertificationApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="신청 · Which application.")


@strawberry.input(description="항목별 점수 · What a criterion is given.")
class CertificationScoreInput:
    criterion: str = strawberry.field(description="평가 항목 코드 · Which criterion.")
    points: int = strawberry.field(description="점수 · From 0 to its maximum.")


@strawberry.input(description="평가 · One's scores of an applicant, every criterion once.")
class ScoreCertificationApplicationInput:
    application_id: strawberry.ID = strawberry.field(description="신청 · Which application.")
    scores: list[CertificationScoreInput] = strawberry.field(description="점수 · One for every criterion.")


@strawberry.input(description="심의 결정 · What the council says of an applicant.")
class RecordCertificationDecisionInput:
    application_id: strawberry.ID = strawberry.field(description="신청 · Which application.")
    decision: Decision = strawberry.field(description="결정 · Confirm or exclude.")
    reason: str = strawberry.field(default="", description="사유 · Why; an exclusion needs it.", metadata=PROSE)


@strawberry.input(description="선정결과 승인 · Approving a round's selection.")
class ApproveCertificationRoundInput:
    round_id: strawberry.ID = strawberry.field(description="회차 · Which round.")
    reference: str = strawberry.field(description="결재 문서번호 · The number of the document that was approved.")


@strawberry.input(description="인증 취소 · Revoking a certification.")
class RevokeCertificationInput:
    id: strawberry.ID = strawberry.field(description="인증기관 · Which certification.")
    reason: str = strawberry.field(description="사유 · Why.", metadata=PROSE)


@strawberry.type
class Mutation:
    """A round's steps, in their order."""

    @mutation("인증 회차 준비 · Prepare a round; staff alone see it until it is called. Operators only.")
    async def prepare_certification_round(
        info: Info, input: PrepareCertificationRoundInput
    ) -> CertificationRoundPayload:
        terms = rounds.Terms(
            title=input.title,
            title_en=input.title_en,
            earned_from=input.earned_from,
            earned_until=input.earned_until,
            places=input.places,
            valid_years=input.valid_years,
            quantitative_max=input.quantitative_max,
            mean=input.mean,
            notice=input.notice,
        )
        asked = [
            rounds.Asked(code=each.code, name_ko=each.name_ko, name_en=each.name_en, maximum=each.maximum)
            for each in input.criteria
        ]
        async with info.context.work() as work:
            made = await rounds.prepare_round(work, terms, input.dates.dates(), asked)
        return CertificationRoundPayload(round_id=made.id)

    @mutation("일정 변경 · Other dates, until a round is approved. Operators only.")
    async def reschedule_certification_round(
        info: Info, input: RescheduleCertificationRoundInput
    ) -> CertificationRoundPayload:
        key = key_of(input.round_id, "CertificationRound", "roundId")
        async with info.context.work() as work:
            await rounds.reschedule_round(work, key, input.dates.dates())
        return CertificationRoundPayload(round_id=key)

    @mutation("사업공고 · Call a round: everybody sees it, and its terms stay. Operators only.")
    async def call_certification_round(info: Info, input: CertificationRoundInput) -> CertificationRoundPayload:
        async with info.context.work() as work:
            await rounds.call_round(work, input.key())
        return CertificationRoundPayload(round_id=input.key())

    @mutation("평가위원 위촉 · Appoint a committee member of a round. Operators only.", unseen=["member_id"])
    async def appoint_certification_assessor(
        info: Info, input: AppointCertificationAssessorInput
    ) -> CertificationAssessorPayload:
        async with info.context.work() as work:
            made = await rounds.appoint_assessor(
                work,
                key_of(input.round_id, "CertificationRound", "roundId"),
                key_of(input.member_id, "Member", "memberId"),
            )
        return CertificationAssessorPayload(assessor_id=made.id)

    @mutation("인증 신청 · Apply for one's own organization; one application a round.")
    async def apply_for_certification(info: Info, input: ApplyForCertificationInput) -> CertificationApplicationPayload:
        async with info.context.work() as work:
            made = await applications.apply(
                work,
                key_of(input.round_id, "CertificationRound", "roundId"),
                [(each.requirement, each.token) for each in input.documents],
            )
        return CertificationApplicationPayload(application_id=made.id)

    @mutation("서류 추가 · One more document of one's application, until the closing moment.")
    async def add_certification_document(
        info: Info, input: AddCertificationDocumentInput
    ) -> CertificationApplicationPayload:
        key = key_of(input.application_id, "CertificationApplication", "applicationId")
        async with info.context.work() as work:
            await applications.add_document(work, key, input.document.requirement, input.document.token)
        return CertificationApplicationPayload(application_id=key)

    @mutation("신청 취소 · Withdraw one's application, until the closing moment.")
    async def withdraw_certification_application(
        info: Info, input: CertificationApplicationInput
    ) -> CertificationApplicationPayload:
        key = key_of(input.application_id, "CertificationApplication", "applicationId")
        async with info.context.work() as work:
            await applications.withdraw(work, key)
        return CertificationApplicationPayload(application_id=key)

    @mutation("평가 개시 · Applications are closed; the committee scores. Operators only.")
    async def begin_certification_evaluation(info: Info, input: CertificationRoundInput) -> CertificationRoundPayload:
        async with info.context.work() as work:
            await rounds.begin_evaluation(work, input.key())
        return CertificationRoundPayload(round_id=input.key())

    @mutation("평가 · Score an applicant, as a committee member; again replaces what was given.")
    async def score_certification_application(
        info: Info, input: ScoreCertificationApplicationInput
    ) -> CertificationApplicationPayload:
        key = key_of(input.application_id, "CertificationApplication", "applicationId")
        given = {each.criterion: each.points for each in input.scores}
        if len(given) != len(input.scores):
            raise SCORES_INCOMPLETE.refuse("scores", codes=", ".join(each.criterion for each in input.scores)[:500])
        async with info.context.work() as work:
            await scores.score(work, key, given)
        return CertificationApplicationPayload(application_id=key)

    @mutation("평가 종료 · Fix scores and ranks. Operators only.")
    async def close_certification_evaluation(info: Info, input: CertificationRoundInput) -> CertificationRoundPayload:
        async with info.context.work() as work:
            await ranking.close_evaluation(work, input.key())
        return CertificationRoundPayload(round_id=input.key())

    @mutation("심의 결정 기록 · What the council says of an applicant. Operators only.")
    async def record_certification_decision(
        info: Info, input: RecordCertificationDecisionInput
    ) -> CertificationApplicationPayload:
        key = key_of(input.application_id, "CertificationApplication", "applicationId")
        async with info.context.work() as work:
            await selection.decide(work, key, input.decision, input.reason)
        return CertificationApplicationPayload(application_id=key)

    @mutation("심의 종료 · Every applicant is decided on. Operators only.")
    async def close_certification_council(info: Info, input: CertificationRoundInput) -> CertificationRoundPayload:
        async with info.context.work() as work:
            await selection.close_council(work, input.key())
        return CertificationRoundPayload(round_id=input.key())

    @mutation("선정결과 승인 · Select, certify and publish. Operators only.")
    async def approve_certification_round(
        info: Info, input: ApproveCertificationRoundInput
    ) -> CertificationRoundPayload:
        key = key_of(input.round_id, "CertificationRound", "roundId")
        async with info.context.work() as work:
            await selection.approve_round(work, key, input.reference)
        return CertificationRoundPayload(round_id=key)

    @mutation("인증 취소 · Revoke a certification, with the reason. Operators only.")
    async def revoke_certification(info: Info, input: RevokeCertificationInput) -> CertifiedInstitutionPayload:
        key = key_of(input.id, "CertifiedInstitution", "id")
        async with info.context.work() as work:
            await selection.revoke_certificate(work, key, input.reason)
        return CertifiedInstitutionPayload(certificate_id=key)
