"""What a document is refused for, on its way in and where it is attached."""

from core.errors import Problem
from core.language import Text

# The file

NAME = Problem(
    "DOCUMENT_NAME",
    Text(
        "파일 이름으로 쓸 수 없습니다: {why}. 이름을 바꾸어 다시 올리세요.",
        "This is no name for a file: {why}. Rename it and send it again.",
    ),
)
TYPE = Problem(
    "DOCUMENT_TYPE",
    Text(
        "올릴 수 없는 형식입니다. 가능한 형식: {types}.",
        "Files of this type are not taken. Send one of: {types}.",
    ),
)
LIES = Problem(
    "DOCUMENT_NOT_ITS_TYPE",
    Text(
        "파일의 내용이 이름의 형식({stated})과 다릅니다({found}). 원본 프로그램에서 다시 저장하여 올리세요.",
        "The content is not what the name says: {stated} is named, {found} is inside. Save it again from the program it"
        " was made with.",
    ),
)
TOO_LARGE = Problem(
    "DOCUMENT_TOO_LARGE",
    Text(
        "파일이 {most}바이트를 넘습니다. 나누거나 줄여서 올리세요.",
        "The file is larger than {most} bytes. Split it or make it smaller.",
    ),
)
EMPTY = Problem("DOCUMENT_EMPTY", Text("빈 파일입니다.", "The file is empty."))
SIZE = Problem(
    "DOCUMENT_SIZE",
    Text(
        "{stated}바이트라고 했으나 {came}바이트가 왔습니다. 같은 주소로 다시 보내세요.",
        "{stated} bytes were announced, {came} came. Send it again to the same address.",
    ),
)
DIGEST = Problem(
    "DOCUMENT_DIGEST",
    Text(
        "SHA-256이 알려 준 것과 다릅니다. 전송 중에 바뀌었으니 같은 주소로 다시 보내세요.",
        "The SHA-256 is not the one announced: the file changed on its way. Send it again to the same address.",
    ),
)
DIGEST_FORM = Problem(
    "DOCUMENT_DIGEST_FORM",
    Text("SHA-256은 0-9, a-f 64자입니다.", "A SHA-256 is 64 letters of 0-9 and a-f."),
)
INFLATES = Problem(
    "DOCUMENT_INFLATES",
    Text(
        "압축을 풀면 {most}바이트 또는 파일 {files}개를 넘습니다. 나누어 올리세요.",
        "Unpacked, it is more than {most} bytes or {files} files. Split it.",
    ),
)
NESTED = Problem(
    "DOCUMENT_NESTED",
    Text(
        "압축 파일 안의 압축 파일이 {most}단계를 넘습니다. 풀어서 올리세요.",
        "Archives lie within archives more than {most} deep. Unpack them first.",
    ),
)
ENCRYPTED = Problem(
    "DOCUMENT_ENCRYPTED",
    Text("암호가 걸린 압축 파일입니다. 암호를 풀어서 올리세요.", "The archive has a password. Send it without one."),
)
UNREADABLE = Problem(
    "DOCUMENT_UNREADABLE",
    Text(
        "파일이 손상되었거나 읽을 수 없는 방식으로 압축되었습니다. 다시 저장하여 올리세요.",
        "The file is damaged, or packed in a way that cannot be read. Save it again.",
    ),
)

# The upload

