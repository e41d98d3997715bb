"""What is refused where personal data are concerned."""

from core.errors import Problem
from core.language import Text

RETAINED = Problem(
    "PERSONAL_RETAINED",
    Text(
        "법정 보존기간 중이라 파기할 수 없습니다. {until}까지 보존해야 합니다.",
        "It must be kept by law and cannot be erased yet: until {until}.",
    ),
)
NOTHING_HELD = Problem(
    "PERSONAL_NOTHING_HELD",
    Text(
        "이 활동에는 파기할 개인정보가 없습니다.",
        "This activity holds no personal data, or they are erased already.",
    ),
)
NOTHING_ASKED = Problem(
    "PERSONAL_NOTHING_ASKED",
    Text("찾을 사람의 정보를 하나 이상 입력하세요.", "Say at least one thing about the person to look for."),
)
REASON_MISSING = Problem(
    "PERSONAL_REASON_MISSING",
    Text("파기 사유를 적어야 합니다.", "Say why the data are erased."),
)
