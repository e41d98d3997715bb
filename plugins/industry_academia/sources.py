"""The document this program is taken from."""

from datetime import date

from core.language import Text
from core.program import Source, SourceDocument

BRIEFING = SourceDocument(
    code="industry_academia_briefing_2023",
    names=Text(
        "2023년 산학협력 마일리지 제도 권역별 온라인 설명회",
        "Briefing on the university-industry mileage, 2023",
    ),
    issued=date(2023, 8, 29),
)

SCHEME = Source(BRIEFING, "산학협력 마일리지란?")
BOTH_ALIKE = Source(BRIEFING, "주요 개편 사항 · 적립 방식 개선: 대학과 기업 모두 같은 규모의 마일리지를 함께 적립")
CUT_OVER = Source(BRIEFING, "주요 개편 사항 · 2022.03. 제도개편 이전에 적립된 마일리지는 모두 소멸")
FILING = Source(BRIEFING, "적립신청 등록 · 마일리지 적립신청 공문, 증빙서류(용량 10MB 이내)")
SHEETS = Source(
    BRIEFING,
    "적립신청 정보등록 방법 · 숫자는 특수기호(-, * 등)·공백 없이 숫자만, 일괄등록건수는 1000건 이하를 권장,"
    " 형식에 맞지 않는 데이터는 오류를 수정하여 다시 업로드",
)
NOT_BACKWARDS = Source(BRIEFING, "주요 문의사항 · 소급 적립은 불가능, 2022.03 이후 발생한 산학협력 활동")
WITHIN_A_YEAR = Source(BRIEFING, "적립분야별 증빙자료 · 적립기준(신청기준 1년 이내)")

SURVEY = Source(
    BRIEFING,
    "산학협력실태조사 · 조사 내용: 2023.3.1.~2024.2.29. 적립 신청, 승인 완료된 실적 반영"
    " (2월 29일까지 적립 신청 후 승인, 적립 완료)",
)
NOT_DISCLOSED = Source(
    BRIEFING,
    "산학협력실태조사 · 정보공시 실적 반영 여부: 2024년도 실태조사 결과는 당해 정보공시 실적으로 반영되지 않음",
)

CERTIFICATION = Source(BRIEFING, "2024년도 산학협력 우수기관 인증")
CERTIFIED = Source(
    BRIEFING, "2024년도 산학협력 우수기관 인증 · 대상: 산학협력 마일리지 적립 실적이 있는 기관(대학, 대학 산단은 제외)"
)
SCHEDULE = Source(
    BRIEFING,
    "2024년도 산학협력 우수기관 인증 · 추진일정: 사업공고 및 신청서 접수, 평가위원회 구성 및 평가, 운영협의체 개최,"
    " 선정결과 보고 및 승인",
)

ASKED_TRAINING = Source(BRIEFING, "주요 문의사항 · 대학생 현장실습 분야")
ASKED_COURSE = Source(BRIEFING, "주요 문의사항 · 산학협력 교육과정 분야")
ASKED_HIRE = Source(BRIEFING, "주요 문의사항 · 학생채용 분야")
ASKED_RESEARCH = Source(BRIEFING, "주요 문의사항 · 산업체 과제수행 분야")
ASKED_TRANSFER = Source(BRIEFING, "주요 문의사항 · 기술이전 분야")
ASKED_EQUIPMENT = Source(BRIEFING, "주요 문의사항 · 공용장비활용 분야")
ASKED_DONATION = Source(BRIEFING, "주요 문의사항 · 산학협력 장학금 분야")


def accrual(row: str) -> Source:
    """A row of the table of what earns how much."""
    return Source(BRIEFING, f"마일리지 적립 기준 · {row}")


def evidence(row: str) -> Source:
    """A row of the table of what proves it."""
    return Source(BRIEFING, f"적립분야별 증빙자료 · {row}")