UPLOAD_UNKNOWN = Problem(
    "DOCUMENT_UPLOAD_UNKNOWN",
    Text("그런 올리기 주소가 없습니다. 새로 요청하세요.", "There is no such address to send to. Request a new one."),
)
UPLOAD_EXPIRED = Problem(
    "DOCUMENT_UPLOAD_EXPIRED",
    Text(
        "올리기 주소의 유효시간이 {until}에 지났습니다. 새로 요청하여 처음부터 보내세요.",
        "The address was good until {until}. Request a new one and send the file from its beginning.",
    ),
)
UPLOAD_BUSY = Problem(
    "DOCUMENT_UPLOAD_BUSY",
    Text(
        "같은 주소로 파일이 이미 올라오는 중입니다. 끝난 뒤 다시 보내세요.",
        "A file is being sent to this address already. Wait for it to end.",
    ),
)
UPLOAD_DONE = Problem(
    "DOCUMENT_UPLOAD_DONE",
    Text(
        "이 주소로는 이미 올렸습니다. 첨부하거나 새로 요청하세요.",
        "This address has its file. Attach it, or request another.",
    ),
)
UPLOAD_STALLED = Problem(
    "DOCUMENT_UPLOAD_STALLED",
    Text(
        "{seconds}초 동안 아무것도 오지 않아 멈췄습니다. 같은 주소로 처음부터 다시 보내세요.",
        "Nothing came for {seconds} seconds. Send it again to the same address, from the beginning.",
    ),
)
UPLOAD_INTERRUPTED = Problem(
    "DOCUMENT_UPLOAD_INTERRUPTED",
    Text(
        "전송이 끊겼습니다. 같은 주소로 처음부터 다시 보내세요.",
        "The connection broke. Send it again to the same address, from the beginning.",
    ),
)
UPLOADS_OPEN = Problem(
    "DOCUMENT_UPLOADS_OPEN",
    Text(
        "첨부하지 않은 올리기가 {most}건입니다. 첨부하거나 하루 뒤에 다시 하세요.",
        "{most} uploads are not attached yet. Attach them, or try again in a day.",
    ),
)
NOT_RECEIVED = Problem(
    "DOCUMENT_NOT_RECEIVED",
    Text("파일이 아직 오지 않았습니다. 올린 뒤 첨부하세요.", "No file has come yet. Send it, then attach it."),
)
STORE_FULL = Problem(
    "DOCUMENT_STORE_FULL",
    Text(
        "서버의 저장 공간이 부족하여 받지 못했습니다. 운영자에게 알리고 나중에 같은 파일을 다시 올리세요.",
        "The server has no room left, so nothing was kept. Tell the operators, and send the file again later.",
    ),
)
STORE_FAILED = Problem(
    "DOCUMENT_STORE_FAILED",
    Text(
        "파일 저장소가 응답하지 않아 받지 못했습니다. 잠시 뒤 다시 올리세요.",
        "The file store does not answer, so nothing was kept. Send the file again in a while.",
    ),
)

# The attachment

ATTACHMENT_UNKNOWN = Problem(
    "DOCUMENT_NOT_FOUND",
    Text("첨부한 파일을 찾을 수 없습니다.", "There is no such document, or it is not yours."),
)
REQUIREMENT_UNKNOWN = Problem(
    "DOCUMENT_REQUIREMENT_UNKNOWN",
    Text(
        "이 활동에는 {given} 서류가 없습니다. 가능한 서류: {known}.",
        "There is no document {given} here; there are: {known}.",
    ),
)
LINE_NEEDED = Problem(
    "DOCUMENT_LINE_NEEDED",
    Text(
        "행별로 제출하는 서류입니다. 행 번호를 지정하세요.",
        "This document belongs to a row. Say to which, by its line.",
    ),
)
LINE_UNASKED = Problem(
    "DOCUMENT_LINE_UNASKED",
    Text(
        "신청 건 전체의 서류입니다. 행 번호를 빼세요.", "This document belongs to the whole filing. Leave the line out."
    ),
)
LINE_UNKNOWN = Problem(
    "DOCUMENT_LINE_UNKNOWN",
    Text("{line}행이 없습니다. 행은 1부터 {last}까지입니다.", "There is no line {line}; lines are 1 to {last}."),
)
LINE_GONE = Problem(
    "DOCUMENT_LINE_GONE",
    Text(
        '"{name}" 파일이 첨부된 {line}행이 이제 없습니다. 첨부를 빼고 맞는 행에 다시 첨부하세요.',
        'The line {line} that "{name}" is attached to is no longer there. Detach it, and attach it where it belongs.',
    ),
)
TOO_MANY = Problem(
    "DOCUMENT_TOO_MANY",
    Text("{name}은(는) {most}개까지 첨부합니다.", "At most {most} files of {name} can be attached."),
)
FILING_FULL = Problem(
    "DOCUMENT_FILING_FULL",
    Text(
        "신청 한 건에 첨부는 {most}개까지입니다. 여러 파일을 zip으로 묶으세요.",
        "A filing carries {most} files at most. Put several into one zip.",
    ),
)
MISSING = Problem(
    "DOCUMENT_MISSING",
    Text(
        "{name} 서류가 필요합니다. {least}개 이상 첨부하세요(현재 {given}개).",
        "{name} is needed: attach {least} or more; there are {given}.",
    ),
)
OTHER = Text("기타 서류", "other documents")
