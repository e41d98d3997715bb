"""A house where deeds need evidence, a company that files them, and staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.activities import (
    Filing,
    Row,
    amend_filing,
    attach_document,
    cancel_filing,
    detach_document,
    draft_filing,
    request_supplement,
    submit_filing,
)
from core.actor import Actor
from core.files import Attachment
from core.house import House
from tests.support.files import deeds, files_of_documents, jpg, pdf, sent
from tests.support.plugins import Deed, declaring, plugged
from tests.support.world import member, organization, rows, staff


@dataclass
class Desk:
    """The house as its people use it."""

    house: House
    filer: Actor
    reviewer: Actor

    async def drafted(self, *worths: int, who: Actor | None = None) -> Filing:
        actor = who or self.filer
        async with self.house.work(actor) as work:
            return await draft_filing(
                work,
                program="deeds",
                type_code="deed",
                organization_id=self.filer.organization_id or 0,
                rows=[Row(facts=Deed(done_on=date(2026, 2, 2), worth=worth)) for worth in worths or (1,)],
            )

    async def amended(self, filing: Filing, *worths: int) -> None:
        async with self.house.work(self.filer) as work:
            facts = [Deed(done_on=date(2026, 2, 2), worth=worth) for worth in worths]
            await amend_filing(work, filing.id, [Row(facts=each) for each in facts])

    async def attached(
        self,
        filing: Filing,
        requirement: str | None,
        line: int | None = None,
        *,
        content: bytes | None = None,
        name: str = "서류.pdf",
        who: Actor | None = None,
    ) -> Attachment:
        """A file sent and attached."""
        actor = who or self.filer
        given = content if content is not None else jpg() if requirement == "photo" else pdf()
        token = await sent(self.house, actor, given, "사진.jpg" if requirement == "photo" else name)
        return await self.attach(filing, token, requirement, line, who=actor)

    async def attach(
        self, filing: Filing, token: str, requirement: str | None, line: int | None = None, who: Actor | None = None
    ) -> Attachment:
        async with self.house.work(who or self.filer) as work:
            return await attach_document(work, filing.id, token, requirement=requirement, line=line)

    async def detach(self, found: Attachment, who: Actor | None = None) -> None:
        async with self.house.work(who or self.filer) as work:
            await detach_document(work, found.id)

    async def submit(self, filing: Filing) -> Filing:
        async with self.house.work(self.filer) as work:
            return await submit_filing(work, filing.id)

    async def cancel(self, filing: Filing) -> None:
        async with self.house.work(self.filer) as work:
            await cancel_filing(work, filing.id)

    async def supplement(self, filing: Filing) -> None:
        async with self.house.work(self.reviewer) as work:
            await request_supplement(work, filing.id, "영수증을 다시 내세요")

    async def filed(self, *worths: int) -> tuple[Filing, Sequence[Attachment]]:
        """A filing with all it needs, submitted; its documents."""
        filing = await self.drafted(*worths)
        found = [await self.attached(filing, "plan")]
        for line in range(1, len(worths or (1,)) + 1):
            found.append(await self.attached(filing, "receipt", line))
        return await self.submit(filing), found

    async def attachments(self) -> list[dict[str, Any]]:
        return await rows(self.house, "SELECT * FROM attachment ORDER BY id")

    async def stored(self) -> list[dict[str, Any]]:
        return await rows(self.house, "SELECT * FROM stored_file ORDER BY id")

    async def events(self, *actions: str) -> list[dict[str, Any]]:
        return await rows(self.house, "SELECT * FROM audit_event WHERE action = ANY ($1) ORDER BY id", list(actions))

    def on_disk(self) -> list[Path]:
        """Every file of documents under the data folder, half-written ones too."""
        return files_of_documents(self.house.settings.data_dir)


@pytest.fixture
async def desk(house: House) -> Desk:
    ours = replace(house, plugins=plugged(deeds=declaring(deeds())))
    return Desk(
        house=ours,
        filer=await member(ours, await organization(ours, 1), "hanbit", main=True),
        reviewer=await staff(ours, "reviewer_a", programs=["deeds"]),
    )
