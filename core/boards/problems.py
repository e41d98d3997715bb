"""What boards refuse."""

from core.errors import Problem
from core.language import Text

PROGRAM_UNKNOWN = Problem("POST_PROGRAM", Text("없는 사업입니다: {program}.", "There is no program {program}."))
POST_NOT_FOUND = Problem("POST_NOT_FOUND", Text("없는 게시물입니다.", "There is no such post."))
POST_WITHDRAWN = Problem(
    "POST_WITHDRAWN", Text("이미 내린 게시물입니다. 새로 게시하세요.", "The post was withdrawn. Publish another.")
)
KINDS_OF_MEMBERS = Problem(
    "POST_KINDS",
    Text(
        "기관 구분은 로그인한 기관에 공개할 때만 지정합니다.",
        "Kinds of organizations are for posts that only members see.",
    ),
)
