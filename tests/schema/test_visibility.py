"""Who may see which rows: every type and every role, in one table, and nothing more by any path.

none       nothing
all        everything
here       what belongs to the program of the mileage
elsewhere  what belongs to the other program
own        what belongs to one's organization
self       what belongs to oneself
permitted  what one's organization filed, of the types one may file
party      the same, and what is about one's organization once it was submitted
subject    what is about one's organization once it was submitted
redeem     what belongs to one's organization, with the permission to redeem there
open       what everybody sees
posted     the same, and what whoever is signed in sees
posted_at  the same, and what belongs to the program of the mileage
posted_by  the same, and what belongs to the other program
handled    what belongs to one's organization and came from what one may handle: activities of a type, certificates
buy        what one's organization ordered on the exchange, with the permission to
offer      what is on offer there
called     what belongs to a certification round that was called
told       what became of one's organization in a round that was approved
committee  what is in a round that one scores, or has scored
scorer     one's own scores, and those of all in a round one has scored, once it is evaluated
closed     what was scored in a round that is evaluated
deal       the same, and what one's organization has ordered of what no longer is
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from core.actor import Actor
from core.benefits import write_declared_benefits
from core.house import House
from core.plugins import Plugins
from core.seals import seal_waiting
from schema.build import DureSchema, build_schema
from schema.global_ids import to_global_id
from schema.http.app import application
from schema.mapping import ConnectionField, ToOneField, mapping_of
from tests.support.api import Account, asks
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.plugins import declaring, program
from tests.support.two_companies import ELSEWHERE, HERE, TwoCompanies, two_companies

BUY = "industry_academia.exchange.buy"
ROLES = (
    "public", "forced", "stranger", "main", "other_main", "sub", "other_sub", "clerk",
    "rev_else", "reviewer", "op_here", "operator", "auditor",
)  # fmt: skip

MATRIX = """
                  public forced stranger main   other_main sub     other_sub clerk     rev_else  reviewer op_here operator auditor
