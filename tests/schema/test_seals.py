"""What anybody may ask of seals: heads to keep, and proofs to check."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from core.benefits import issue_certificate, write_declared_benefits
from core.house import House
from core.seals import proof_faults, seal_waiting
from tests.schema.test_commands import dure
from tests.support.client import Client
from tests.support.ledger import as_owner
from tests.support.world import give, member, organization, rows

SEALS = "{ seals(first: 2) { totalCount nodes { number sealedAt leaves root previous digest } } }"
PROOF = """query ($number: String!, $head: BigInt) {
  sealProof(number: $number, head: $head) { seal { number digest } document }
}"""


@pytest.fixture
async def number(house: House) -> str:
    """The number of a certificate that is not sealed yet."""
    async with house.work() as work:
        await write_declared_benefits(work)
    company = await organization(house, 1, sme=True)
    buyer = await member(house, company, "hanbit", main=True)
    await give(house, "mileage_innovation", company, 5_000)
    (benefit,) = await rows(house, "SELECT id FROM benefit WHERE code = 'marketing_capability'")
    async with house.work(buyer) as work:
        issued = await issue_certificate(
            work, benefit_id=benefit["id"], organization_id=company, round="1", points=500, key="k"
        )
    return issued.number


async def test_before_the_first_seal_there_is_none(client: httpx.AsyncClient) -> None:
    for path in ("/seals/latest", "/seals/1", "/seals/99999999999999999999"):
        response = await client.get(path)
        assert response.status_code == 404
        assert "There is no such seal" in response.json()["error"]


async def test_the_chain_is_public_and_never_shows_a_salt(client: httpx.AsyncClient, house: House, number: str) -> None:
    await seal_waiting(house, most=2)
    latest = await client.get("/seals/latest")
    head = latest.json()
    assert latest.headers["cache-control"] == "no-store"
    seals = (await Client(client).ask(SEALS))["seals"]
    assert seals["totalCount"] == head["number"]
    newest, before = seals["nodes"]
    assert {name: head[name] for name in ("number", "root", "previous", "leaves", "digest")} == {
        name: newest[name] for name in ("number", "root", "previous", "leaves", "digest")
    }
    assert newest["previous"] == before["digest"]
    assert (await client.get(f"/seals/{before['number']}")).json()["digest"] == before["digest"]
    salts = [row["salt"] for row in await rows(house, "SELECT encode(salt, 'hex') AS salt FROM seal")]
    assert not [salt for salt in salts if salt in latest.text]


async def test_a_proof_is_to_be_had_by_the_number_alone_once_it_is_sealed(
    client: httpx.AsyncClient, house: House, number: str
) -> None:
    waits = await client.get(f"/verify/{number}/proof.json")
    assert waits.status_code == 404
    assert "not sealed yet" in waits.json()["error"]
    assert (await Client(client).ask(PROOF, number=number))["sealProof"] is None
    assert "Not sealed yet" in (await client.get(f"/verify/{number}")).text

    await seal_waiting(house)
    page = await client.get(f"/verify/{number}")
    assert f'<a href="{number}/proof.json" download>' in page.text
    response = await client.get(f"/verify/{number.lower().replace('-', '')}/proof.json")
    assert response.headers["content-disposition"] == f'attachment; filename="{number}-proof.json"'
    proof = response.json()
    assert proof_faults(proof) == []
    asked = (await Client(client).ask(PROOF, number=number))["sealProof"]
    assert asked["document"] == proof
    assert asked["seal"] == {"number": 1, "digest": proof["seal"]["digest"]}


async def test_a_proof_leads_on_to_a_head_that_was_kept_later(
    client: httpx.AsyncClient, house: House, number: str
) -> None:
    for _ in range(2):
        await seal_waiting(house)
        async with house.work() as work:
            work.record("done", "thing", 1)
    await seal_waiting(house)
    kept = (await client.get("/seals/latest")).json()
    proof = (await client.get(f"/verify/{number}/proof.json?head=3")).json()
    assert [seal["number"] for seal in proof["chain"]] == [2, 3]
    assert proof_faults(proof, kept) == []
    (fault,) = proof_faults((await client.get(f"/verify/{number}/proof.json")).json(), kept)
    assert "proof.json?head=3" in fault.en


@pytest.mark.parametrize("head", ["", "-1", "x", "٣", "1" * 40, "1.5"])
async def test_a_head_that_is_no_number_is_refused(client: httpx.AsyncClient, number: str, head: str) -> None:
    assert (await client.get(f"/verify/{number}/proof.json", params={"head": head})).status_code == 400


async def test_of_an_unknown_number_nothing_is_proven(client: httpx.AsyncClient) -> None:
    response = await client.get("/verify/2026-ABCD-EFGH-JKMN/proof.json")
    assert response.status_code == 404
    assert "No certificate was issued" in response.json()["error"]
    assert (await Client(client).ask(PROOF, number="2026"))["sealProof"] is None


async def test_the_commands_seal_keep_check_and_find_a_chain_made_anew(
    house: House, database_url: str, number: str, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    env = {"DURE_DATABASE_URL": database_url, "DURE_DATA_DIR": str(tmp_path)}
    sealed = dure("seal", **env)
    assert sealed.returncode == 0, sealed.stderr
    kept = tmp_path / "heads.json"
    kept.write_text(sealed.stdout.splitlines()[-1] + "\n", encoding="utf-8")
    assert json.loads(kept.read_text(encoding="utf-8")) == (await client.get("/seals/latest")).json()

    proof = tmp_path / "proof.json"
    proof.write_bytes((await client.get(f"/verify/{number}/proof.json")).content)
    nowhere = {"DURE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    checked = dure("check-proof", str(proof), "--head", str(kept), **nowhere)
    assert checked.returncode == 0, checked.stdout
    assert f"number: {number}" in checked.stdout
    proof.write_text(proof.read_text(encoding="utf-8").replace("bonus_points", "loan_limit"), encoding="utf-8")
    checked = dure("check-proof", str(proof), **nowhere)
    assert checked.returncode == 1
    assert "does not lead to the seal's root" in checked.stdout

    verified = dure("verify", "--heads", str(kept), **env)
    assert verified.returncode == 0, verified.stdout
    assert "Each seal is what was kept of it elsewhere: 1" in verified.stdout
    assert "Each entry is as it was sealed: 2" in verified.stdout
    async with as_owner(house) as connection:
        await connection.execute(
            "SET session_replication_role = replica; UPDATE entry SET recorded_at = recorded_at + '1 us' WHERE id = 1"
        )
    verified = dure("verify", "--heads", str(kept), **env)
    assert verified.returncode == 1
    assert "entry 1: what was sealed of it expected seal 1 " in verified.stdout


@pytest.mark.parametrize("content", ["", "[]", "{}", "no JSON", '{"number": 1}'])
def test_a_file_that_keeps_no_head_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "heads.json"
    file.write_text(content, encoding="utf-8")
    ended = dure("verify", "--heads", str(file))
    assert ended.returncode == 2
    assert "heads.json " in ended.stderr
    assert "Traceback" not in ended.stderr
