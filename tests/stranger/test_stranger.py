"""A stranger's program, one file without Strawberry, goes through everything Dure does."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from core.benefits import write_declared_benefits
from core.house import House
from core.ledgers import expire
from core.plugins import Plugins
from schema.build import build_schema
from tests.core.identity.scene import enter, join, staff
from tests.support.client import Client, asking
from tests.support.clock import SetClock

HERE = Path(__file__).parent
PLANTED = {"site": "양평 1호", "species": "OAK", "plantedOn": "2026-02-01", "trees": 101, "rooted": "0.83"}

DRAFT = """mutation ($rows: [FilingRowInput!]!) {
  draftFiling(input: {program: "green", activityType: "planting", rows: $rows}) {
    filing { id status } errors { code path message source { document clause } }
  }
}"""
SUBMIT = """mutation ($id: ID!) {
  submitFiling(input: {id: $id}) { filing { number status } errors { code path message source { clause } } }
}"""
DECIDE = """mutation ($id: ID!) {
  decideFiling(input: {id: $id, approve: true}) { filing { status points } errors { code } }
}"""
ACTIVITIES = """{ activities { nodes {
  status edition pointsSubject
  facts { __typename ... on TreePlanting { site species plantedOn trees rooted forester } }
} } }"""
LOTS = "{ lots { nodes { earnedOn expiresOn amount remaining } } accounts { nodes { asset posted held available } } }"
ISSUE = """mutation ($benefit: ID!) {
  issueCertificate(input: {benefitId: $benefit, round: "2026-1", points: 200, idempotencyKey: "one"}) {
    certificate { id number status points } errors { code path }
  }
}"""
USE = """mutation ($id: ID!) {
  useCertificate(input: {id: $id, idempotencyKey: "two"}) { certificate { status } errors { code } }
}"""


def stranger() -> ModuleType:
    """The module, loaded from its file as if it had been installed."""
    spec = importlib.util.spec_from_file_location("dure_green", HERE / "dure_green.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["dure_green"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def with_stranger() -> Plugins:
    return Plugins.installed({"dure_green": stranger()})


@dataclass
class Village:
    """The stranger's house, its public, a company and the staff who decide."""

    house: House
    public: Client
    company: Client
    staff: Client

    async def planted(self, **facts: Any) -> str:
        """The id of a draft about one planting."""
        rows = [{"facts": {"treePlanting": PLANTED | facts}}]
        return str((await self.company.change(DRAFT, rows=rows))["filing"]["id"])

    async def earned(self, **facts: Any) -> None:
        filing = await self.planted(**facts)
        await self.company.change(SUBMIT, id=filing)
        await self.staff.change(DECIDE, id=filing)


@pytest.fixture
async def village(house: House, with_stranger: Plugins) -> AsyncIterator[Village]:
    ours = replace(house, plugins=with_stranger)
    async with ours.work() as work:
        await write_declared_benefits(work)
    await join(ours, login_id="forester")
    await staff(ours, login_id="green-staff", programs=("green",))
    async with asking(ours) as public:
        company = public.signed_in((await enter(ours, "forester")).token)
        yield Village(ours, public, company, public.signed_in((await enter(ours, "green-staff")).token))


def test_it_is_one_short_file_that_knows_nothing_of_graphql() -> None:
    source = (HERE / "dure_green.py").read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else _names(node))
    }
    assert imported <= {"collections", "core", "dataclasses", "datetime", "decimal"}
    assert len(source.splitlines()) <= 120


