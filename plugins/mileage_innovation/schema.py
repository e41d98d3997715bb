"""What this program adds to the API: its registry, and taking a roster in."""

from __future__ import annotations

from datetime import date

import strawberry
from strawberry.file_uploads import Upload

from core.database import table_of
from plugins.mileage_innovation import models, service
from plugins.mileage_innovation.completions import RosterRefused, import_completions
from plugins.mileage_innovation.jobs import queue_import
from schema import (
    BigInt,
    Connection,
    Info,
    Node,
    Payload,
    column,
    connection,
    everybody,
    key_of,
    mutation,
    shows,
    to_many,
    to_one,
    user_error,
)
from schema.cells import MOST_CELLS, MOST_ERRORS, CellError, cell_error
from schema.nodes import Filing, Job, Organization


@shows(table_of(models.EligibleCourse), visible=everybody, order=("name",))
@strawberry.type(description="적용대상 교육과정 · A course that earns mileage.")
class EligibleCourse(Node):
    name: str = column("과정명 · What it is called.", filterable=True, sortable=True)
    since: date = column("적용일 · From which day of completion.", filterable=True)
    until: date | None = column("종료일 · Before which day; null: open-ended.", filterable=True)


@shows(table_of(models.TrainingProvider), visible=everybody)
@strawberry.type(description="적용대상 교육기관 · A training centre whose courses earn mileage.")
class TrainingProvider(Node):
    since: date = column("적용일 · From which day of completion.", filterable=True, sortable=True)
    until: date | None = column("종료일 · Before which day; null: open-ended.", filterable=True)
    all_courses: bool = column("전 과정 적용 · Whether every course of it counts.", filterable=True)
    organization: Organization | None = to_one("기관 · Which organization.", local="organization_id")
    courses: Connection[EligibleCourse] = to_many("교육과정 · Which courses count, if not all.", remote="provider_id")


@shows(table_of(models.InnovationKind), visible=everybody, order=("code",))
@strawberry.type(description="경영혁신 활동 유형 · A kind of innovation activity that staff grant mileage for.")
class InnovationKind(Node):
    code: str = column("코드 · Its code.", filterable=True, sortable=True)
    name_ko: str = column("이름 · Its Korean name.", filterable=True)
    name_en: str = column("이름(영어) · Its English name.", filterable=True)
    max_points: BigInt = column("최대 마일리지 · The most one activity of it may be granted.")
    since: date = column("적용일 · From which day.", filterable=True)
    until: date | None = column("종료일 · Before which day; null: open-ended.", filterable=True)


@strawberry.type
class Query:
    """What can be asked of the registry."""

    training_providers: Connection[TrainingProvider] = connection("적용대상 교육기관 목록 · Eligible training centres.")
    innovation_kinds: Connection[InnovationKind] = connection("경영혁신 활동 유형 목록 · Kinds of innovation activity.")


@strawberry.type(description="이수 통보 결과 · What became of a roster.")
class ImportCompletionsPayload(Payload):
    already: bool = strawberry.field(
        default=False, description="기등록 여부 · Whether the same content was on record, so that nothing changed."
    )
    rows: int = strawberry.field(default=0, description="행 수 · How many rows it has.")
    companies: int = strawberry.field(default=0, description="기업 수 · How many companies are in it.")
    points: BigInt = strawberry.field(default=BigInt(0), description="마일리지 · How much it earned in all.")
    cells: list[CellError] = strawberry.field(
        default_factory=list, description="셀 오류 · Every bad cell; when there is one, nothing was stored."
    )
    cell_count: int = strawberry.field(
        default=0, description="셀 오류 수 · How many bad cells there are; `cells` tells the first 1,000, `errors` 20."
    )
    filing_id: strawberry.Private[int | None] = None
    filing: Filing | None = to_one("적립신청 · The filing it became.", local="filing_id")


@strawberry.type(description="이수 통보 예약 결과 · The job that takes the roster in.")
class QueueCompletionsImportPayload(Payload):
    job_id: strawberry.Private[int | None] = None
    job: Job | None = to_one("작업 · How far it is; its `result` is the filing, or the bad cells.", local="job_id")


@strawberry.input(description="이수 통보 · A training centre's roster of completions.")
class ImportCompletionsInput:
    file: Upload = strawberry.field(
        description="파일 · The roster as .xlsx or .xls, sent by the GraphQL multipart request specification."
    )
    provider_business_number: str = strawberry.field(
        description="교육기관 사업자등록번호 · Whose roster, with or without dashes."
    )


@strawberry.type(description="교육기관 등록 결과 · The provider as it stands now.")
class TrainingProviderPayload(Payload):
    provider_id: strawberry.Private[int | None] = None
    provider: TrainingProvider | None = to_one("교육기관 · The provider.", local="provider_id")