Organization      none   none   own      own    own        own     own       own       all       all      all     all      all
Standing          none   none   own      own    own        own     own       own       all       all      all     all      all
Member            none   none   own      own    own        self    self      self      self      self     self    all      all
Person            none   none   own      own    own        self    self      self      self      self     self    all      all
Account           none   none   own      own    own        own     own       own       elsewhere here     here    all      all
Entry             none   none   own      own    own        none    none      handled   elsewhere here     here    all      all
StatementLine     none   none   own      own    own        none    none      handled   elsewhere here     here    all      all
Transaction       none   none   own      own    own        none    none      handled   elsewhere here     here    all      all
Lot               none   none   own      own    own        none    none      handled   elsewhere here     here    all      all
LotMove           none   none   own      own    own        none    none      handled   elsewhere here     here    all      all
Hold              none   none   own      own    own        none    none      handled   elsewhere here     here    all      all
HeldLot           none   none   own      own    own        none    none      handled   elsewhere here     here    all      all
Filing            none   none   own      own    own        none    none      permitted elsewhere here     here    all      all
Activity          none   none   party    party  party      none    none      granted   elsewhere here     here    all      all
Certificate       none   none   own      own    own        none    none      redeem    elsewhere here     here    all      all
Job               none   none   self     self    self       self    self      self      self      self     self    all      all
Attachment        none   none   own      own    own        none    none      permitted elsewhere here     here    all      all
AuditEvent        none   none   own      own    own        none    none      none      none      none     none    all      all
Benefit           all    all    all      all    all        all     all       all       all       all      all     all      all
BenefitTerms      all    all    all      all    all        all     all       all       all       all      all     all      all
TrainingProvider  all    all    all      all    all        all     all       all       all       all      all     all      all
EligibleCourse    all    all    all      all    all        all     all       all       all       all      all     all      all
InnovationKind    all    all    all      all    all        all     all       all       all       all      all     all      all
ExchangeListing   offer  offer  offer    deal   deal       offer   offer     deal      offer     offer    offer   all      all
ExchangeSlot      offer  offer  offer    deal   deal       offer   offer     deal      offer     offer    offer   all      all
ExchangePhoto     offer  offer  offer    deal   deal       offer   offer     deal      offer     offer    offer   all      all
ExchangeOrder     none   none   own      own    own        none    none      buy       none      none     none    all      all
ExchangeBooking   none   none   own      own    own        none    none      buy       none      none     none    all      all
Participant       open   open   open     open   open       open    open      open      posted_by posted_at posted_at all   all
Post              open   open   posted   posted posted     posted  posted    posted    posted_by posted_at posted_at all   all
Call              open   open   open     open   open       open    open      open      posted_by posted_at posted_at all   all
Interest          none   none   own      own    own        own     own       own       elsewhere here     here    all      all
CertificationRound       called called called called called called called called called called called all all
CertificationCriterion   called called called called called called called called called called called all all
CertificationAssessor    none none none none none none none none self      none none all all
CertificationApplication none none own  own  own  none none none committee none none all all
CertificationDocument    none none own  own  own  none none none committee none none all all
CertificationScore       none none told told told none none none scorer    none none closed closed
CertificationResult      none none told told told none none none committee none none all all
CertifiedInstitution     all  all  all  all  all  all  all  all  all       all  all  all all
Seal              all    all    all      all    all        all     all       all       all       all      all     all      all
"""  # noqa: E501 - a table is read by its columns

LISTINGS = """SELECT l.id, l.status AS kind, array_append(ARRAY(SELECT o.company_id FROM ia_exchange_order o
    WHERE o.listing_id = l.id), l.university_id) AS organizations FROM ia_exchange_listing l"""
REACHED = "EXISTS (SELECT FROM ia_certification_step s WHERE s.round_id = t.round_id AND s.status = '{}')"
FIRST = "(SELECT s.member_id FROM ia_certification_assessor s WHERE s.round_id = t.round_id AND s.number = 1)"
CALLED = f"CASE WHEN {REACHED.format('called')} THEN 'called' END AS kind"
CLOSED = f"""CASE WHEN {REACHED.format("approved")} THEN 'published'
    WHEN {REACHED.format("evaluated")} THEN 'closed' END AS kind"""
HANDLED = """CASE split_part(t.reference, ':', 1)
    WHEN 'activity' THEN (SELECT v.program || '.' || v.activity_type || '.file' FROM activity v
        WHERE 'activity:' || v.id = t.reference)
    WHEN 'certificate' THEN t.program || '.redeem' WHEN 'benefit' THEN t.program || '.redeem' END AS kind"""
FACTS = {
    "Organization": "SELECT id, ARRAY[id] AS organizations FROM organization",
    "Standing": "SELECT id, ARRAY[organization_id] AS organizations FROM standing",
    "Member": "SELECT id, ARRAY[organization_id] AS organizations, id AS member FROM member",
    "Person": """SELECT p.id, array_remove(ARRAY[m.organization_id], NULL) AS organizations, m.id AS member
        FROM person p LEFT JOIN member m ON m.person_id = p.id""",
    "Account": "SELECT id, array_remove(ARRAY[organization_id], NULL) AS organizations, program FROM account",
    "Entry": f"""SELECT e.id, array_remove(ARRAY[a.organization_id], NULL) AS organizations, a.program, {HANDLED}
        FROM entry e JOIN account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id""",
    "Transaction": f"""SELECT t.id, t.program, {HANDLED}, coalesce((SELECT array_agg(DISTINCT o) FROM (
            SELECT a.organization_id AS o FROM entry e JOIN account a ON a.id = e.account_id
            WHERE e.transaction_id = t.id UNION ALL
            SELECT l.organization_id FROM lot_move m JOIN lot l ON l.id = m.lot_id WHERE m.transaction_id = t.id
        ) AS parties WHERE o IS NOT NULL), '{{}}') AS organizations FROM ledger_transaction t""",
    "StatementLine": f"""SELECT e.id, ARRAY[a.organization_id] AS organizations, a.program, {HANDLED}
        FROM entry e JOIN account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE a.organization_id IS NOT NULL""",
    "Lot": f"""SELECT l.id, ARRAY[l.organization_id] AS organizations, l.program, {HANDLED}
        FROM lot l JOIN ledger_transaction t ON t.id = l.transaction_id""",
    "LotMove": f"""SELECT m.id, ARRAY[l.organization_id] AS organizations, l.program, {HANDLED}
        FROM lot_move m JOIN lot l ON l.id = m.lot_id JOIN ledger_transaction t ON t.id = m.transaction_id""",
    "Hold": f"""SELECT h.id, ARRAY[a.organization_id] AS organizations, a.program, {HANDLED}
        FROM hold h JOIN account a ON a.id = h.account_id JOIN ledger_transaction t ON t.id = h.transaction_id""",
    "HeldLot": f"""SELECT x.id, ARRAY[a.organization_id] AS organizations, a.program, {HANDLED} FROM hold_lot x
        JOIN hold h ON h.id = x.hold_id JOIN account a ON a.id = h.account_id
        JOIN ledger_transaction t ON t.id = h.transaction_id""",
    "Filing": "SELECT id, ARRAY[organization_id] AS organizations, program, activity_type AS kind FROM filing",
    "Activity": """SELECT a.id, ARRAY[f.organization_id] AS organizations, a.program, a.activity_type AS kind,
        CASE WHEN a.status NOT IN ('draft', 'cancelled') THEN a.organization_id END AS subject
        FROM activity a JOIN filing f ON f.id = a.filing_id""",
    "Certificate": "SELECT id, ARRAY[organization_id] AS organizations, program FROM certificate",
    "Job": "SELECT id, asked_by AS member FROM job",
    "Attachment": """SELECT a.id, ARRAY[a.organization_id] AS organizations, a.program, f.activity_type AS kind
        FROM attachment a LEFT JOIN filing f ON f.id = a.filing_id""",
    "AuditEvent": "SELECT id, array_remove(ARRAY[organization_id], NULL) AS organizations FROM audit_event",
    "Benefit": "SELECT id FROM benefit",
    "BenefitTerms": "SELECT id FROM benefit_terms",
    "TrainingProvider": "SELECT id FROM mi_training_provider",
    "EligibleCourse": "SELECT id FROM mi_eligible_course",
    "InnovationKind": "SELECT id FROM mi_innovation_kind",
    "ExchangeListing": LISTINGS,
    "ExchangeSlot": f"""SELECT s.id, l.organizations, l.kind FROM ia_exchange_slot s
        JOIN ({LISTINGS}) l ON l.id = s.listing_id""",
    "ExchangePhoto": f"""SELECT a.id, l.organizations, l.kind FROM attachment a JOIN ({LISTINGS}) l
        ON l.id = a.subject_id AND a.subject_type = 'industry_academia.exchange_listing'""",
    "ExchangeOrder": "SELECT id, ARRAY[company_id, university_id] AS organizations FROM ia_exchange_order",
    "ExchangeBooking": """SELECT b.id, ARRAY[o.company_id, o.university_id] AS organizations
        FROM ia_exchange_booking b JOIN ia_exchange_order o ON o.id = b.order_id""",
    "Participant": """SELECT id, program, CASE WHEN until IS NULL THEN 'public' ELSE 'ended' END AS kind
        FROM participant""",
    "Post": """SELECT id, program, CASE WHEN published_from > '2998-01-01' THEN 'scheduled'
        WHEN audience_kinds <> '{}' THEN 'universities' ELSE audience END AS kind FROM post""",
    "Call": """SELECT id, program, CASE WHEN published_at IS NULL THEN 'draft' ELSE 'public' END AS kind
        FROM benefit_call""",
    "Interest": """SELECT i.id, ARRAY[i.organization_id] AS organizations, c.program
        FROM call_interest i JOIN benefit_call c ON c.id = i.call_id""",
    "CertificationRound": f"SELECT id, {CALLED} FROM (SELECT id, id AS round_id FROM ia_certification_round) t",
    "CertificationCriterion": f"SELECT id, {CALLED} FROM ia_certification_criterion t",
    "CertificationAssessor": "SELECT id, member_id AS member FROM ia_certification_assessor",
    "CertificationApplication": f"""SELECT id, ARRAY[organization_id] AS organizations,
        CASE WHEN {REACHED.format("evaluating")} THEN {FIRST} END AS member FROM ia_certification_application t""",
    "CertificationDocument": f"""SELECT d.id, ARRAY[t.organization_id] AS organizations,
        CASE WHEN {REACHED.format("evaluating")} THEN {FIRST} END AS member
        FROM attachment d JOIN ia_certification_application t
        ON t.id = d.subject_id AND d.subject_type = 'industry_academia.certification_application'""",
    "CertificationScore": f"""SELECT t.id, ARRAY[applicant_id] AS organizations, a.member_id AS member, {CLOSED},
        CASE WHEN {REACHED.format("evaluated")} THEN {FIRST} END AS subject
        FROM ia_certification_score t JOIN ia_certification_assessor a ON a.id = t.assessor_id""",
    "CertificationResult": f"""SELECT id, ARRAY[organization_id] AS organizations, {CLOSED}, {FIRST} AS member
        FROM ia_certification_result t""",
    "CertifiedInstitution": "SELECT id FROM ia_certification_certificate",
    "Seal": "SELECT id FROM seal",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is true of one row."""

    key: int
    organizations: frozenset[int] = frozenset()
    program: str | None = None
    kind: str | None = None
    subject: int | None = None
    member: int | None = None


