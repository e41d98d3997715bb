"""Sending a message as mail, by SMTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.calendar import now_in_seoul
from core.jobs import JobFailed
from core.language import Text
from core.messages.outgoing import OutgoingMessage
from core.settings import MailTLS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import EmailMessage
    from typing import Any

PATIENCE = 20.0  # seconds for each answer of the server
ADDRESS = re.compile(r"\S+@\S+")


async def send_mail(settings: Settings, message: OutgoingMessage) -> None:
    """Hand the message to the mail server; it has taken it when this returns.

    Raises `JobFailed`: for good when the server will never take it for this recipient, otherwise to be tried again.
    No text of an error names the recipient.
    """
    import aiosmtplib

    try:
        await aiosmtplib.send(_mail(settings, message), timeout=PATIENCE, **_server(settings))
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [each.code for each in error.recipients]
        raise _refused(codes[0] if codes else 0, "recipient", error.recipients[0].message if codes else "") from None
    except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused) as error:
        raise JobFailed(
            Text(
                f"메일 서버가 이 서버를 받아들이지 않았습니다({error.code}). DURE_MAIL_* 설정을 확인하세요.",
                f"The mail server does not accept this server ({error.code}). Check the settings DURE_MAIL_*.",
            )
        ) from None
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error.code, "message", error.message) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise JobFailed(
            Text(
                f"메일 서버에 연결할 수 없습니다({type(error).__name__}).",
                f"The mail server cannot be reached ({type(error).__name__}).",
            )
        ) from None


def _mail(settings: Settings, message: OutgoingMessage) -> EmailMessage:
    assert settings.mail_sender is not None, "the settings see to it"
    from email.errors import HeaderParseError
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.utils import format_datetime

    mail = EmailMessage()
    try:
        to = Address(addr_spec=message.email or "")
    except (ValueError, IndexError, HeaderParseError):
        to = Address()
    if not (to.username and to.domain):
        raise _refused(501, "recipient", "")
    mail["To"] = to
    mail["From"] = settings.mail_sender
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(now_in_seoul())
    mail["Message-ID"] = f"<{message.reference}@{settings.mail_sender.rsplit('@', 1)[-1].rstrip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    mail.add_alternative(f"<!doctype html><html><body>{message.html}</body></html>", subtype="html")
    return mail


def _server(settings: Settings) -> Mapping[str, Any]:
    return {
        "hostname": settings.mail_host,
        "port": settings.mail_port,
        "use_tls": settings.mail_tls is MailTLS.TLS,
        "start_tls": settings.mail_tls is MailTLS.STARTTLS,
        "username": settings.mail_user,
        "password": None if settings.mail_password is None else settings.mail_password.get_secret_value(),
    }


def _refused(code: int, what: str, said: str) -> JobFailed:
    """The server's no: for good when it says so (5xx), with what it said, but for addresses."""
    said = ADDRESS.sub("…", " ".join(said.split()))[:200]
    ko = {"recipient": "수신자를", "message": "메시지를"}[what]
    return JobFailed(
        Text(
            f"메일 서버가 {ko} 거절했습니다: {code} {said}".strip(),
            f"The mail server refused the {what}: {code} {said}".strip(),
        ),
        for_good=500 <= code < 600,
    )
