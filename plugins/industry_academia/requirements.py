"""What proves each activity (적립분야별 증빙자료): the official letter, then the documents of its row."""

from __future__ import annotations

from core.language import Text
from core.program import Source
from core.requirement import Requirement
from plugins.industry_academia import sources
from plugins.industry_academia.tables import FILE_BYTES


def _needed(code: str, ko: str, en: str, source: Source) -> Requirement:
    return Requirement(code=code, names=Text(ko, en), max_bytes=FILE_BYTES, source=source)


LETTER = _needed("official_letter", "마일리지 적립신청 공문", "official letter of application", sources.FILING)

_TRAINING = sources.evidence("현장실습")
_COURSE = sources.evidence("산학협력 교육과정")
_HIRE = sources.evidence("학생채용")
_RESEARCH = sources.evidence("산업체 과제수행")
_TRANSFER = sources.evidence("기술이전")
_EQUIPMENT = sources.evidence("공용장비사용")
_DONATION = sources.evidence("산학협력 장학금, 발전기금")

TRAINING = (
    LETTER,
    _needed(
        "training_agreement",
        "표준 현장실습학기제 협약서(실습기관명, 실습기간, 급여, 산재보험 가입 등)",
        "agreement of the standard field-training semester",
        _TRAINING,
    ),
)
COURSE = (
    LETTER,
    _needed("course_agreement", "대학-산업체 간 교육과정 협약서", "agreement on the course", _COURSE),
    _needed(
        "cost_proof",
        "산업체 경비부담 영수증, 대학에 입금된 교육비 통장 내역, 공문서 등",
        "receipt, bank statement or letter on what the company paid",
        _COURSE,
    ),
)
HIRE = (
    LETTER,
    _needed("activity_proof", "산학협력 교육과정 증빙", "proof of the cooperation activity", _HIRE),
    _needed("insurance_proof", "4대 보험 확인서", "confirmation of the four social insurances", _HIRE),
)
RESEARCH = (
    LETTER,
    _needed("research_agreement", "산업체-대학 연구협약서", "research agreement", _RESEARCH),
    _needed("deposit_proof", "산업체 연구비 입금 내역(입금된 통장 사본)", "bank statement of the deposit", _RESEARCH),
)
TRANSFER = (
    LETTER,
    _needed("transfer_contract", "기술이전 계약서", "contract of the transfer", _TRANSFER),
    _needed("deposit_proof", "기술이전비 입금 내역(입금된 통장사본)", "bank statement of the deposit", _TRANSFER),
)
EQUIPMENT = (
    LETTER,
    _needed("use_contract", "공용장비사용 계약서", "contract on the use of equipment", _EQUIPMENT),
    _needed(
        "deposit_proof",
        "사용료 입금 내역(입금 통장사본 또는 영수증)",
        "bank statement of the deposit, or receipt",
        _EQUIPMENT,
    ),
)
DONATION = (
    LETTER,
    _needed("donation_receipt", "장학금 및 발전기금 영수증", "receipt for the donation", _DONATION),
    _needed("deposit_proof", "장학금 및 발전기금 입금내역 등", "statement of the deposit", _DONATION),
)