def _own(row: Known, actor: Actor) -> bool:
    return actor.organization_id in row.organizations


def _permitted(row: Known, actor: Actor) -> bool:
    return _own(row, actor) and actor.holds(f"{row.program}.{row.kind}.file")


def _subject(row: Known, actor: Actor) -> bool:
    return row.subject is not None and row.subject == actor.organization_id


def _posted(row: Known) -> bool:
    return row.kind in ("public", "members")


MEANING: dict[str, Callable[[Known, Actor], bool]] = {
    "none": lambda row, actor: False,
    "all": lambda row, actor: True,
    "here": lambda row, actor: row.program == HERE,
    "elsewhere": lambda row, actor: row.program == ELSEWHERE,
    "own": _own,
    "self": lambda row, actor: row.member is not None and row.member == actor.member_id,
    "permitted": _permitted,
    "granted": lambda row, actor: (
        (_own(row, actor) or _subject(row, actor)) and actor.holds(f"{row.program}.{row.kind}.file")
    ),
    "party": lambda row, actor: _permitted(row, actor) or _subject(row, actor),
    "open": lambda row, actor: row.kind == "public",
    "posted": lambda row, actor: _posted(row),
    "posted_at": lambda row, actor: _posted(row) or row.program == HERE,
    "posted_by": lambda row, actor: _posted(row) or row.program == ELSEWHERE,
    "handled": lambda row, actor: _own(row, actor) and row.kind is not None and actor.holds(row.kind),
    "called": lambda row, actor: row.kind == "called",
    "told": lambda row, actor: _own(row, actor) and row.kind == "published",
    "committee": lambda row, actor: row.member == actor.member_id,
    "scorer": lambda row, actor: actor.member_id in (row.member, row.subject),
    "closed": lambda row, actor: row.kind is not None,
    "buy": lambda row, actor: _own(row, actor) and actor.holds(BUY),
    "offer": lambda row, actor: row.kind == "published",
    "deal": lambda row, actor: row.kind == "published" or (_own(row, actor) and actor.holds(BUY)),
    "redeem": lambda row, actor: _own(row, actor) and actor.holds(f"{row.program}.redeem"),
}


