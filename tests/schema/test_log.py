"""The log of a real server: a line a request, everything needed to find one, and no secret in it."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests.support.numbers import business_number
from tests.support.servers import DURE, ROOT, running

DEMO = "Dure-demo-26"
SIGN_IN = """mutation SignIn($id: String!, $pw: String!, $cookie: Boolean) {
  signIn(input: {loginId: $id, password: $pw, cookie: $cookie}) { token csrfToken errors { code } } }"""
SIGN_UP = "mutation SignUp($input: SignUpInput!) { signUp(input: $input) { organization { id } errors { code } } }"
ISSUE = """mutation Issue($b: ID!) { issueCertificate(input: {benefitId: $b, round: "2026-1", points: 500,
  existingPoints: 0, idempotencyKey: "one"}) { certificate { id number } errors { code } } }"""
RETURN = """mutation Return($c: ID!) { returnCertificate(input: {id: $c, reason: "미선정", idempotencyKey: "two"}) {
  errors { code } } }"""
RESET = """mutation Reset($id: String!, $code: String!, $pw: String!) { resetPassword(
  input: {loginId: $id, code: $code, newPassword: $pw, confirmPassword: $pw}) { errors { code } } }"""
BENEFIT = '{ benefits(where: {code: {eq: "rnd_technology_development"}}) { nodes { id } } }'


class Somebody:
    """A client that remembers every secret it was told."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.secrets = {DEMO}

    def ask(self, document: str, token: str | None = None, *, fails: bool = False, **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": document, "variables": variables}
        answer = self.http.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        assert fails or not payload.get("errors"), payload
        return payload

    def sign_in(self, login_id: str, password: str = DEMO, **more: Any) -> str:
        payload = self.ask(SIGN_IN, id=login_id, pw=password, **more)
        self.secrets |= {each for each in (payload["token"], payload["csrfToken"]) if each}
        return str(payload["token"])


def everything(who: Somebody, env: dict[str, str]) -> None:
    """Sign up, sign in by every way, redeem, and err."""
    person = {"name": "최비밀", "email": "choi.secret@example.org", "phone": "02-987-6543"}
    given = {"businessNumber": business_number(9_103), "name": "비밀정밀", "loginId": "secretive", "person": person}
    who.ask(SIGN_UP, input={**given, "password": "Sunrise-2026"})
    who.secrets |= {"Sunrise-2026", *person.values()}
    who.sign_in("secretive", "Sunrise-2026")
    who.ask(SIGN_IN, id="secretive", pw="Wrong-guess-1", fails=True)
    who.secrets.add("Wrong-guess-1")
    token = who.sign_in("yesi")
    benefit = who.ask(BENEFIT)["nodes"][0]["id"]
    certificate = who.ask(ISSUE, token, b=benefit)["certificate"]
    who.secrets.add(certificate["number"])
    pages = (f"/verify/{certificate['number']}", f"/documents/certificates/{certificate['number']}.pdf")
    for page in pages:
        assert who.http.get(page, headers={"authorization": f"Bearer {token}"}).status_code == 200
    who.ask(RETURN, token, c=certificate["id"])
    operator = who.sign_in("operator")
    member = '{ members(where: {loginId: {eq: "secretive"}}) { nodes { id } } }'
    found = who.ask(member, operator)["nodes"][0]["id"]
    reset = "mutation R($m: ID!) { resetMember(input: {memberId: $m}) { code errors { code } } }"
    code = who.ask(reset, operator, m=found)["code"]
    who.ask(RESET, id="secretive", code=code, pw="Moonrise+2027")
    who.secrets |= {code, "Moonrise+2027"}
    who.http.get("/graphql", params={"query": "query ($n: String!) { organization(businessNumber: $n) { id } }",
                                     "variables": '{"n": "in-the-address"}'})  # fmt: skip
    who.secrets.add("in-the-address")
    who.http.post("/graphql", json={"query": "{ viewer { signedIn } }"}, headers={"authorization": "Bearer t0ken-x"})
    who.http.post("/graphql", content=b'{"query": "not-json-s3cret')
    who.secrets |= {"t0ken-x", "not-json-s3cret"}
    who.secrets.add(str(re.search("://[^:]*:([^@]+)@", env["DURE_DATABASE_URL"] + "://x:never-there@")[1]))  # type: ignore[index]


async def test_whoever_reads_the_log_learns_what_happened_but_no_secret(database_url: str, tmp_path: Path) -> None:
    def run() -> Somebody:
        settings = {"DURE_LOG_LEVEL": "debug", "DURE_METRICS_TOKEN": "a-token-of-the-metrics"}
        with (
            running(database_url, tmp_path, "--demo", **settings) as (address, env, _),
            httpx.Client(base_url=address, timeout=60) as http,
        ):
            who = Somebody(http)
            roster = ROOT / "plugins/mileage_innovation/samples/completions-sample.xlsx"
            words = [str(DURE), "import", "completions", str(roster), "--provider", "000-90-00020"]
            subprocess.run(words, cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
            everything(who, env)
            metrics = http.get("/metrics", headers={"authorization": "Bearer a-token-of-the-metrics"})
            assert 'kind="hold"' in metrics.text
            assert 'kind="release"' in metrics.text
            who.secrets.add("a-token-of-the-metrics")
            return who

    who = await asyncio.to_thread(run)
    said = (tmp_path / "server.log").read_text(encoding="utf-8")
    said = said[said.index('{"') :]  # after what the terminal is told: the addresses and the demo's sign-ins
    lines = [json.loads(line) for line in said.splitlines()]
    assert len(who.secrets) > 15
    assert {secret for secret in who.secrets if secret in said} == set()
    requests = [line for line in lines if line["event"] == "request"]
    by_operation = {line["operation"]: line for line in requests if "operation" in line}
    assert by_operation["Issue"] | {"time": "", "request": "", "ms": 0, "actor": 0} == {
        "time": "", "level": "info", "event": "request", "request": "", "method": "POST", "route": "/graphql",
        "status": 200, "outcome": "done", "ms": 0, "actor": 0, "operation": "Issue", "kind": "mutation",
        "ways": {"issueCertificate": "mutation"},
    }  # fmt: skip
    assert isinstance(by_operation["Issue"]["actor"], int)
    assert {"SignIn", "SignUp", "Issue", "Return", "Reset", ""} <= by_operation.keys()
    assert {line["outcome"] for line in requests} == {"done", "refused"}
    assert {"/verify/{number}", "/documents/certificates/{number}.pdf"} <= {line["route"] for line in requests}
    assert "/readyz" not in {line["route"] for line in requests}


def test_a_terminal_is_told_in_words(tmp_path: Path) -> None:
    import io

    from core.watch import Observation
    from core.watch.logs import Logs

    stream = io.StringIO()
    seen = Observation(method="GET", request_id="r-1", route="/", status=200)
    Logs(stream, json=False).access().write(seen)
    assert "request" in stream.getvalue()
    assert "route=/" in stream.getvalue()
    Logs(stream, json=False, level="warning").access().write(seen)
    assert len(stream.getvalue().splitlines()) == 1
