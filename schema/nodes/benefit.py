"""The catalogue and certificates as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
import strawberry

from core.benefits.models import BenefitRow, CertificateStatus, TermsRow
from core.benefits.models import Certificate as CertificateRow
from core.database import table_of
from core.program import EffectKind
from schema.connections import Connection
from schema.enums import described
from schema.mapping import Node, column, row_of, shows, to_many, to_one
from schema.nodes.ledger import Hold
from schema.nodes.organization import Organization
from schema.scalars import BigInt
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table, everybody

described(
    EffectKind,
    "EffectKind",
    "우대 내용 · What a benefit gives.",
    {
        "BONUS_POINTS": "가점 · Bonus points in an evaluation.",
        "LOAN_LIMIT": "융자한도 우대 · A higher loan limit, in won.",
        "FEE_DISCOUNT": "보증료 우대 · A lower fee, in percentage points.",
        "ENTITLEMENT": "기타 우대 · Something else, said in words.",
    },
)
described(
    CertificateStatus,
    "CertificateStatus",
    "확인서 상태 · Where a certificate stands.",
    {
        "ISSUED": "발급 · Its points are set aside.",
        "USED": "사용 · Its points are gone for good.",
        "RETURNED": "반환 · Its points are back in their lots.",
        "LAPSED": "기간 만료 · Returned because its validity ended.",
    },
)


def visible_certificate(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The company's members (sub-users with the permission to redeem), staff of the program, auditors."""
    if viewer.public:
        return NOBODY
    if viewer.reads_all:
        return EVERYBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    own = table.c.organization_id == viewer.organization_id
    return own if viewer.main else sa.and_(own, viewer.permitted(table.c.program + ".redeem"))


@strawberry.type(description="자격 수치 · A number an applicant declares, and below which it must lie.")
class DeclaredLimit:
    code: str = strawberry.field(description="코드 · By which it is declared.")
    name_ko: str = strawberry.field(description="이름(한국어) · Its Korean name.")
    name_en: str = strawberry.field(description="이름(영어) · Its English name.")
    below: Decimal = strawberry.field(description="미만 · It must be less than this.")


@shows(table_of(TermsRow), visible=everybody, also=("figures",), order=("effective",), descending=True)
@strawberry.type(description="적용 기준 · What a benefit costs and gives from a day on.")
class BenefitTerms(Node):
    effective: date = column("시행일 · From which day.", filterable=True, sortable=True)
    unit: BigInt = column("단위 · Points for one unit; only multiples convert.", filterable=True)
    effect: EffectKind = column("우대 내용 · What it gives.", filterable=True)
    per_unit: Decimal = column("단위당 · Bonus points, or percentage points, for each unit.")
    max_units: BigInt | None = column("최대 단위 · The most units; null: as the caps allow.")
    row_max_points: BigInt | None = column("최대 가점 · The most bonus points mileage can give here.")
    program_bonus_cap: BigInt | None = column("사업별 최대 가점 · The most bonus points in all, from whatever source.")
    over_cap_points: BigInt | None = column("한도 외 추가 · How far mileage may go beyond that.")
    loan_from_won: BigInt | None = column("융자한도(전) · The usual loan limit, in won.")
    loan_to_won: BigInt | None = column("융자한도(후) · The raised one, in won.")
    words_ko: str | None = column("설명(한국어) · In words.")
    words_en: str | None = column("설명(영어) · In English words.")
    valid_days: BigInt = column("확인서 유효일수 · How many days a certificate is good for.")
    source_document: str = column("근거 문서 · The regulation or notice.")
    source_clause: str = column("근거 조항 · The clause in it.")

    @strawberry.field(description="자격 수치 · What must be declared, and below which limit.")  # type: ignore[untyped-decorator]
    def declared_limits(self) -> list[DeclaredLimit]:
        figures: list[dict[str, Any]] = row_of(self)["figures"]
        return [
            DeclaredLimit(code=each["code"], name_ko=each["ko"], name_en=each["en"], below=Decimal(each["below"]))
            for each in figures
        ]


@shows(table_of(BenefitRow), visible=everybody, order=("position",))
@strawberry.type(description="적용사업 · Something points buy.")
class Benefit(Node):
    program: str = column("사업 · The program's code.", filterable=True)
    code: str = column("코드 · Its code in the program.", filterable=True)
    asset: str = column("단위 · The asset it costs.", filterable=True)
    name_ko: str = column("이름 · Its Korean name.", filterable=True)
    name_en: str = column("이름(영어) · Its English name.", filterable=True)
    category_ko: str = column("구분 · Its group.", filterable=True)
    category_en: str = column("구분(영어) · Its group, in English.", filterable=True)
    description_ko: str = column("지원내용 · What it is about.")
    description_en: str = column("지원내용(영어) · What it is about, in English.")
    position: BigInt = column("순서 · Its place in the catalogue.", sortable=True)
    opened_on: date = column("시작일 · From which day it is on offer.", filterable=True)
    closed_on: date | None = column("종료일 · From which day it no longer is.", filterable=True)
    terms: Connection[BenefitTerms] = to_many("적용 기준 · Its terms, the newest first.", remote="benefit_id")


@shows(table_of(CertificateRow), visible=visible_certificate, descending=True)
@strawberry.type(description="확인서 · One company's points set aside for one benefit in one round.")
class Certificate(Node):
    number: str = column("문서확인번호 · By which anybody can check it.", filterable=True)
    program: str = column("사업 · The program's code.", filterable=True)
    round: str = column("회차 · The round of the supported program.", filterable=True)
    status: CertificateStatus = column("상태 · Where it stands.", filterable=True)
    units: BigInt = column("단위 수 · How many units were converted.")
    points: BigInt = column("사용 마일리지 · How many points it sets aside.", filterable=True, sortable=True)
    effect_amount: Decimal = column("우대 크기 · Bonus points, percentage points, or the raised limit in won.")
    existing_points: BigInt | None = column("기존 가점 · The bonus points there were before, as stated.")
    issued_on: date = column("발급일 · When it was issued.", filterable=True, sortable=True)
    valid_until: date = column("유효기간 · The last day it is good for.", filterable=True, sortable=True)
    settled_at: datetime | None = column("처리 시각 · When it was used, returned or lapsed.", filterable=True)
    settled_reason: str | None = column("처리 사유 · Why.")
    organization: Organization | None = to_one("기업 · Whose it is.", local="organization_id")
    benefit: Benefit | None = to_one("적용사업 · What for.", local="benefit_id")
    terms: BenefitTerms | None = to_one("적용 기준 · The terms it was decided by.", local="terms_id")
    hold: Hold | None = to_one("예약 · What sets its points aside, lot by lot.", local="hold_id")

    pdf_path: str = column(
        "PDF 주소 · Where its PDF is, below the server's address; sign-in is needed.",
        sql=lambda t: sa.literal_column("'/documents/certificates/'", sa.Text) + t.c.number + ".pdf",
    )
    verify_path: str = column(
        "확인 주소 · Where anybody can check it, below the server's address.",
        sql=lambda t: sa.literal_column("'/verify/'", sa.Text) + t.c.number,
    )