def _names(node: ast.AST) -> list[str]:
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_installed_by_pip_it_is_found_and_shown(tmp_path: Path) -> None:
    """Into a folder of its own, without a network."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]
    install += ["--no-deps", "--no-build-isolation", "--no-cache-dir", "--target", str(tmp_path), str(HERE)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    script = (
        "import json; from core.plugins import Plugins; from schema.build import build_schema\n"
        "plugins = Plugins.installed(); sdl = build_schema(plugins).as_str()\n"
        "print(json.dumps({'owner': plugins.owners['green'], 'shown': 'type TreePlanting' in sdl}))"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "error"}
    seen = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout) == {"owner": "dure_green", "shown": True}


def test_its_types_are_in_the_schema_described_and_marked_as_its_own(with_stranger: Plugins) -> None:
    sdl = build_schema(with_stranger).as_str()
    assert '"""참나무 · oak"""\n  OAK' in sdl
    assert '"""식재 수량 · trees planted (그루 · trees)"""\n  trees: BigInt! @program(code: "dure_green")' in sdl
    assert 'treePlanting: TreePlantingInput @program(code: "dure_green")' in sdl
    assert 'forester: String @program(code: "dure_green")' in sdl
    assert "GREEN_SHARE" in sdl


def test_its_classes_are_left_as_they_were(with_stranger: Plugins) -> None:
    build_schema(with_stranger)
    kind = with_stranger.programs["green"].activity_types[0]
    assert not hasattr(kind.facts, "__strawberry_definition__")
    assert not hasattr(sys.modules["dure_green"].Species, "__strawberry_definition__")


async def test_the_program_can_be_asked_for_with_its_sources(village: Village) -> None:
    data = await village.public.ask(
        """{ program(code: "green") { name { ko } assets { validYears source { clause } }
             activityTypes { factsField facts { key required } editions { effective source { clause } } } } }"""
    )
    (kind,) = data["program"]["activityTypes"]
    assert data["program"]["assets"] == [{"validYears": 3, "source": {"clause": "제8조 (유효기간)"}}]
    assert kind["factsField"] == "treePlanting"
    assert [each["key"] for each in kind["facts"] if not each["required"]] == ["forester"]
    assert kind["editions"] == [{"effective": "2026-01-01", "source": {"clause": "제5조 (적립)"}}]


async def test_a_planting_is_filed_approved_and_earns_by_the_rule(village: Village) -> None:
    filing = await village.planted(forester="김숲")
    submitted = await village.company.change(SUBMIT, id=filing)
    assert submitted["filing"] == {"number": "26-1", "status": "SUBMITTED"}
    decided = await village.staff.change(DECIDE, id=filing)
    assert decided["filing"] == {"status": "APPROVED", "points": 209}  # 101 × 0.83 × 2.5 = 209.575, floored

    (activity,) = (await village.company.ask(ACTIVITIES))["activities"]["nodes"]
    assert activity["facts"] == {"__typename": "TreePlanting", **PLANTED, "forester": "김숲"}
    assert (activity["status"], activity["edition"], activity["pointsSubject"]) == ("APPROVED", "2026-01-01", 209)


async def test_a_fact_that_may_be_left_out_is_null(village: Village) -> None:
    await village.planted()
    (activity,) = (await village.company.ask(ACTIVITIES))["activities"]["nodes"]
    assert activity["facts"] == {"__typename": "TreePlanting", **PLANTED, "forester": None}


async def test_its_check_objects_with_its_own_problem_and_clause(village: Village) -> None:
    filing = await village.planted(rooted="1.2")
    assert await village.company.objections(SUBMIT, id=filing) == [
        {
            "code": "GREEN_SHARE",
            "path": ["rows", "0", "facts", "rooted"],
            "message": "The share that took root is from 0 to 1, not 1.2.",
            "source": {"clause": "제6조 (활착률)"},
        }
    ]


async def test_what_it_earned_expires_on_its_day(village: Village, clock: SetClock) -> None:
    await village.earned()
    lots = {"earnedOn": "2026-02-01", "expiresOn": "2029-02-01", "amount": 209, "remaining": 209}
    assert (await village.company.ask(LOTS))["lots"]["nodes"] == [lots]

    assert [await expired(village, clock, day) for day in (date(2029, 1, 31), date(2029, 2, 1))] == [0, 209]
    later = village.public.signed_in((await enter(village.house, "forester")).token)
    after = (await later.ask(LOTS))["accounts"]["nodes"]
    assert after == [{"asset": "leaves", "posted": 0, "held": 0, "available": 0}]


async def expired(village: Village, clock: SetClock, day: date) -> int:
    clock.set(day)
    async with village.house.work() as work:
        return (await expire(work, program="green", asset="leaves", key=f"expiry:{day}")).amount


async def test_it_is_spent_by_a_certificate_with_its_paper_and_public_check(village: Village) -> None:
    await village.earned()
    benefits = await village.public.ask('{ benefits(where: {program: {eq: "green"}}) { nodes { id } } }')
    (benefit,) = benefits["benefits"]["nodes"]
    issued = (await village.company.change(ISSUE, benefit=benefit["id"]))["certificate"]
    assert (issued["status"], issued["points"]) == ("ISSUED", 200)

    paper = await village.company.get(f"/documents/certificates/{issued['number']}.pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    assert (await village.public.get(f"/documents/certificates/{issued['number']}.pdf")).status_code == 401
    page = await village.public.get(f"/verify/{issued['number']}")
    assert page.status_code == 200
    assert "수목원 이용권" in page.text and "녹색 실천 마일리지" in page.text

    used = await village.staff.change(USE, id=issued["id"])
    assert used["certificate"] == {"status": "USED"}
    account = (await village.company.ask(LOTS))["accounts"]["nodes"]
    assert account == [{"asset": "leaves", "posted": 9, "held": 0, "available": 9}]
