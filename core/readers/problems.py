"""What is said of a file that a reader could not read to its end."""

from core.errors import Problem
from core.language import Text

READER_ENDED = Problem(
    "READER_ENDED",
    Text(
        "이 파일을 읽던 프로세스가 중단되어 파일을 받지 않았습니다. 저장된 것이 없습니다. "
        "엑셀 등에서 열어 새 파일로 저장한 뒤 다시 보내세요.",
        "The process that was reading this file was stopped by it, so the file was refused and nothing was stored. "
        "Open it in Excel or the like, save it as a new file, and send that.",
    ),
)
READER_SLOW = Problem(
    "READER_SLOW",
    Text(
        "이 파일을 읽는 데 허용된 시간({seconds}초)을 넘어 파일을 받지 않았습니다. 여러 파일로 나누어 보내세요.",
        "Reading this file took more than the {seconds} seconds allowed, so it was refused. Split it into several "
        "files.",
    ),
)
READER_MEMORY = Problem(
    "READER_MEMORY",
    Text(
        "이 파일을 읽는 데 허용된 메모리({megabytes}MB)로는 부족하여 파일을 받지 않았습니다. "
        "쓰지 않는 시트와 서식을 지우거나 여러 파일로 나누어 보내세요.",
        "Reading this file needs more than the {megabytes} MB of memory allowed, so it was refused. Remove unused "
        "sheets and formatting, or split it into several files.",
    ),
)
READER_BUSY = Problem(
    "READER_BUSY",
    Text(
        "지금 읽고 있는 파일이 많습니다. 잠시 뒤 다시 보내세요.",
        "Too many files are being read at the moment. Send it again in a while.",
    ),
)