def matrix() -> dict[str, dict[str, str]]:
    head, *lines = MATRIX.strip().splitlines()
    roles = head.split()
    return {cells[0]: dict(zip(roles, cells[1:], strict=True)) for cells in (line.split() for line in lines)}


@dataclass(frozen=True, slots=True)
class Scene:
    """The town, everybody's client, and what is true of every row of every type."""

    town: TwoCompanies
    http: httpx.AsyncClient
    schema: DureSchema
    known: dict[str, list[Known]]

    def account(self, role: str) -> Account | None:
        town = self.town
        return {
            "public": None,
            "forced": town.a_forced,
            "stranger": town.c,
            "main": town.a,
            "other_main": town.b,
            "sub": town.a_sub,
            "other_sub": town.b_sub,
            "clerk": town.a_clerk,
            "rev_else": town.reviewer_elsewhere,
            "reviewer": town.reviewer,
            "op_here": town.operator_here,
            "operator": town.operator,
            "auditor": town.auditor,
        }[role]

    def asker(self, role: str) -> Client:
        return asks(self.http, self.account(role))

    def expected(self, role: str, type_name: str) -> set[str]:
        """The ids of the rows that the table lets this role see."""
        account = self.account(role)
        actor = account.actor if account else Actor()
        may = MEANING[matrix()[type_name][role]]
        return {to_global_id(type_name, row.key) for row in self.known[type_name] if may(row, actor)}

    def every(self, type_name: str) -> list[str]:
        return [to_global_id(type_name, row.key) for row in self.known[type_name]]


