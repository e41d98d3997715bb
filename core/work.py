"""A unit of work: one database transaction on behalf of one actor, with its day, its audit events and its observers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from core.actor import Actor
from core.audit import Event, write_events
from core.database import Transaction
from core.hooks import Notice

if TYPE_CHECKING:
    from core.personal.vault import Vault
    from core.plugins import Plugins


@dataclass(slots=True, kw_only=True)
class Work:
    """What every service function is given first. Only what observers are told outlives the transaction."""

    tx: Transaction
    actor: Actor
    now: datetime
    plugins: Plugins
    vault: Vault
    request_id: str
    base_url: str = ""  # where the house is reached, for addresses that are printed
    events: list[Event] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)  # what observers are told once it is committed
    postings: list[tuple[str, str, str]] = field(default_factory=list)  # program, asset and kind of each, to be counted

    @property
    def today(self) -> date:
        return self.now.date()

    def record(
        self,
        action: str,
        subject_type: str,
        subject_id: object,
        *,
        organization_id: int | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Note a change; it is written with the transaction, or not at all."""
        self.events.append(
            Event(
                action=action,
                subject_type=subject_type,
                subject_id=str(subject_id),
                organization_id=organization_id,
                before=before,
                after=after,
            )
        )

    def tell(self, hook: str, **values: object) -> None:
        """Have the plugins' observers of this hook told in the background, once the transaction is committed."""
        if self.plugins.listens(hook):
            self.notices.extend(self.plugins.notices(hook, **values))

    def afterwards(self, observer: Callable[[], object]) -> None:
        """Call this in a thread in the background, once the transaction is committed."""
        self.notices.append(Notice(plugin="core", hook="afterwards", call=observer, context=copy_context()))

    async def write_events(self) -> None:
        """Write what was recorded; called once, just before the commit."""
        if self.events:
            events = tuple(self.events)
            await write_events(self.tx, events, actor_id=self.actor.member_id, request_id=self.request_id)
            for event in events:
                self.tell("audit_recorded", event=event)
