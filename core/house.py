"""The house: settings, database, plugins and clock together. It opens units of work."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.actor import SYSTEM, Actor
from core.calendar import Clock, now_in_seoul
from core.database import Database
from core.hooks import HookLimits
from core.ledgers import Gathering
from core.personal.vault import Vault
from core.plugins import Plugins
from core.readers.pool import Readers
from core.settings import Settings
from core.watch import Watch
from core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One running Dure. Any number can live in one process, each with its own plugins."""

    settings: Settings
    database: Database
    plugins: Plugins
    clock: Clock = now_in_seoul
    gathering: Gathering = field(default_factory=Gathering, init=False, repr=False, compare=False)
    watch: Watch = field(default_factory=Watch)
    vault: Vault = field(default_factory=Vault)
    readers: Readers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = self.settings
        readers = Readers(at_once=limits.readers, megabytes=limits.reader_megabytes, seconds=limits.reader_seconds)
        object.__setattr__(self, "readers", readers)
        self.plugins.hooks.limits = HookLimits.of(self.settings)

    @asynccontextmanager
    async def work(self, actor: Actor = SYSTEM, request_id: str | None = None) -> AsyncIterator[Work]:
        """One transaction for this actor: committed with its audit events when the block ends, undone if it raises."""
        await self.vault.unlock(self.settings, self.database)
        async with self.database.transaction() as tx:
            work = Work(
                tx=tx,
                actor=actor,
                now=self.clock(),
                plugins=self.plugins,
                vault=self.vault,
                request_id=request_id or uuid.uuid4().hex,
                base_url=self.settings.base_url,
            )
            yield work
            await work.write_events()
        self.watch.postings.update(work.postings)
        if work.notices:
            self.plugins.observers.tell(work.notices)
