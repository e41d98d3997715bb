"""A filer is written what became of its filing, with the change or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Refused
from core.messages import TEMPLATES
from tests.core.activities.conftest import Scene, supplement, visit
from tests.support.world import member, rows


async def letters(scene: Scene) -> list[dict[str, Any]]:
    return await rows(
        scene.house,
        'SELECT m.id AS member, x.template, x."values" FROM message x JOIN member m USING (person_id) ORDER BY x.id',
    )


async def test_whoever_filed_is_told_the_decision(scene: Scene) -> None:
    filing = await scene.filed(visit("용접"), visit("도장"))
    (first, _) = await scene.rows(filing)
    await scene.decide(filing, approve=True, except_rows={first["id"]: "증빙 부족"})
    (letter,) = await letters(scene)
    assert (letter["member"], letter["template"]) == (scene.filer.member_id, "filing_decided")
    subject, body, _ = TEMPLATES["filing_decided"].render(letter["values"])
    assert subject.startswith(f"적립신청 {filing.number} 심사 결과: 일부 승인 · ")
    assert "승인 1건, 반려 1건" in body and "Rows approved: 1; rejected: 1." in body


async def test_a_supplement_is_asked_for_with_its_reason(scene: Scene) -> None:
    filing = await scene.filed(visit())
    await supplement(scene, filing, "협약서를 첨부하세요 {code}")
    (letter,) = await letters(scene)
    _, body, html = TEMPLATES["supplement_requested"].render(letter["values"])
    assert "사유: 협약서를 첨부하세요 {code}" in body
    assert "<p>사유: 협약서를 첨부하세요 {code}</p>" in html


async def test_for_whom_has_left_the_main_user_is_told(scene: Scene) -> None:
    main = await member(scene.house, scene.partner, "partner_main", main=True)
    filing = await scene.filed(visit(), actor=main, organization_id=scene.partner)
    async with scene.house.database.transaction() as tx:
        await tx.connection.execute("UPDATE member SET deactivated_at = now() WHERE id = $1", main.member_id)
    successor = await member(scene.house, scene.partner, "partner_new", main=True)
    await scene.decide(filing)
    assert [letter["member"] for letter in await letters(scene)] == [successor.member_id]


async def test_a_decision_that_is_refused_tells_nobody(scene: Scene) -> None:
    filing = await scene.filed(visit())
    with pytest.raises(Refused):
        await scene.decide(filing, approve=False, reason="")
    assert await letters(scene) == []