@pytest.fixture
async def scene(house: House, clock: SetClock) -> AsyncIterator[Scene]:
    plugins = Plugins.installed({"deeds": declaring(program())})
    served = House(settings=house.settings, database=house.database, plugins=plugins, clock=clock)
    async with served.work() as work:
        await write_declared_benefits(work)
    town = await two_companies(served)
    await seal_waiting(served)
    known: dict[str, list[Known]] = {}
    async with served.database.reading() as tx:
        for type_name, sql in FACTS.items():
            rows = [dict(row) for row in await tx.connection.fetch(f"SELECT * FROM ({sql}) AS facts ORDER BY id")]
            known[type_name] = [
                Known(key=row.pop("id"), organizations=frozenset(row.pop("organizations", ())), **row) for row in rows
            ]
    schema = build_schema(plugins)
    transport = httpx.ASGITransport(app=application(served, schema))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        yield Scene(town, http, schema, known)


def test_the_table_names_every_role_once_and_no_other() -> None:
    assert all(tuple(row) == ROLES for row in matrix().values())


async def test_everybody_sees_by_id_what_the_table_says_and_nothing_else(scene: Scene) -> None:
    assert set(scene.schema.nodes_by_name) == set(matrix()) == set(FACTS), "a new type needs its line in the table"
    wrong: list[str] = []
    for role in ROLES:
        for type_name in FACTS:
            seen = await by_id(scene.asker(role), scene.every(type_name))
            expected = scene.expected(role, type_name)
            if seen != expected:
                wrong.append(
                    f"{role} sees of {type_name}: {len(seen - expected)} too many, {len(expected - seen)} too few"
                )
    assert not wrong, "\n".join(wrong)


async def test_the_table_is_put_to_the_test_by_rows_of_every_kind(scene: Scene) -> None:
    """No word of the table holds only because there was nothing to see, or nothing to hide."""
    for type_name, words in matrix().items():
        assert scene.known[type_name], type_name
        for role, word in words.items():
            if word not in ("none", "all") and role != "stranger":
                seen = scene.expected(role, type_name)
                assert seen, f"{role} has nothing to see of {type_name}"
                assert seen != set(scene.every(type_name)), f"nothing of {type_name} is hidden from {role}"


async def test_a_list_shows_and_counts_what_may_be_seen_by_id(scene: Scene) -> None:
    roots = {name: mapping_of(field.target).type_name for name, field in connections_of(scene.schema, "Query").items()}
    assert len(roots) > 10
    wrong: list[str] = []
    for role in ROLES:
        for root, type_name in roots.items():
            seen, total = await listed(scene.asker(role), root)
            expected = scene.expected(role, type_name)
            if seen != expected or total != len(expected):
                wrong.append(f"{role} lists {len(seen)} of {total} in {root}, not {len(expected)}")
    assert not wrong, "\n".join(wrong)


async def test_no_path_of_relations_leads_to_what_may_not_be_seen(scene: Scene) -> None:
    """From every row there is, two relations far: what is reached is a row to begin from, so that farther is too."""
    for role in set(ROLES) - {"operator", "auditor"}:
        may = {name: scene.expected(role, name) for name in FACTS}
        for type_name in FACTS:
            selected = f"... on {type_name} {{ {walk(scene.schema, type_name, 2)} }}"
            document = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {selected} }} }}"
            for ids in hundreds(scene.every(type_name)):
                for found_type, found in found_in(await scene.asker(role).ask(document, ids=ids)):
                    assert found in may[found_type], f"{role} reaches a {found_type} from a {type_name}"


