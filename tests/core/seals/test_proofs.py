"""The proof of one certificate: it holds for anybody with SHA-256, and for nothing but what was sealed."""

from __future__ import annotations

import json
from copy import deepcopy
from hashlib import sha256
from typing import Any

import pytest

from core.house import House
from core.seals import certificate_proof, latest_seal, proof_faults, seal_by_number, seal_waiting
from tests.support.ledger import as_owner
from tests.support.world import rows


async def proof_of(house: House, certificate: int, head: int | None = None) -> dict[str, Any]:
    async with house.database.reading() as tx:
        proof = await certificate_proof(tx, certificate, head)
    assert proof is not None
    return json.loads(json.dumps(proof.document))  # type: ignore[no-any-return]


async def head(house: House, number: int | None = None) -> dict[str, Any]:
    async with house.database.reading() as tx:
        found = await (latest_seal(tx) if number is None else seal_by_number(tx, number))
    assert found is not None
    return found.document


@pytest.mark.parametrize("most", [1, 7, 4_096])
async def test_every_certificate_has_a_proof_that_holds_however_large_the_seals_are(busy: House, most: int) -> None:
    await seal_waiting(busy, most=most)
    newest = await head(busy)
    for row in await rows(busy, "SELECT id, number FROM certificate"):
        proof = await proof_of(busy, row["id"], newest["number"])
        assert proof_faults(proof) == []
        assert proof_faults(proof, newest) == []
        assert json.loads(proof["certificate"])["number"] == row["number"]


async def test_a_certificate_that_waits_has_no_proof(busy: House) -> None:
    async with busy.database.reading() as tx:
        assert await certificate_proof(tx, 1) is None


async def test_a_proof_shows_what_the_public_check_shows_and_binds_the_holder(busy: House) -> None:
    await seal_waiting(busy)
    (row,) = await rows(
        busy,
        "SELECT c.*, o.business_number, o.name FROM certificate c JOIN organization o ON o.id = c.organization_id"
        " WHERE c.id = 1",
    )
    proof = await proof_of(busy, 1)
    holder = sha256(f"{row['number']} {row['business_number']}".encode()).hexdigest()
    assert json.loads(proof["certificate"]) == {
        "number": row["number"], "program": "mileage_innovation", "benefit": "marketing_capability",
        "effect": "bonus_points", "effectAmount": str(row["effect_amount"]), "issuedOn": row["issued_on"].isoformat(),
        "validUntil": row["valid_until"].isoformat(), "holder": holder,
    }  # fmt: skip
    (salt,) = await rows(busy, "SELECT encode(salt, 'hex') AS salt FROM seal")
    told = json.dumps(proof, ensure_ascii=False)
    assert not [secret for secret in (salt["salt"], row["business_number"], row["name"]) if secret in told]


ALTERED = {
    "certificate": lambda proof: proof.update(certificate=proof["certificate"].replace("bonus", "bogus")),
    "rest": lambda proof: proof.update(rest="0" * 64),
    "leaf": lambda proof: proof.update(leaf="certificate 9"),
    "another kind of leaf": lambda proof: proof.update(leaf="entry 1"),
    "a step": lambda proof: proof["path"][0].update(hash="0" * 64),
    "a side": lambda proof: proof["path"][0].update(side={"left": "right", "right": "left"}[proof["path"][0]["side"]]),
    "a step too few": lambda proof: proof["path"].pop(),
    "root": lambda proof: proof["seal"].update(root="0" * 64),
    "time": lambda proof: proof["seal"].update(sealedAt="2020-01-01T00:00:00.000000Z"),
    "leaves": lambda proof: proof["seal"].update(leaves=1),
    "number": lambda proof: proof["seal"].update(number=2),
    "previous": lambda proof: proof["seal"].update(previous="1" * 64),
    "digest": lambda proof: proof["seal"].update(digest="0" * 64),
    "a seal of the chain is missing": lambda proof: proof["chain"].pop(0),
    "a seal of the chain": lambda proof: proof["chain"][0].update(root="0" * 64),
    "version": lambda proof: proof.update(version=2),
    "nothing in it": lambda proof: proof.clear(),
}


@pytest.mark.parametrize("part", ALTERED)
async def test_a_proof_altered_anywhere_does_not_hold(busy: House, part: str) -> None:
    await seal_waiting(busy, most=8)
    found = await rows(busy, "SELECT row_id FROM seal_leaf WHERE of = 'certificate' AND seal_id = (SELECT min(seal_id)"
                             " FROM seal_leaf WHERE of = 'certificate')")  # fmt: skip
    proof = await proof_of(busy, found[0]["row_id"], (await head(busy))["number"])
    assert proof["path"]
    assert len(proof["chain"]) > 1
    altered = deepcopy(proof)
    ALTERED[part](altered)
    assert altered != proof
    assert proof_faults(altered) != []
    assert proof_faults(proof) == []


async def test_a_proof_is_held_against_what_was_kept(busy: House) -> None:
    await seal_waiting(busy, most=8)
    newest, first = await head(busy), await head(busy, 1)
    proof = await proof_of(busy, 1, newest["number"])
    (fault,) = proof_faults(proof, newest | {"digest": "0" * 64})
    assert fault.en == f"Seal {newest['number']} is not what was kept of it."
    if proof["seal"]["number"] > 1:
        (fault,) = proof_faults(proof, first)
        assert "does not reach the kept seal 1" in fault.en
    (fault,) = proof_faults(proof, {"number": 1})
    assert "no proof of a seal" in fault.en


async def test_a_certificate_altered_in_the_books_has_no_proof_that_holds(busy: House) -> None:
    await seal_waiting(busy)
    async with as_owner(busy) as connection:
        await connection.execute(
            "SET session_replication_role = replica; UPDATE certificate SET effect_amount = 9 WHERE id = 1"
        )
    (fault,) = proof_faults(await proof_of(busy, 1))
    assert fault.en == "What the certificate says does not lead to the seal's root."
    assert proof_faults(await proof_of(busy, 2)) == []
