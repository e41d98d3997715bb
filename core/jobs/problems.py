"""What the jobs' verbs object to."""

from core.errors import Problem
from core.language import Text

JOB_NOT_FOUND = Problem("JOB_NOT_FOUND", Text("없는 작업입니다.", "There is no such job."))
JOB_NOT_DEAD = Problem(
    "JOB_NOT_DEAD",
    Text(
        "중단된 작업만 다시 시도할 수 있습니다. 이 작업의 상태는 {state}입니다.",
        "Only a dead job is tried again; this one is {state}.",
    ),
)
JOB_UNDER_WAY = Problem(
    "JOB_UNDER_WAY",
    Text(
        "같은 정기 작업이 이미 대기 중이거나 실행 중이므로 다시 시도할 필요가 없습니다.",
        "A later run of this periodic job is queued or running already, so there is nothing to try again.",
    ),
)
JOBS_WAITING = Problem(
    "JOBS_WAITING",
    Text(
        "{kind} 작업은 한 사람이 {most}건까지 대기시킬 수 있습니다. 먼저 요청한 작업이 끝난 뒤 다시 요청하세요.",
        "One member may have {most} jobs of this kind waiting ({kind}). Ask again when an earlier one is done.",
    ),
)