async def test_a_transfer_shows_each_party_its_own_side_only(scene: Scene) -> None:
    document = """{ transactions(where: {kind: {eq: "transfer"}}) { nodes {
      entries { totalCount nodes { amount balanceAfter account { organization { name } entries { totalCount } } } }
      lotMoves { totalCount nodes { amount lot { organization { name } parent { id } } } }
    } } }"""
    mine = (await scene.asker("main").ask(document))["transactions"]["nodes"]
    both = (await scene.asker("auditor").ask(document))["transactions"]["nodes"]
    assert len(mine) == len(both) == 4
    assert {each["entries"]["totalCount"] for each in both} == {2}
    for each in mine:
        assert each["entries"]["totalCount"] == len(each["entries"]["nodes"]) == 1
        assert each["lotMoves"]["totalCount"] == len(each["lotMoves"]["nodes"])
        for entry in each["entries"]["nodes"]:
            assert entry["account"]["organization"]["name"] == "alpha"
        for move in each["lotMoves"]["nodes"]:
            assert move["lot"]["organization"]["name"] == "alpha"
            assert move["lot"]["parent"] is None


async def test_a_filing_shows_the_other_side_no_people(scene: Scene) -> None:
    document = """{ activities { nodes {
      status stated: statedName filer { name members { nodes { id } } } organization { name } filing { id number }
    } } }"""
    seen = (await scene.asker("main").ask(document))["activities"]["nodes"]
    of_others = [each for each in seen if each["filing"] is None]
    assert of_others
    for each in of_others:
        assert each["filer"] is None
        assert each["organization"]["name"] == "alpha"
        assert each["status"] != "DRAFT"


async def test_who_is_signed_in_by_another_program_reads_no_person(scene: Scene) -> None:
    for role in ("rev_else", "reviewer", "op_here"):
        people = await scene.asker(role).ask("{ members { nodes { loginId person { name } } } }")
        account = scene.account(role)
        assert account is not None
        assert [each["loginId"] for each in people["members"]["nodes"]] == [account.login_id]


# ------------------------------------------------------------------------------------------------------- asking


def hundreds(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + 100] for start in range(0, len(ids), 100)]


async def by_id(asker: Client, every: list[str]) -> set[str]:
    seen: set[str] = set()
    for ids in hundreds(every):
        answer = await asker.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        seen |= {each["id"] for each in answer["nodes"] if each}
    return seen


async def listed(asker: Client, root: str) -> tuple[set[str], int]:
    """Every id of a root connection, and the number it says there are."""
    document = f"""query ($after: String) {{ {root}(first: 100, after: $after) {{
      totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }}
    }} }}"""
    seen: set[str] = set()
    after = None
    while True:
        page = (await asker.ask(document, after=after))[root]
        fresh = {each["id"] for each in page["nodes"]}
        assert not fresh & seen
        seen |= fresh
        if not page["pageInfo"]["hasNextPage"]:
            return seen, page["totalCount"]
        after = page["pageInfo"]["endCursor"]


def connections_of(schema: DureSchema, type_name: str) -> dict[str, ConnectionField]:
    definition: Any = schema.schema_converter.type_map[type_name].definition
    return {
        schema.config.name_converter.get_graphql_name(field): field
        for field in schema.get_fields(definition)
        if isinstance(field, ConnectionField)
    }


def walk(schema: DureSchema, type_name: str, depth: int) -> str:
    """A selection of the id and of every relation, this many relations deep."""
    selected = [f"__typename id_{type_name}: id"]
    if depth:
        for name, relation in mapping_of(schema.nodes_by_name[type_name]).relations.items():
            if mapping_of(relation.target).type_name not in schema.nodes_by_name:
                continue  # sums of rows that have no id: seen with what they are summed up for, and nowhere else
            graphql_name = schema.config.name_converter.apply_naming_config(name)
            inner = walk(schema, mapping_of(relation.target).type_name, depth - 1)
            if isinstance(relation, ToOneField):
                selected.append(f"{graphql_name} {{ {inner} }}")
            else:
                selected.append(f"{graphql_name}(first: 100) {{ totalCount nodes {{ {inner} }} }}")
    return " ".join(selected)


def found_in(answer: Any) -> list[tuple[str, str]]:
    """Every object in an answer: its type and id. A connection counts no more than it shows."""
    found: list[tuple[str, str]] = []
    waiting = [answer]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            if "totalCount" in value:
                assert value["totalCount"] == len(value["nodes"]) or len(value["nodes"]) == 100
            if "__typename" in value:
                found.append((value["__typename"], value[f"id_{value['__typename']}"]))
            waiting.extend(value.values())
    return found
