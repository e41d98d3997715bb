"""What the list of participating institutions refuses."""

from core.errors import Problem
from core.language import Text

PROGRAM_UNKNOWN = Problem("PARTICIPANT_PROGRAM", Text("없는 사업입니다: {program}.", "There is no program {program}."))
NO_COMPANY = Problem(
    "PARTICIPANT_COMPANY",
    Text(
        "기업은 참여기관으로 등록하지 않습니다: {name}. 기관 구분을 확인하세요.",
        "{name} is a company; only institutions are listed. Check what kind of organization it is.",
    ),
)
HOMEPAGE_FORM = Problem(
    "PARTICIPANT_HOMEPAGE",
    Text(
        "홈페이지는 http:// 또는 https://로 시작하고 공백이 없는 200자 이내의 주소입니다.",
        "A homepage begins with http:// or https://, without spaces, in 200 letters at most.",
    ),
)
PARTICIPANT_NOT_FOUND = Problem("PARTICIPANT_NOT_FOUND", Text("없는 참여기관입니다.", "There is no such participant."))
END_TOO_EARLY = Problem(
    "PARTICIPANT_END",
    Text("종료일은 시작일 {since} 이후여야 합니다.", "The end is not before the beginning, {since}."),
)
