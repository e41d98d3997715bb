"""What Dure writes to people: a subject and a body per template, Korean first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.language import Text


@dataclass(frozen=True, slots=True)
class Template:
    """알림 문안: braces are filled with the message's values. The subject holds no secret."""

    subject: Text
    body: Text

    def render(self, values: Mapping[str, object]) -> tuple[str, str]:
        """Subject and body, each in both languages."""
        body = self.body.format(values)
        return self.subject.format(values).both, f"{body.ko}\n\n{body.en}"


TEMPLATES: Mapping[str, Template] = {
    "password_reset": Template(
        Text("비밀번호 재설정 인증번호", "Your code for a new password"),
        Text(
            "아이디 {login_id}의 비밀번호 재설정 인증번호는 {code}입니다. {minutes}분 안에 한 번만 쓸 수 있습니다. "
            "요청하지 않았다면 이 메시지를 무시하세요.",
            "The code to set a new password for {login_id} is {code}. It is good once, within {minutes} minutes. "
            "If you did not ask for it, ignore this message.",
        ),
    ),
    "account_created": Template(
        Text("{organization} 계정이 만들어졌습니다", "An account for {organization} has been made for you"),
        Text(
            "아이디는 {login_id}, 최초 비밀번호 설정 인증번호는 {code}입니다. {until}까지 비밀번호를 설정하세요.",
            "Your login id is {login_id} and the code to set your first password is {code}. "
            "Set a password before {until}.",
        ),
    ),
    "claim_code": Template(
        Text("{organization} 가입 인증번호", "The claim code of {organization}"),
        Text(
            "{organization}({business_number})의 가입 인증번호는 {code}입니다. {until}까지 회원가입할 때 입력하세요. "
            "그동안 적립된 마일리지는 가입 후 바로 확인할 수 있습니다.",
            "The code to sign up for {organization} ({business_number}) is {code}. Enter it when you sign up, before "
            "{until}. What the organization has earned so far will be there.",
        ),
    ),
}
