"""GraphQL over HTTP: media types, status codes, methods, languages, and what is said when a request is none."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import strawberry
from strawberry.file_uploads import Upload

from core.hookspecs import hookimpl
from core.house import House
from core.parts import GraphQLParts
from core.plugins import Plugins
from schema.build import build_schema
from schema.http.app import application
from schema.http.graphql import MOST_BYTES
from tests.support.api import asks, company

GRAPHQL, JSON = "application/graphql-response+json", "application/json"
VIEWER = {"query": "{ viewer { signedIn } }"}
SIGN_OUT = "mutation { signOut { errors { code } } }"


async def post(client: httpx.AsyncClient, body: Any = VIEWER, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/graphql", json=body, headers=named)


def code(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    found: str = error["extensions"]["code"]
    return found


# ---------------------------------------------------------------------------------------- media types and status


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("", JSON),
        ("text/html, */*;q=0.1", JSON),
    ],
)
async def test_the_answer_is_of_the_type_that_is_accepted(
    client: httpx.AsyncClient, accept: str, answered: str
) -> None:
    response = await post(client, accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json() == {"data": {"viewer": {"signedIn": False}}}


async def test_who_accepts_no_json_is_told_so(client: httpx.AsyncClient) -> None:
    response = await post(client, accept="text/html")
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("query", ["{ viewer { nothing } }", "{ viewer", "{ node(id: 1.5) { id } }"])
async def test_what_cannot_be_executed_is_400_by_the_specification_and_200_by_the_older_type(
    client: httpx.AsyncClient, query: str
) -> None:
    new, old = await post(client, {"query": query}, accept=GRAPHQL), await post(client, {"query": query}, accept=JSON)
    assert (new.status_code, old.status_code) == (400, 200)
    assert "data" not in new.json()
    assert new.json() == old.json()
    assert code(new) == "BAD_REQUEST"


async def test_a_variable_of_the_wrong_type_is_400(client: httpx.AsyncClient) -> None:
    query = "query ($n: Int!) { organizations(first: $n) { nodes { id } } }"
    response = await post(client, {"query": query, "variables": {"n": "many"}}, accept=GRAPHQL)
    assert response.status_code == 400
    assert "$n" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_an_error_of_one_field_is_200_with_what_there_is(client: httpx.AsyncClient, accept: str) -> None:
    query = '{ viewer { signedIn } organization(businessNumber: "123") { id } }'
    response = await post(client, {"query": query}, accept=accept)
    assert response.status_code == 200
    answer = response.json()
    assert answer["data"] == {"viewer": {"signedIn": False}, "organization": None}
    assert answer["errors"][0]["path"] == ["organization"]
    assert answer["errors"][0]["extensions"] == {
        "code": "IDENTITY_BUSINESS_NUMBER_FORM",
        "input": ["businessNumber"],
    }


async def test_no_answer_is_kept_by_a_cache(client: httpx.AsyncClient) -> None:
    response = await post(client)
    assert response.headers["cache-control"] == "no-store"
    assert {"Accept", "Accept-Language", "Authorization", "Cookie"} <= set(response.headers["vary"].split(", "))


# ------------------------------------------------------------------------------------------------------- methods


async def test_a_query_may_be_asked_by_get(client: httpx.AsyncClient) -> None:
    parameters = {
        "query": "query A($id: ID!) { node(id: $id) { id } } query B { viewer { signedIn } }",
        "variables": '{"id": "x"}',
        "operationName": "A",
    }
    response = await client.get("/graphql", params=parameters)
    assert response.status_code == 200
    assert response.json() == {"data": {"node": None}}


async def test_a_mutation_by_get_is_not_done(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": SIGN_OUT})
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


async def test_other_methods_are_not_allowed(client: httpx.AsyncClient) -> None:
    assert (await client.put("/graphql", json=VIEWER)).status_code == 405


# ------------------------------------------------------------------------------------------------- bad requests


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "1",
        '"{ viewer { signedIn } }"',
        "{}",
        '{"query": null}',
        '{"query": 1}',
        '{"query": "  "}',
        '{"query": "{ viewer { signedIn } }", "variables": []}',
        '{"query": "{ viewer { signedIn } }", "operationName": 1}',
        '{"query": "\\ud800"}',
        "\udcff",
    ],
)
async def test_what_is_no_graphql_request_is_400(client: httpx.AsyncClient, body: str) -> None:
    content = body.encode(errors="surrogateescape")
    response = await client.post("/graphql", content=content, headers={"content-type": JSON})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_batches_are_not_taken(client: httpx.AsyncClient) -> None:
    response = await post(client, [VIEWER, VIEWER])
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert "batches" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/graphql", ""])
async def test_another_content_type_is_415(client: httpx.AsyncClient, content_type: str) -> None:
    content = json.dumps(VIEWER).encode()
    response = await client.post("/graphql", content=content, headers={"content-type": content_type})
    assert (response.status_code, code(response)) == (415, "BAD_REQUEST")


async def test_a_body_past_the_limit_is_413(client: httpx.AsyncClient) -> None:
    response = await post(client, {"query": VIEWER["query"] + " " * MOST_BYTES})
    assert (response.status_code, code(response)) == (413, "BAD_REQUEST")


async def test_an_operation_that_is_not_in_the_document_is_400(client: httpx.AsyncClient) -> None:
    response = await post(client, VIEWER | {"operationName": "Other"}, accept=GRAPHQL)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_of_several_operations_one_must_be_named(client: httpx.AsyncClient) -> None:
    query = "query A { viewer { signedIn } } query B { viewer { signedIn } }"
    assert (await post(client, {"query": query}, accept=GRAPHQL)).status_code == 400
    assert (await post(client, {"query": query, "operationName": "B"}, accept=GRAPHQL)).status_code == 200


async def test_a_text_the_database_cannot_keep_is_the_clients_mistake(client: httpx.AsyncClient, house: House) -> None:
    asker = asks(client, await company(house, "hanbit"))
    answer = await asker.send('{ organizations(where: {name: {eq: "a\\u0000b"}}) { nodes { id } } }')
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


# ------------------------------------------------------------------------------- languages, request ids, tokens


@pytest.mark.parametrize(
    ("accept_language", "said"),
    [
        ("", "사업자등록번호는"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "사업자등록번호는"),
        ("en-US,en;q=0.9", "A business number"),
        ("de, en;q=0.5", "A business number"),
    ],
)
async def test_errors_are_korean_unless_english_is_preferred(
    client: httpx.AsyncClient, accept_language: str, said: str
) -> None:
    query = '{ organization(businessNumber: "123") { id } }'
    response = await post(client, {"query": query}, accept_language=accept_language)
    assert response.json()["errors"][0]["message"].startswith(said)


async def test_a_request_id_is_given_back_or_given(client: httpx.AsyncClient) -> None:
    assert (await post(client, x_request_id="trace-7")).headers["x-request-id"] == "trace-7"
    one, two = (await post(client)).headers["x-request-id"], (await post(client)).headers["x-request-id"]
    assert one != two
    assert len(one) == 32


async def test_a_request_id_is_kept_with_what_the_request_did(client: httpx.AsyncClient, house: House) -> None:
    who = await company(house, "hanbit")
    headers = {"authorization": f"Bearer {who.token}", "x-request-id": "trace-8"}
    await client.post("/graphql", json={"query": SIGN_OUT}, headers=headers)
    async with house.database.reading() as tx:
        action = await tx.connection.fetchval("SELECT action FROM audit_event WHERE request_id = 'trace-8'")
    assert action == "member.signed_out"


@pytest.mark.parametrize("token", ["x", "Bearer", "토큰"])
@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_token_that_is_not_good_is_401(client: httpx.AsyncClient, token: str, accept: str) -> None:
    headers = {"authorization": f"Bearer {token}".encode(), "accept": accept}
    response = await client.post("/graphql", json=VIEWER, headers=headers)  # type: ignore[arg-type]
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")


async def test_a_request_without_a_token_is_the_publics(client: httpx.AsyncClient) -> None:
    assert (await post(client, authorization="Basic eDp5")).json()["data"] == {"viewer": {"signedIn": False}}


async def test_who_is_not_signed_in_may_change_nothing(client: httpx.AsyncClient) -> None:
    answer = await asks(client).send(SIGN_OUT)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# ---------------------------------------------------------------------------------- the unexpected, and uploads


@strawberry.type
class Provoking:
    @strawberry.field(description="고장 · Something that breaks.")  # type: ignore[untyped-decorator]
    def broken(self) -> str:
        raise RuntimeError("the password is hunter2")

    @strawberry.field(description="크기 · How large a file is.")  # type: ignore[untyped-decorator]
    def size(self, file: Upload, note: str = "") -> int:
        return len(file.content)  # type: ignore[attr-defined]


class ProvokingPlugin:
    @hookimpl
    def register_graphql(self) -> GraphQLParts:
        return GraphQLParts(query=(Provoking,))


@pytest.fixture
async def provoked(house: House) -> AsyncIterator[httpx.AsyncClient]:
    schema = build_schema(Plugins({"provoking": ProvokingPlugin()}))
    transport = httpx.ASGITransport(app=application(house, schema), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield http


async def test_the_unexpected_is_masked_logged_and_carries_the_request_id(
    provoked: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = await post(provoked, {"query": "{ broken }"}, x_request_id="trace-9", accept=GRAPHQL)
    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "trace-9"}
    assert "trace-9" in error["message"]
    assert "hunter2" not in response.text
    assert "hunter2" in caplog.text
    assert "trace-9" in caplog.text


async def test_a_database_out_of_reach_is_503(provoked: httpx.AsyncClient, house: House) -> None:
    await house.database.close()
    response = await post(provoked, VIEWER, authorization="Bearer x")
    assert (response.status_code, code(response)) == (503, "UNAVAILABLE")
    assert int(response.headers["retry-after"]) > 0


UPLOAD = {"query": "query ($file: Upload!) { size(file: $file) }", "variables": {"file": None}}
FORM = {"graphql-preflight": "1"}


async def upload(
    client: httpx.AsyncClient,
    operations: Any = UPLOAD,
    places: Any = {"0": ["variables.file"]},  # noqa: B006 - never changed
    content: bytes = b"12345",
    headers: dict[str, str] = FORM,
) -> httpx.Response:
    data = {"operations": json.dumps(operations), "map": json.dumps(places)}
    return await client.post("/graphql", data=data, files={"0": ("a.txt", content)}, headers=headers)


async def test_a_file_arrives_by_the_multipart_request_specification(provoked: httpx.AsyncClient) -> None:
    response = await upload(provoked)
    assert response.json() == {"data": {"size": 5}}


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        (UPLOAD, {"0": ["variables.other.file"]}),
        (UPLOAD, {"0": ["variables.file.deeper"]}),
        (UPLOAD, {"1": ["variables.file"]}),
        (UPLOAD, {"0": "variables.file"}),
        (UPLOAD, {"0": ["query"]}),
        (UPLOAD, {"0": [1]}),
        (UPLOAD, []),
        ([UPLOAD], {"0": ["0.variables.file"]}),
        ("no", {"0": ["variables.file"]}),
    ],
)
async def test_a_map_that_does_not_fit_is_400(provoked: httpx.AsyncClient, operations: Any, places: Any) -> None:
    response = await upload(provoked, operations, places)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_a_form_that_is_none_is_400(provoked: httpx.AsyncClient) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        headers = {"content-type": content_type} | FORM
        response = await provoked.post("/graphql", content=b"--y\r\nnothing", headers=headers)
        assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_a_file_past_the_limit_is_413(provoked: httpx.AsyncClient) -> None:
    response = await upload(provoked, content=bytes(11 * 1024 * 1024 + 1))
    assert (response.status_code, code(response)) == (413, "BAD_REQUEST")


async def test_a_form_of_another_site_is_refused_for_want_of_a_header_that_forms_cannot_send(
    provoked: httpx.AsyncClient,
) -> None:
    response = await upload(provoked, headers={})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert "graphql-preflight" in response.json()["errors"][0]["message"]
