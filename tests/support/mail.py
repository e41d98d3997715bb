"""A mail server that keeps what it is given, and can be told to refuse or to be away."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from core.settings import MailTLS, Settings
from tests.support.servers import free_port

SENDER = "no-reply@dure.example"


@dataclass(slots=True)
class Post:
    """What came in, and to whom the server says no: an address to its answer."""

    port: int = field(default_factory=free_port)
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        made = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)
        self.to.extend(envelope.rcpt_tos)
        return "250 OK"

    def by(self, settings: Settings, **more: Any) -> Settings:
        """The settings with this as their mail server."""
        mail = {"mail_host": "127.0.0.1", "mail_port": self.port, "mail_tls": MailTLS.NONE, "mail_sender": SENDER}
        return settings.model_copy(update=mail | more)

    @contextmanager
    def open(self, **options: Any) -> Iterator[None]:
        """Be there until the block ends."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        controller.start()
        try:
            yield
        finally:
            controller.stop()
