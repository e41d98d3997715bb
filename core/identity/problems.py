"""What identity refuses, and what to do about each."""

from __future__ import annotations

from core.errors import Problem
from core.language import Text

BUSINESS_NUMBER_FORM = Problem(
    "IDENTITY_BUSINESS_NUMBER_FORM",
    Text(
        "사업자등록번호는 숫자 10자리입니다(예: 104-82-03590): {number}.",
        "A business number has ten digits, as in 104-82-03590: {number}.",
    ),
)
BUSINESS_NUMBER_CHECKSUM = Problem(
    "IDENTITY_BUSINESS_NUMBER_CHECKSUM",
    Text(
        "사업자등록번호 {number}의 마지막 자리(검증번호)가 맞지 않습니다. 숫자를 다시 확인하세요.",
        "The last digit of business number {number} does not check. Compare the digits with the certificate.",
    ),
)
CORPORATE_NUMBER_FORM = Problem(
    "IDENTITY_CORPORATE_NUMBER_FORM",
    Text(
        "법인등록번호는 숫자 13자리입니다(예: 110111-0000001): {number}.",
        "A corporate number has thirteen digits, as in 110111-0000001: {number}.",
    ),
)
NAME_MISSING = Problem("IDENTITY_NAME_MISSING", Text("이름을 입력하세요.", "Enter a name."))
NOT_PRINTABLE = Problem(
    "IDENTITY_NOT_PRINTABLE",
    Text("줄바꿈이나 보이지 않는 문자를 지우세요.", "Remove line breaks and invisible characters."),
)
NAME_TOO_LONG = Problem(
    "IDENTITY_NAME_TOO_LONG", Text("{limit}자 이내로 입력하세요.", "Enter at most {limit} characters.")
)
EMAIL_FORM = Problem(
    "IDENTITY_EMAIL_FORM",
    Text("이메일 주소를 확인하세요(예: name@example.kr).", "Enter an e-mail address, as in name@example.kr."),
)
PHONE_FORM = Problem(
    "IDENTITY_PHONE_FORM",
    Text("연락처는 숫자와 하이픈으로 입력하세요(예: 02-1234-5678).", "Enter a phone number, as in 02-1234-5678."),
)
EMAIL_MISSING = Problem("IDENTITY_EMAIL_MISSING", Text("이메일을 입력하세요.", "Enter an e-mail address."))
PHONE_MISSING = Problem("IDENTITY_PHONE_MISSING", Text("연락처를 입력하세요.", "Enter a phone number."))
ORGANIZATION_UNKNOWN = Problem(
    "IDENTITY_ORGANIZATION_UNKNOWN",
    Text("등록된 기관이 아닙니다. 번호를 확인하세요.", "There is no such organization. Check its number."),
)
ORGANIZATION_EXISTS = Problem(
    "IDENTITY_ORGANIZATION_EXISTS",
    Text(
        "이미 등록된 기관입니다: {number}. 등록된 기관의 정보를 수정하세요.",
        "This organization is already registered: {number}. Update the one that exists.",
    ),
)
CORPORATE_NUMBER_MISSING = Problem(
    "IDENTITY_CORPORATE_NUMBER_MISSING", Text("법인등록번호를 입력하세요.", "Enter the corporate number.")
)
STANDING_KIND_FORM = Problem(
    "IDENTITY_STANDING_KIND_FORM",
    Text(
        "자격 구분은 영문 소문자 코드입니다(예: sme): {kind}.",
        "A kind of standing is a code in small letters, as in sme: {kind}.",
    ),
)
STANDING_DATES = Problem(
    "IDENTITY_STANDING_DATES",
    Text("유효기간의 끝이 시작보다 빠릅니다.", "The validity ends before it begins. Exchange the two dates."),
)
ALREADY_CLAIMED = Problem(
    "IDENTITY_ALREADY_CLAIMED",
    Text(
        "이미 가입된 기관입니다. 기관의 주 사용자에게 하위계정 등록을 요청하세요.",
        "This organization has already signed up. Ask its main user for a sub-account.",
    ),
)
CLAIM_CODE_NEEDED = Problem(
    "IDENTITY_CLAIM_CODE_NEEDED",
    Text(
        "이 기관으로 가입하려면 가입 인증번호가 필요합니다. 이미 가입한 기관이면 주 사용자에게 하위계정 등록을, "
        "아니면 운영자에게 인증번호를 요청하세요.",
        "A claim code is needed to sign up for this organization. If it has signed up already, ask its main user for a "
        "sub-account; if not, ask an operator for the code.",
    ),
)
CODE_WRONG = Problem(
    "IDENTITY_CODE_WRONG",
    Text(
        "인증번호가 맞지 않거나 만료되었습니다. 번호를 확인하거나 새로 요청하세요.",
        "The code is wrong or no longer good. Check it, or ask for a new one.",
    ),
)
LOGIN_ID_FORM = Problem(
    "IDENTITY_LOGIN_ID_FORM",
    Text(
        "아이디는 영문 소문자와 숫자, 마침표, 하이픈으로 {minimum}자 이상 {maximum}자 이내입니다.",
        "A login id has {minimum} to {maximum} small letters, digits, dots or hyphens, a letter or digit first.",
    ),
)
HOMEPAGE_FORM = Problem(
    "IDENTITY_HOMEPAGE_FORM",
    Text(
        "홈페이지 주소에서 아이디를 정할 수 없습니다: {homepage}. 예: www.korea.ac.kr은 korea입니다.",
        "No login id can be told from this homepage: {homepage}. Of www.korea.ac.kr it would be korea.",
    ),
)
LOGIN_ID_NEEDED = Problem(
    "IDENTITY_LOGIN_ID_NEEDED",
    Text(
        "아이디나 홈페이지 주소를 입력하세요. 기업만 사업자등록번호를 아이디로 씁니다.",
        "Give a login id or a homepage: only a company is known by its business number without either.",
    ),
)
TOO_MANY_ACCOUNTS = Problem(
    "IDENTITY_TOO_MANY_ACCOUNTS",
    Text(
        "한 번에 1~{limit}개 기관의 계정을 발급할 수 있습니다: {given}개.",
        "Accounts of 1 to {limit} organizations at once, not {given}.",
    ),
)
LOGIN_ID_TAKEN = Problem(
    "IDENTITY_LOGIN_ID_TAKEN",
    Text("이미 사용 중인 아이디입니다: {login_id}.", "This login id is taken: {login_id}. Choose another."),
)
SUFFIX_FORM = Problem(
    "IDENTITY_SUFFIX_FORM",
    Text(
        "하위계정 아이디는 '{root}_' 뒤에 영문 소문자나 숫자를 붙입니다(예: {root}_01).",
        "A sub-account's login id is '{root}_' and small letters or digits, as in {root}_01.",
    ),
)
PASSWORD_LENGTH = Problem(
    "IDENTITY_PASSWORD_LENGTH",
    Text(
        "비밀번호는 {minimum}자 이상 {maximum}자 이내여야 합니다.",
        "A password has {minimum} to {maximum} characters.",
    ),
)
PASSWORD_LETTER = Problem(
    "IDENTITY_PASSWORD_LETTER",
    Text("비밀번호에 영문자를 1자 이상 넣으세요.", "Put at least one letter (A-Z, a-z) into the password."),
)
PASSWORD_DIGIT = Problem(
    "IDENTITY_PASSWORD_DIGIT",
    Text("비밀번호에 숫자를 1자 이상 넣으세요.", "Put at least one digit into the password."),
)
PASSWORD_SPECIAL = Problem(
    "IDENTITY_PASSWORD_SPECIAL",
    Text(
        "비밀번호에 특수문자를 1자 이상 넣으세요(예: ! @ #).",
        "Put at least one special character into the password, such as ! @ #.",
    ),
)
PASSWORD_IS_LOGIN_ID = Problem(
    "IDENTITY_PASSWORD_IS_LOGIN_ID",
    Text("비밀번호는 아이디와 달라야 합니다.", "The password must differ from the login id."),
)
PASSWORD_UNCHANGED = Problem(
    "IDENTITY_PASSWORD_UNCHANGED",
    Text("지금과 다른 비밀번호를 입력하세요.", "Choose a password other than the present one."),
)
PASSWORDS_DIFFER = Problem(
    "IDENTITY_PASSWORDS_DIFFER",
    Text("비밀번호와 비밀번호 확인이 다릅니다.", "The two new passwords differ. Enter the same one twice."),
)
PASSWORD_WRONG = Problem(
    "IDENTITY_PASSWORD_WRONG",
    Text("현재 비밀번호가 맞지 않습니다.", "The present password is wrong. Enter it again."),
)
CREDENTIALS_WRONG = Problem(
    "IDENTITY_CREDENTIALS_WRONG",
    Text(
        "아이디 또는 비밀번호가 맞지 않습니다. 비밀번호를 잊었다면 재설정하세요.",
        "The login id or the password is wrong. If you forgot the password, reset it.",
    ),
)
ACCOUNT_LOCKED = Problem(
    "IDENTITY_ACCOUNT_LOCKED",
    Text(
        "비밀번호를 여러 번 잘못 입력하여 이 주소에서는 {until}까지 잠겼습니다. "
        "그 뒤에 다시 시도하거나 비밀번호를 재설정하세요.",
        "Too many wrong passwords: locked for this address until {until}. Try again after that, or reset the password.",
    ),
)
TOO_MANY_FAILURES = Problem(
    "IDENTITY_TOO_MANY_FAILURES",
    Text(
        "이 주소에서 시도가 너무 많습니다. {minutes}분 뒤에 다시 시도하세요.",
        "Too many attempts from this address. Try again in {minutes} minutes.",
    ),
)
MEMBER_UNKNOWN = Problem(
    "IDENTITY_MEMBER_UNKNOWN",
    Text("해당 사용자를 찾을 수 없습니다.", "There is no such active member. Look it up in the list of members."),
)
PERSON_UNKNOWN = Problem(
    "IDENTITY_PERSON_UNKNOWN",
    Text("해당 담당자 정보가 없거나 이미 삭제되었습니다.", "There is no such person, or the data is already erased."),
)
MAIN_USER_EXISTS = Problem(
    "IDENTITY_MAIN_USER_EXISTS",
    Text(
        "이 기관에는 이미 주 사용자가 있습니다. 비밀번호를 초기화하거나 주 사용자를 변경하세요.",
        "This organization has a main user already. Reset that account, or hand the main role over.",
    ),
)
NO_MAIN_USER = Problem(
    "IDENTITY_NO_MAIN_USER",
    Text(
        "이 기관에는 주 사용자가 없습니다. 먼저 주 사용자 계정을 만드세요.",
        "This organization has no main user. Provision one first.",
    ),
)
MAIN_USER_STAYS = Problem(
    "IDENTITY_MAIN_USER_STAYS",
    Text(
        "주 사용자에게는 할 수 없습니다. 먼저 다른 사용자를 주 사용자로 지정하세요.",
        "This cannot be done to the main user. Hand the main role over first.",
    ),
)
NOT_ONESELF = Problem(
    "IDENTITY_NOT_ONESELF",
    Text("자신의 계정은 비활성화할 수 없습니다.", "You cannot deactivate yourself. Ask another operator."),
)
NOT_A_SUB_USER = Problem(
    "IDENTITY_NOT_A_SUB_USER",
    Text(
        "기관의 하위계정에만 할 수 있습니다.",
        "This is for sub-users of an organization only: main users may do everything, staff have roles.",
    ),
)
PERMISSION_UNKNOWN = Problem(
    "IDENTITY_PERMISSION_UNKNOWN",
    Text(
        "알 수 없는 권한입니다: {permission}. 가장 가까운 권한은 {nearest}입니다.",
        "There is no permission {permission}. The nearest is {nearest}.",
    ),
)
PROGRAM_UNKNOWN = Problem(
    "IDENTITY_PROGRAM_UNKNOWN",
    Text(
        "알 수 없는 사업입니다: {program}. 가장 가까운 사업은 {nearest}입니다.",
        "There is no program {program}. The nearest is {nearest}.",
    ),
)
NOT_AN_AGENCY = Problem(
    "IDENTITY_NOT_AN_AGENCY",
    Text(
        "심사자, 운영자, 감사자 계정은 운영·전담기관이나 부처에만 만들 수 있습니다.",
        "Reviewers, operators and auditors belong to an agency or a ministry. Choose such an organization.",
    ),
)
NOT_A_STAFF_ROLE = Problem(
    "IDENTITY_NOT_A_STAFF_ROLE",
    Text("심사자, 운영자, 감사자 중에서 고르세요.", "Choose one of reviewer, operator and auditor."),
)

STAFF_NEED_A_CODE = Problem(
    "IDENTITY_STAFF_NEED_A_CODE",
    Text(
        "담당자의 첫 비밀번호는 아이디와 같게 할 수 없습니다. 인증번호로 정하게 하세요.",
        "Staff may not begin with their login id as the password: let a one-time code set it.",
    ),
)
