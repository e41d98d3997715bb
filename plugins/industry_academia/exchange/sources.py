"""The clauses of the exchange."""

from core.program import Source
from plugins.industry_academia.sources import BRIEFING

SCHEME = Source(BRIEFING, "마일리지 거래소 · 대학이 보유한 인프라(시설 장비 등)를 기업에게 유상 제공")
DISCOUNT = Source(
    BRIEFING, "마일리지 거래소 · 마일리지를 차감 사용하여(1 마일리지 당 1,000원 상당) 사용료의 최대 30% 할인"
)
TRANSFER = Source(BRIEFING, "마일리지 거래소 · 사용한 마일리지가 대학에 이전되는 양방향 거래체계")
PHOTOS = Source(BRIEFING, "적립신청 등록 · 증빙서류(용량 10MB 이내)")
