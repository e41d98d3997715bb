"""Whether a server can serve, and what is in the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from core.house import House
from core.migrations.run import HERE
from schema.build import DureSchema
from schema.http.app import application
from tests.support.ledger import as_owner


async def ready(client: httpx.AsyncClient) -> tuple[int, dict[str, str]]:
    response = await client.get("/readyz")
    body = response.json()
    assert body["ready"] is (response.status_code == 200)
    checks: dict[str, str] = body["checks"]
    return response.status_code, checks


async def test_a_server_that_lacks_nothing_is_ready(client: httpx.AsyncClient) -> None:
    status, checks = await ready(client)
    assert status == 200
    assert checks == dict.fromkeys(("database", "migrations", "catalogue", "store", "writes", "room"), "ok")


async def test_a_pending_migration_is_named(client: httpx.AsyncClient, house: House) -> None:
    newest, before = sorted((each.stem for each in (HERE / "versions").glob("0*.py")), reverse=True)[:2]
    async with as_owner(house) as owner:
        done = await owner.execute("UPDATE alembic_version SET version_num = $1 WHERE version_num = $2", before, newest)
        assert done == "UPDATE 1"
    status, checks = await ready(client)
    assert status == 503
    assert checks["migrations"] == f"pending: {newest}; run dure migrate"


async def test_a_catalogue_that_is_not_as_declared_is_named(house: House, schema: DureSchema) -> None:
    transport = httpx.ASGITransport(app=application(house, schema))  # a catalogue that nobody wrote down
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        status, checks = await ready(http)
    assert status == 503
    assert "mileage_innovation.rnd_technology_development" in checks["catalogue"]


async def test_a_database_that_is_gone_is_told_without_its_address(client: httpx.AsyncClient, house: House) -> None:
    await house.database.close()
    status, checks = await ready(client)
    assert status == 503
    assert checks["database"].startswith("failed: ")
    assert (await client.get("/healthz")).status_code == 200


async def test_a_bucket_that_does_not_answer_is_told_without_its_keys(house: House, schema: DureSchema) -> None:
    address = "s3://dure/?endpoint=http://127.0.0.1:1&allow_http=true&access_key_id=a&secret_access_key=s3cret-key"
    changed = replace(house, settings=house.settings.model_copy(update={"documents_url": address}))
    transport = httpx.ASGITransport(app=application(changed, schema))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        _, checks = await ready(http)
    assert checks["store"] != "ok"
    assert "s3cret" not in str(checks)


async def test_what_runs_beside_the_server_has_its_say(client: httpx.AsyncClient, house: House) -> None:
    async def stopped(_house: House) -> str | None:
        return "the jobs have stopped"

    async def broken(_house: House) -> str | None:
        raise RuntimeError("the password is hunter2")

    house.watch.checks |= {"jobs": stopped, "broken": broken}
    status, checks = await ready(client)
    assert (status, checks["jobs"], checks["broken"]) == (503, "the jobs have stopped", "failed: RuntimeError")


@pytest.mark.parametrize("path", ["/", "/verify/2026-AAAA", "/healthz", "/nowhere", "/documents/certificates/x.pdf"])
async def test_every_page_tells_browsers_to_be_careful(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers


async def test_behind_tls_browsers_are_told_to_stay_there(house: House, schema: DureSchema, tmp_path: Path) -> None:
    secure = replace(house, settings=house.settings.model_copy(update={"secure_cookies": True}))
    transport = httpx.ASGITransport(app=application(secure, schema))
    async with httpx.AsyncClient(transport=transport, base_url="https://dure.test") as http:
        for response in (await http.get("/"), await http.post("/graphql", json={"query": "{ viewer { signedIn } }"})):
            assert response.headers["strict-transport-security"].startswith("max-age=")
