"""`register_*`: collected once, when Dure starts, and seen where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import httpx
import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from core import (
    ActivityType,
    Asset,
    Award,
    Benefit,
    Check,
    Command,
    Demo,
    DemoSignIn,
    Edition,
    Effect,
    Example,
    Misdeclared,
    Past,
    Problem,
    Program,
    Sheets,
    SheetTable,
    Source,
    SourceDocument,
    Term,
    Terms,
    Text,
    Verifiable,
    Workbook,
    hookimpl,
)
from core.database import Transaction
from core.documents import DocumentView, VerificationState
from core.documents.spreadsheets import CellKind, SheetColumn
from core.house import House
from core.jobs import JobKind, Retries, Schedule, Task, queue_job
from core.messages import OutgoingMessage, Template, tell_organization
from core.upkeep import jobs_of
from core.work import Work
from schema.build import build_schema
from schema.cli.app import add_plugin_commands
from schema.cli.demo import load_demo
from schema.cli.verify import verify_house
from schema.http.app import application
from tests.core.identity.scene import enter, join
from tests.hooks.world import world
from tests.stranger import orchard
from tests.support.jobs import jobs_on_record, run_due
from tests.support.ledger import as_owner
from tests.support.plugins import Deed, declaring, plugged, plugin, program


def test_register_program_declares_a_program() -> None:
    # docs: begin register_program
    NOTICE = SourceDocument("deeds_notice", Text("선행 사업 공고", "Notice of the deeds scheme"))

    def award(facts: Deed, past: Past[Deed]) -> Award:
        """What it is worth, once."""
        return Award.to_subject(facts.worth)

    @hookimpl
    def register_program() -> Program:
        return Program(
            code="deeds",
            names=Text("선행", "Deeds"),
            description=Text("선행에 감사하는 사업", "Thanks for good deeds"),
            documents=(NOTICE,),
            assets=(Asset(code="thanks", names=Text("감사", "thanks"), term=Term(years=5)),),
            activity_types=(
                ActivityType(
                    code="deed",
                    names=Text("선행", "deed"),
                    asset="thanks",
                    facts=Deed,  # a frozen dataclass, its fields declared by fact(ko, en)
                    base_date=lambda facts: facts.done_on,
                    editions=(Edition(effective=date(2026, 1, 1), award=award, source=Source(NOTICE, "제3조")),),
                ),
            ),
            benefits=(
                Benefit(
                    code="letter",
                    names=Text("감사장", "Letter"),
                    asset="thanks",
                    category=Text("감사", "Thanks"),
                    description=Text("감사장을 드림", "A letter of thanks"),
                    terms=(
                        Terms(
                            effective=date(2026, 1, 1),
                            unit=10,
                            effect=Effect.entitlement("감사장", "a letter of thanks"),
                            source=Source(NOTICE, "제5조"),
                        ),
                    ),
                ),
            ),
        )

    # docs: end
    plugins = plugged(deeds=plugin(register_program=register_program))
    assert plugins.owners == {"deeds": "deeds"}
    kind = plugins.activity_type("deeds", "deed")
    assert kind is not None and kind.facts is Deed
    assert plugins.activity_type("deeds", "misdeed") is None
    assert "type Deed " in build_schema(plugins).as_str()


def test_register_problems_brings_codes_of_a_plugin_without_a_program() -> None:
    # docs: begin register_problems
    HOLIDAY = Problem("CALENDAR_HOLIDAY", Text("{day}은(는) 공휴일입니다.", "{day} is a holiday."))

    @hookimpl
    def register_problems() -> Iterable[Problem]:
        return (HOLIDAY,)

    # docs: end
    plugins = plugged(calendar=plugin(register_problems=register_problems))
    assert plugins.problems == (("calendar", HOLIDAY),)
    assert '"""{day}은(는) 공휴일입니다. · {day} is a holiday."""\n  CALENDAR_HOLIDAY' in build_schema(plugins).as_str()


def test_register_graphql_brings_fields_of_the_roots_and_of_other_types() -> None:
    sdl = build_schema(plugged(orchard=orchard)).as_str()
    for field in ("orchards(", "registerOrchard("):
        assert field in sdl
    assert sdl.count('): OrchardConnection! @program(code: "orchard")') == 2  # of Query, and of Organization


def test_register_tables_brings_models_and_their_branch() -> None:
    (tables,) = plugged(orchard=orchard).tables
    assert [model.__name__ for model in tables.models] == ["OrchardRow"]
    assert [path.name for path in tables.migrations.glob("[0-9]*.py")] == ["0001_orchard.py"]


def test_register_forms_brings_documents_to_set() -> None:
    (form,) = plugged(orchard=orchard).forms.values()
    assert (form.code, form.pdf(form.form.sample)[:5]) == ("orchard.registration", b"%PDF-")


async def test_register_workbooks_brings_spreadsheets_for_whom_there_is_one(house: House) -> None:
    # docs: begin register_workbooks
    async def load(work: Work, key: str) -> Sheets | None:
        """How many deeds of a year there are; for staff alone."""
        work.actor.require_staff("deeds")
        deeds = await work.tx.connection.fetchval(
            "SELECT count(*) FROM activity WHERE program = 'deeds' AND extract(year FROM base_date)::text = $1", key
        )
        columns = (SheetColumn("연도"), SheetColumn("선행", CellKind.NUMBER))
        table = SheetTable(name="표 1", title=(f"{key}년의 선행",), columns=columns, rows=[(key, deeds)])
        return Sheets(file_name=f"선행 {key}", tables=(table,), about={"만든 시각": work.now.isoformat()})

    @hookimpl
    def register_workbooks() -> Iterable[Workbook]:
        return (Workbook(code="deeds", names=Text("선행 통계", "Figures of deeds"), load=load),)

    # docs: end
    async with world(house, register_workbooks=register_workbooks) as here:
        (plugin_code,) = here.house.plugins.workbooks
        path = f"/documents/workbooks/{plugin_code.replace('.', '/')}/2026.xlsx"
        assert (await here.public.get(path)).status_code == 401
        assert (await here.company.get(path)).status_code == 403
        answer = await here.staff.get(path)
        assert answer.status_code == 200, answer.text
        sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
        assert [[cell.value for cell in row] for row in sheet.rows] == [
            ["2026년의 선행", None], ["연도", "선행"], ["2026", 0],
        ]  # fmt: skip
        assert (await here.staff.get(path.replace("/deeds/", "/seeds/"))).status_code == 404


def test_register_workbooks_refuses_a_code_that_is_no_part_of_an_address() -> None:
    async def load(work: Work, key: str) -> Sheets | None:
        return None

    bad = Workbook(code="선행", names=Text("선행", "deeds"), load=load)
    with pytest.raises(Misdeclared, match=r"'deeds'.*workbook"):
        plugged(deeds=plugin(register_workbooks=lambda: [bad]))
    good = Workbook(code="deeds", names=Text("선행", "deeds"), load=load)
    with pytest.raises(Misdeclared, match=r"workbook 'deeds\.deeds' twice"):
        plugged(deeds=plugin(register_workbooks=lambda: [good, good]))


async def test_register_verifiables_are_checked_by_anybody_at_their_numbers(house: House) -> None:
    # docs: begin register_verifiables
    DIPLOMA = Text("선행 증서", "Diploma of good deeds")

    async def find(tx: Transaction, number: str, today: date) -> DocumentView | None:
        """Numbers come in one spelling, however they were typed."""
        if number != "2026-G00D-DEED":
            return None
        facts = ((Text("성명", "Name"), Text("한빛", "Hanbit")),)
        return DocumentView(number=number, document=DIPLOMA, state=VerificationState.VALID, facts=facts)

    @hookimpl
    def register_verifiables() -> Iterable[Verifiable]:
        return (Verifiable(code="diploma", names=DIPLOMA, find=find),)

    # docs: end
    async with world(house, register_verifiables=register_verifiables) as here:
        for spelling in ("2026-G00D-DEED", "2026gooddeed"):
            answer = await here.public.get(f"/verify/{spelling}")
            assert answer.status_code == 200
            assert all(said in answer.text for said in ("선행 증서 진위 확인", "유효", "한빛", "2026-G00D-DEED"))
            assert "봉인" not in answer.text
        assert (await here.public.get("/verify/2026-BAD-DEED")).status_code == 404


async def test_register_comparisons_are_made_by_verify(house: House) -> None:
    # docs: begin register_comparisons
    WORTH = Check(
        Text("선행은 그 가치만큼 적립됨", "A deed earned what it is worth"),
        "activity",
        "points",
        """
        SELECT id, (facts ->> 'worth')::bigint AS expected, points_subject AS found
        FROM activity WHERE program = 'deeds' AND status = 'approved'
        """,
    )

    @hookimpl
    def register_comparisons() -> Iterable[Check]:
        return (WORTH,)

    # docs: end
    async with world(house, register_comparisons=register_comparisons) as here:
        await here.earned(70)
        compared = {each.names: each for each in (await verify_house(here.house)).comparisons}
        assert (compared[WORTH.names].compared, compared[WORTH.names].lies) == (1, ())
        async with as_owner(house) as connection:
            await connection.execute("SET session_replication_role = replica; UPDATE activity SET points_subject = 90")
        compared = {each.names: each for each in (await verify_house(here.house)).comparisons}
        assert compared[WORTH.names].lies == ("activity 1: points expected 70, found 90",)


async def test_register_examples_are_shown_in_the_explorer_and_run(house: House) -> None:
    # docs: begin register_examples
    @hookimpl
    def register_examples() -> Iterable[Example]:
        yield Example("선행 사업", "query ($code: String!) { program(code: $code) { name { ko } } }", {"code": "deeds"})

    # docs: end
    async with world(house, register_examples=register_examples) as here:
        (example,) = here.house.plugins.examples
        assert await here.public.ask(example.document, **example.variables) == {"program": {"name": {"ko": "선행"}}}
        page = await here.public.get("/")
        assert page.status_code == 503 or "선행 사업" in page.text  # 503: the explorer is not built here


async def test_register_jobs_brings_what_is_done_apart_from_a_request(house: House) -> None:
    # docs: begin register_jobs
    async def count_deeds(task: Task) -> None:
        """All of the effect in `finishing()`: it is there if and only if the job counts as done."""
        async with task.finishing() as work:
            deeds = await work.tx.connection.fetchval("SELECT count(*) FROM activity WHERE program = 'deeds'")
            work.record("deeds.counted", "program", "deeds", after={"deeds": deeds})
            task.result = {"deeds": deeds}

    COUNT = JobKind(
        name="deeds.count",  # begins with the plugin's name
        names=Text("선행 집계", "count deeds"),
        run=count_deeds,
        schedule=Schedule("0 6 * * *"),  # every day at six in Seoul; leave it out for a job on demand only
        retries=Retries(attempts=3, first=timedelta(seconds=10)),
    )

    @hookimpl
    def register_jobs() -> Iterable[JobKind]:
        return (COUNT,)

    # docs: end
    counting = replace(house, plugins=plugged(deeds=plugin(register_jobs=register_jobs)))
    async with counting.work() as work:
        on_demand = await queue_job(work, COUNT, {})
    await run_due(counting, *jobs_of(counting).values())
    rows = {row["id"]: row for row in await jobs_on_record(counting) if row["name"] == "deeds.count"}
    assert rows[on_demand]["state"] == "done"
    assert [row["result"] for row in rows.values()] == [{"deeds": 0}] * 2, "once on demand, once for six in the morning"


def test_register_jobs_refuses_another_plugins_name() -> None:
    async def nothing(task: Task) -> None:
        return None

    foreign = JobKind(name="core.expire", names=Text("소멸", "expire"), run=nothing)
    with pytest.raises(Misdeclared, match="must have a name that begins 'deeds\\.'"):
        plugged(deeds=plugin(register_jobs=lambda: [foreign]))
    own = JobKind(name="deeds.count", names=Text("집계", "count"), run=nothing)
    with pytest.raises(Misdeclared, match="deeds"):
        plugged(deeds=plugin(register_jobs=lambda: [own, own]))


async def test_register_templates_are_what_a_plugin_writes_to_people(house: House) -> None:
    # docs: begin register_templates
    THANKS = Template(
        Text("{name}에 감사드립니다", "Thanks to {name}"),  # one line, and no secret in it
        Text("선행 {deeds}건에 감사드립니다.", "Thanks for your deeds: {deeds}."),
    )

    @hookimpl
    def register_templates() -> Mapping[str, Template]:
        return {"deeds.thanks": THANKS}  # sent by core.messages.tell_organization(work, ..., "deeds.thanks", values)

    # docs: end
    messages: list[OutgoingMessage] = []
    deeds = plugin(register_templates=register_templates, deliver=lambda message: messages.append(message) or True)
    thanking = replace(house, plugins=plugged(deeds=deeds))
    await join(house, login_id="doer")
    async with thanking.work() as work:
        doer = await work.tx.connection.fetchval("SELECT organization_id FROM member WHERE login_id = 'doer'")
        await tell_organization(work, doer, "deeds.thanks", {"name": "한빛", "deeds": 3})
    await run_due(thanking, *jobs_of(thanking).values())
    assert [message.subject for message in messages] == ["한빛에 감사드립니다 · Thanks to 한빛"]
    assert "선행 3건에 감사드립니다." in messages[0].body


def test_register_templates_refuses_another_plugins_name() -> None:
    words = Template(Text("안내", "note"), Text("안내", "note"))
    with pytest.raises(Misdeclared, match="must have a name that begins 'deeds\\.'"):
        plugged(deeds=plugin(register_templates=lambda: {"filing_decided": words}))


async def test_a_message_whose_plugin_is_gone_waits_for_it(house: House) -> None:
    words = Template(Text("안내", "note"), Text("안내", "note"))
    thanking = replace(house, plugins=plugged(deeds=plugin(register_templates=lambda: {"deeds.note": words})))
    await join(house, login_id="doer")
    async with thanking.work() as work:
        doer = await work.tx.connection.fetchval("SELECT organization_id FROM member WHERE login_id = 'doer'")
        await tell_organization(work, doer, "deeds.note", {})
    await run_due(house, *jobs_of(house).values())
    (waits,) = [each for each in await jobs_on_record(house) if each["name"] == "core.deliver_message"]
    assert waits["state"] == "queued" and "플러그인" in str(waits["error_ko"])


def test_register_commands_are_commands_of_dure() -> None:
    # docs: begin register_commands
    def thank(name: str) -> None:
        """감사: say thanks."""
        typer.echo(f"감사합니다, {name}")

    @hookimpl
    def register_commands() -> Iterable[Command]:
        return (Command("deeds thank", thank),)

    # docs: end
    app = typer.Typer()
    add_plugin_commands(app, plugged(deeds=plugin(register_commands=register_commands)))
    done = CliRunner().invoke(app, ["deeds", "thank", "한빛"])
    assert (done.exit_code, done.stdout) == (0, "감사합니다, 한빛\n")


async def test_register_demo_is_loaded_with_dures_own_and_changes_nothing_the_second_time(house: House) -> None:
    # docs: begin register_demo
    DOER = DemoSignIn("doer", "Sunrise-2026", "선행 기업", "a company that does good")

    async def load(house: House) -> None:
        async with house.database.reading() as tx:
            if await tx.connection.fetchval("SELECT true FROM member WHERE login_id = 'doer'"):
                return
        await join(house, login_id="doer")

    @hookimpl
    def register_demo() -> Demo:
        return Demo(load, sign_ins=(DOER,))

    # docs: end
    plugins = plugged(deeds=declaring(program()), demo=plugin(register_demo=register_demo))
    ours = replace(house, plugins=plugins)
    for _ in range(2):
        assert DOER in await load_demo(ours)
    assert (await enter(ours, DOER.login_id, DOER.password)).token
    transport = httpx.ASGITransport(app=application(ours))
    async with httpx.AsyncClient(transport=transport, base_url="http://dure.test") as http:
        answer = await http.post("/graphql", json={"query": '{ program(code: "deeds") { code } }'})
    assert answer.json() == {"data": {"program": {"code": "deeds"}}}
