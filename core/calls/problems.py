"""What calls and interests refuse."""

from core.errors import Problem
from core.language import Text

CALL_NOT_FOUND = Problem("CALL_NOT_FOUND", Text("없는 공고입니다.", "There is no such call."))
CALL_OVER = Problem(
    "CALL_OVER",
    Text(
        "{until}에 마감된 공고는 바꿀 수 없습니다. 새 공고를 내세요.",
        "The call closed at {until} and cannot be changed any more. Publish another.",
    ),
)
CALL_CANCELLED = Problem("CALL_CANCELLED", Text("취소된 공고입니다.", "The call was cancelled."))
CALL_PUBLISHED = Problem("CALL_PUBLISHED", Text("이미 게시된 공고입니다.", "The call is published already."))
CALL_DRAFT = Problem("CALL_DRAFT", Text("아직 게시되지 않은 공고입니다.", "The call is not published yet."))
CALL_OPEN = Problem(
    "CALL_OPEN",
    Text(
        "{since}에 시작된 공고의 시작 시각은 바꿀 수 없습니다.",
        "The call opened at {since}; when it opens cannot be changed any more.",
    ),
)
CLOSES_IN_THE_PAST = Problem(
    "CALL_CLOSES_IN_THE_PAST",
    Text("마감 시각 {until}이(가) 이미 지났습니다.", "The moment it closes, {until}, has passed already."),
)
BENEFIT_CLOSED = Problem(
    "CALL_BENEFIT_CLOSED",
    Text(
        "{name}은(는) {day}부터 적용되지 않는 사업입니다.",
        "{name} is no longer on offer from {day} on.",
    ),
)
NOT_AN_AGENCY = Problem(
    "CALL_NOT_AN_AGENCY",
    Text(
        "활용기관으로 등록되지 않은 기관입니다. 운영자에게 등록을 요청하세요.",
        "The organization is not registered as a using agency. Ask an operator to register it.",
    ),
)
COMPANY_AS_AGENCY = Problem(
    "CALL_COMPANY", Text("기업은 공고를 낼 수 없습니다: {name}.", "{name} is a company, and cannot publish a call.")
)
REASON_NEEDED = Problem("CALL_REASON", Text("사유를 200자 이내로 입력하세요.", "Give a reason of 200 letters at most."))