@strawberry.input(description="교육기관 등록 · Whose courses count from a day on.")
class RegisterTrainingProviderInput:
    organization_id: strawberry.ID = strawberry.field(description="기관 · Which organization.")
    since: date = strawberry.field(description="적용일 · From which day of completion.")
    until: date | None = strawberry.field(default=None, description="종료일 · Before which day.")
    courses: list[str] | None = strawberry.field(
        default=None, description="과정명 · Which courses count; null: all of them."
    )


@strawberry.input(description="교육과정 등록 · One more course that counts.")
class AddEligibleCourseInput:
    provider_id: strawberry.ID = strawberry.field(description="교육기관 · Of which provider.")
    name: str = strawberry.field(description="과정명 · What it is called.")
    since: date = strawberry.field(description="적용일 · From which day of completion.")
    until: date | None = strawberry.field(default=None, description="종료일 · Before which day.")


@strawberry.type(description="활동 유형 등록 결과 · The kind as it stands now.")
class InnovationKindPayload(Payload):
    kind_id: strawberry.Private[int | None] = None
    kind: InnovationKind | None = to_one("활동 유형 · The kind.", local="kind_id")


@strawberry.input(description="활동 유형 등록 · A kind of innovation activity.")
class DefineInnovationKindInput:
    code: str = strawberry.field(description="코드 · Its code.")
    name_ko: str = strawberry.field(description="이름 · Its Korean name.")
    name_en: str = strawberry.field(description="이름(영어) · Its English name.")
    max_points: BigInt = strawberry.field(description="최대 마일리지 · The most one activity of it may be granted.")
    since: date = strawberry.field(description="적용일 · From which day.")
    until: date | None = strawberry.field(default=None, description="종료일 · Before which day.")


@strawberry.type
class Mutation:
    """What can be done with the registry, and with rosters."""

    @mutation(
        "이수 통보 · Take a roster in: all of it is credited, or every bad cell is answered and none of it is stored."
    )
    async def import_completions(info: Info, input: ImportCompletionsInput) -> ImportCompletionsPayload:
        context = info.context
        context.actor.require_ready()
        content: bytes = getattr(input.file, "content")  # noqa: B009 - the scalar has no type of its own
        try:
            imported = await import_completions(
                context.house,
                context.actor,
                content,
                provider_number=input.provider_business_number,
                request_id=context.request_id,
            )
        except RosterRefused as refused:
            return ImportCompletionsPayload(
                errors=[user_error(each, context.language) for each in refused.violations[:MOST_ERRORS]],
                cells=[cell_error(each, context) for each in refused.cells[:MOST_CELLS]],
                cell_count=len(refused.cells),
            )
        return ImportCompletionsPayload(
            already=imported.already,
            rows=imported.rows,
            companies=imported.companies,
            points=BigInt(imported.points),
            filing_id=imported.filing_id,
        )

    @mutation(
        "이수 통보 예약 · Take a large roster in apart from the request: the job tells how far it is, and its `result`"
        " the filing, or the bad cells."
    )
    async def queue_completions_import(info: Info, input: ImportCompletionsInput) -> QueueCompletionsImportPayload:
        content: bytes = getattr(input.file, "content")  # noqa: B009 - the scalar has no type of its own
        async with info.context.work() as work:
            work.actor.require_ready()
            job_id = await queue_import(work, content, provider_number=input.provider_business_number)
        return QueueCompletionsImportPayload(job_id=job_id)

    @mutation("교육기관 등록 · Register a training centre, or change since when its courses count. Operators only.")
    async def register_training_provider(info: Info, input: RegisterTrainingProviderInput) -> TrainingProviderPayload:
        async with info.context.work() as work:
            row = await service.register_provider(
                work,
                key_of(input.organization_id, "Organization", "organizationId"),
                since=input.since,
                until=input.until,
                courses=input.courses,
            )
        return TrainingProviderPayload(provider_id=row.id)

    @mutation("교육과정 등록 · Add a course that counts, for a provider of which not all do. Operators only.")
    async def add_eligible_course(info: Info, input: AddEligibleCourseInput) -> TrainingProviderPayload:
        provider_id = key_of(input.provider_id, "TrainingProvider", "providerId")
        async with info.context.work() as work:
            await service.add_course(work, provider_id, input.name, since=input.since, until=input.until)
        return TrainingProviderPayload(provider_id=provider_id)

    @mutation("활동 유형 등록 · Define a kind of innovation activity. Operators only.")
    async def define_innovation_kind(info: Info, input: DefineInnovationKindInput) -> InnovationKindPayload:
        async with info.context.work() as work:
            row = await service.define_kind(
                work,
                code=input.code,
                name_ko=input.name_ko,
                name_en=input.name_en,
                max_points=input.max_points,
                since=input.since,
                until=input.until,
            )
        return InnovationKindPayload(kind_id=row.id)
