"""What Dure writes to people: a subject and a body per template, Korean first."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.language import Language, Text


class Rendered(NamedTuple):
    """완성된 알림: the subject on one line, the body as plain text, and the same as simple HTML."""

    subject: str
    body: str
    html: str


@dataclass(frozen=True, slots=True)
class Template:
    """알림 문안: braces are filled with values; a blank line parts paragraphs. No secret in the subject."""

    subject: Text
    body: Text

    def render(self, values: Mapping[str, object], language: Language | None = None) -> Rendered:
        """In this language, or in both, Korean first. A value of two languages is `{"ko": …, "en": …}` or a `Text`.

        Raises `KeyError` when a value is missing.
        """
        told = {name: _two_languages(value) for name, value in values.items()}
        subject, body = self.subject.format(told), self.body.format(told)
        languages = (Language.KO, Language.EN) if language is None else (language,)
        bodies = [body.in_(each) for each in languages]
        return Rendered(
            subject=one_line(subject.both if language is None else subject.in_(language)),
            body="\n\n".join(bodies),
            html="".join(_section(each.value, text) for each, text in zip(languages, bodies, strict=True)),
        )


def one_line(text: str) -> str:
    """The text without line breaks and other control characters: what stands in a header must not begin another."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _two_languages(value: object) -> object:
    return Text(value["ko"], value["en"]) if isinstance(value, dict) and value.keys() == {"ko", "en"} else value


def _section(language: str, text: str) -> str:
    paragraphs = (html.escape(each).replace("\n", "<br>") for each in text.split("\n\n"))
    return f'<div lang="{language}">' + "".join(f"<p>{each}</p>" for each in paragraphs) + "</div>"


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
    "guesses": Template(
        Text("{account}: 인증 실패가 반복되었습니다", "{account}: repeated wrong guesses"),
        Text(
            "{account}의 {what}을(를) 누군가 여러 번 잘못 입력했습니다. 본인이 아니라면 비밀번호를 바꾸거나 운영자에게 "
            "알리세요. 다른 사람의 시도 때문에 본인의 이용이 막히지는 않습니다.",
            "Somebody entered a wrong {what} for {account} several times. If it was not you, change your password or "
            "tell an operator. Attempts of others do not keep you from signing in.",
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
    "filing_decided": Template(
        Text("적립신청 {number} 심사 결과: {outcome}", "Filing {number}: {outcome}"),
        Text(
            "{program} 적립신청 {number}의 심사 결과는 {outcome}입니다. 승인 {approved}건, 반려 {rejected}건이며, "
            "자세한 내용과 사유는 신청내역에서 확인할 수 있습니다.",
            "Your filing {number} of {program} was decided: {outcome}. "
            "Rows approved: {approved}; rejected: {rejected}. "
            "What was decided of each row, and why, stands with the filing.",
        ),
    ),
    "supplement_requested": Template(
        Text("적립신청 {number} 보완 요청", "Filing {number} needs a supplement"),
        Text(
            "{program} 적립신청 {number}에 보완이 필요합니다.\n\n사유: {reason}\n\n내용을 보완하여 다시 제출하세요.",
            "Your filing {number} of {program} needs a supplement.\n\nReason: {reason}\n\n"
            "Amend it and submit it again.",
        ),
    ),
    "points_taken_back": Template(
        Text("적립신청 {number} 마일리지 환수 안내", "Filing {number}: points were taken back"),
        Text(
            "{program} 적립신청 {number}(으)로 적립된 마일리지 {amount}점이 환수되었습니다.\n\n사유: {reason}\n\n"
            "보유 마일리지에서 {taken}점이 차감되었고, 미납액은 {owed}점입니다. 미납액은 앞으로 들어오는 마일리지에서 "
            "먼저 상계되며, 그때까지 마일리지를 사용할 수 없습니다.",
            "{amount} points earned by filing {number} of {program} were taken back.\n\nReason: {reason}\n\n"
            "Taken from your balance: {taken}; owed: {owed}. What is owed is paid first by whatever comes in; until "
            "then nothing can be spent.",
        ),
    ),
    "points_expiring": Template(
        Text("{organization}: 곧 소멸되는 적립분이 있습니다", "{organization}: points are about to expire"),
        Text(
            "{organization}의 다음 적립분이 곧 소멸됩니다.\n\n{lines}\n\n"
            "사용하지 않으면 사용기한 다음 날에 소멸됩니다.",
            "These points of {organization} are about to expire.\n\n{lines}\n\n"
            "What is not used by its last day expires the day after.",
        ),
    ),
    "certificates_lapsing": Template(
        Text(
            "{organization}: 유효기간이 곧 끝나는 확인서가 있습니다", "{organization}: certificates are about to lapse"
        ),
        Text(
            "{organization}의 다음 확인서가 곧 유효기간이 끝납니다.\n\n{lines}\n\n"
            "사용 처리되지 않은 확인서는 유효기간이 지나면 효력을 잃고, 포인트는 원래의 적립분으로 반환됩니다.",
            "These certificates of {organization} are about to lapse.\n\n{lines}\n\n"
            "One not used by its last day is void the day after; its points return to where they came from.",
        ),
    ),
    "calls_opened": Template(
        Text("{organization}: 관심사업 접수가 시작되었습니다", "{organization}: calls of interest have opened"),
        Text(
            "{organization}에서 관심사업으로 등록한 다음 공고의 접수가 시작되었습니다.\n\n{lines}",
            "These calls, in which {organization} is interested, now take applications.\n\n{lines}",
        ),
    ),
    "calls_closing": Template(
        Text("{organization}: 관심사업 접수가 곧 마감됩니다", "{organization}: calls of interest are about to close"),
        Text(
            "{organization}에서 관심사업으로 등록한 다음 공고의 접수가 곧 마감됩니다.\n\n{lines}",
            "These calls, in which {organization} is interested, close soon.\n\n{lines}",
        ),
    ),
}
