"""인증서: the page, who may have it, and what anybody may learn of its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.actor import Role
from core.database import Transaction
from core.documents import SAMPLE_QR, DocumentView, VerificationState, qr_svg
from core.language import Text
from core.parts import Form, Verifiable
from core.work import Work
from plugins.industry_academia.certification.permissions import APPLY
from plugins.industry_academia.program import CODE, PROGRAM

NAMES = Text("산학협력 우수기관 인증서", "Certificate of Excellence in University-Industry Cooperation")

_FOUND = """
SELECT c.*, o.business_number, r.title, r.title_en FROM ia_certification_certificate c
JOIN organization o ON o.id = c.organization_id JOIN ia_certification_round r ON r.id = c.round_id
WHERE c.number = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcellencePage:
    """What stands on the certificate."""

    number: str
    organization: str
    business_number: str  # ten digits, grouped as they are printed
    round: Text
    valid_from: date
    valid_until: date  # the last day it holds
    issuer: Text
    verify_url: str
    qr: str  # the same address, as an SVG drawing


async def load(work: Work, key: str) -> ExcellencePage | None:
    """The certificate of this number, for its organization, staff and auditors; None once it is revoked."""
    actor = work.actor
    actor.require_ready()
    row = await work.tx.connection.fetchrow(_FOUND, key)
    if row is None or row["revoked_at"] is not None:
        return None
    own = actor.acts_for(row["organization_id"]) and actor.holds(APPLY.code)
    if not (own or actor.is_staff(CODE) or actor.role is Role.AUDITOR):
        return None
    url = f"{work.base_url}/verify/{row['number']}"
    digits = row["business_number"]
    return ExcellencePage(
        number=row["number"],
        organization=row["organization_name"],
        business_number=f"{digits[:3]}-{digits[3:5]}-{digits[5:]}",
        round=Text(row["title"], row["title_en"]),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        issuer=PROGRAM.issuer or PROGRAM.names,
        verify_url=url,
        qr=qr_svg(url),
    )


async def find(tx: Transaction, number: str, today: date) -> DocumentView | None:
    """Whom it certifies, for what, until when, and whether it still holds."""
    row = await tx.connection.fetchrow(_FOUND, number)
    if row is None:
        return None
    state = VerificationState.VALID
    if row["revoked_at"] is not None:
        state = VerificationState.REVOKED
    elif today > row["valid_until"]:
        state = VerificationState.LAPSED
    return DocumentView(
        number=row["number"],
        document=NAMES,
        state=state,
        facts=(
            (Text("기관명", "Institution"), Text(row["organization_name"], row["organization_name"])),
            (Text("제도", "Program"), PROGRAM.names),
            (Text("회차", "Round"), Text(row["title"], row["title_en"])),
            (Text("인증일", "Certified on"), _day(row["valid_from"])),
            (Text("유효기간", "Valid until"), _day(row["valid_until"])),
        ),
    )


def _day(day: date) -> Text:
    return Text(f"{day.year}년 {day.month}월 {day.day}일", day.isoformat())


FORM = Form(
    code="certification",
    names=NAMES,
    folder=Path(__file__).parent / "certificate",
    sample=ExcellencePage(
        number="2024-0000-0000-0000",
        organization="협력테크(주)",
        business_number="000-90-00049",
        round=Text("2024년도 산학협력 우수기관 인증", "Certification of excellent institutions, 2024"),
        valid_from=date(2024, 3, 29),
        valid_until=date(2026, 3, 28),
        issuer=Text("대한상공회의소", "Korea Chamber of Commerce and Industry"),
        verify_url="http://127.0.0.1:8000/verify/2024-0000-0000-0000",
        qr=SAMPLE_QR,
    ),
    load=load,
)
VERIFIABLE = Verifiable(code="certification", names=NAMES, find=find)
