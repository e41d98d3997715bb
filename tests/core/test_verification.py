"""Verifying what stands on the ledger: silent when all agrees, and naming what was altered behind its back."""

from __future__ import annotations

import pytest

from core.house import House
from core.ledgers import Comparison
from core.verification import verify_records
from tests.support.ledger import as_owner
from tests.support.world import rows, true_ledger

PROGRAM = "mileage_innovation"
ASSET = "innovation_mileage"


async def _verify(house: House) -> list[Comparison]:
    async with house.database.transaction() as tx:
        return await verify_records(tx)


async def test_after_a_run_of_everything_all_agree_and_everything_was_compared(busy: House) -> None:
    await true_ledger(busy)
    comparisons = await _verify(busy)
    assert [comparison for comparison in comparisons if comparison.lies] == []
    assert [comparison.names.en for comparison in comparisons if not comparison.compared] == []
    assert len({comparison.names for comparison in comparisons}) == len(comparisons)
    statuses = await rows(busy, "SELECT status FROM activity ORDER BY id")
    assert [row["status"] for row in statuses] == ["approved", "revoked", "approved", "rejected"]
    assert {row["status"] for row in await rows(busy, "SELECT status FROM certificate")} == {
        "issued", "used", "returned", "lapsed",
    }  # fmt: skip


async def test_nothing_at_all_tells_no_lie(house: House) -> None:
    assert [comparison for comparison in await _verify(house) if comparison.lies] == []


CARRIED = "(SELECT min(id) FROM lot WHERE parent_id IS NOT NULL)"
MINTED = "(SELECT max(id) FROM lot WHERE parent_id IS NOT NULL)"
OF_ACTIVITY = "(SELECT l.id FROM lot l JOIN activity a ON a.transaction_id = l.transaction_id WHERE a.id = 1)"
LIES = {
    "a carried lot was earned later": (
        f"UPDATE lot SET earned_on = earned_on + 1 WHERE id = {CARRIED}",
        ": earned_on and expires_on expected 2026-01-0",
    ),
    "a carried lot never expires": (
        f"UPDATE lot SET expires_on = NULL WHERE id = {CARRIED}",
        " never",
    ),
    "a minted lot expires later than was asked for": (
        f"UPDATE lot SET expires_on = expires_on + 100 WHERE id = {MINTED}",
        ": earned_on and expires_on expected as its transfer was asked for, found ",
    ),
    "what an activity earned is younger": (
        f"UPDATE lot SET earned_on = earned_on + 30 WHERE id = {OF_ACTIVITY}",
        ": earned_on expected 2026-02-01, found 2026-03-03",
    ),
    "an activity's base date was moved": (
        "UPDATE activity SET base_date = '2026-02-20' WHERE id = 1",
        ": earned_on expected 2026-02-20, found 2026-02-01",
    ),
    "a certificate is worth more": (
        "UPDATE certificate SET points = 1000, units = 2 WHERE id = 4",
        "certificate 4: points expected 500, found 1000",
    ),
    "a certificate is another organization's": (
        "UPDATE certificate SET organization_id = 2 WHERE id = 4",
        "certificate 4: organization expected 1, found 2",
    ),
    "a certificate has more units": (
        "UPDATE certificate SET units = 3 WHERE id = 4",
        "certificate 4: units of its terms expected 500, found 1500",
    ),
    "a unit costs less": (
        "UPDATE benefit_terms SET unit = 100 WHERE id = (SELECT terms_id FROM certificate WHERE id = 1)",
        "certificate 1: units of its terms expected 500, found 100",
    ),
    "a used certificate is good again": (
        "UPDATE certificate SET status = 'issued', settled_at = NULL WHERE id = 2",
        "certificate 2: status of its hold expected open, found used",
    ),
    "a returned certificate was used": (
        "UPDATE certificate SET status = 'used' WHERE id = 3",
        "certificate 3: status of its hold expected used, found released",
    ),
    "a lapsed certificate is good again": (
        "UPDATE certificate SET status = 'issued', settled_at = NULL WHERE id = 1",
        "certificate 1: status of its hold expected open, found released",
    ),
    "an issued certificate lapsed": (
        "UPDATE certificate SET status = 'lapsed', settled_at = now() WHERE id = 4",
        "certificate 4: status of its hold expected released, found open",
    ),
    "an activity earned more": (
        "UPDATE activity SET points_filer = points_filer + 5 WHERE id = 1",
        "activity 1: points of both parties expected 50, found 55",
    ),
    "an activity earned without a transaction": (
        "UPDATE activity SET points_subject = 5 WHERE id = 3",
        "activity 3: points of both parties expected 0, found 5",
    ),
    "an activity names another's transaction": (
        "UPDATE activity SET transaction_id = (SELECT transaction_id FROM activity WHERE id = 1) WHERE id = 2",
        "activity 2: reference of its transaction expected earn activity:2, found earn activity:1",
    ),
    "a revoked activity was never revoked in the ledger": (
        "UPDATE activity SET status = 'revoked', revoked_at = now() WHERE id = 1",
        "activity 1: reversed expected true, found false",
    ),
    "an approved activity was rejected": (
        "UPDATE activity SET status = 'rejected' WHERE id = 1",
        "activity 1: approved once expected true, found false",
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_found_and_named(busy: House, lie: str) -> None:
    statement, named = LIES[lie]
    async with as_owner(busy) as connection:
        await connection.execute(f"SET session_replication_role = replica; {statement}")
    lies = [lie for comparison in await _verify(busy) for lie in comparison.lies]
    assert any(named in lie for lie in lies), lies
