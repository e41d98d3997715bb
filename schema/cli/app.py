"""Every command of `dure`: Dure's own, and those plugins bring."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated, NoReturn

import asyncpg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError

from core.backup import BackupFailed
from core.database.login import LoginRefused
from core.errors import Misdeclared, Refused
from core.personal import KeysUnusable
from core.plugins import Plugins
from core.settings import Settings
from core.watch.memory import return_large_pieces
from core.watch.redaction import Redaction
from schema.cli.house import migrate_database, settings_with_database, with_house
from schema.cli.screen import console
from schema.cli.settings import warn_of_unknown

app = typer.Typer(
    name="dure",
    help="두레 · One GraphQL backend for programs that reward cooperation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    demo: Annotated[bool, typer.Option(help="Load the demo before serving.")] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)] = None,
) -> None:
    """서버 시작: bring the database up to date and serve."""
    from schema.cli.serving import require_free_port, run

    plugins = Plugins.installed()
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    require_free_port(Settings().model_copy(update=given))
    ready = settings_with_database().model_copy(update=given)
    run(ready, plugins, demo=demo)


@app.command()
def worker(
    drain: Annotated[bool, typer.Option(help="Do what is due now, and end: for whoever has only cron.")] = False,
) -> None:
    """작업 실행기: do jobs until told to stop (Ctrl-C or SIGTERM); any number may run beside each other."""
    from schema.cli.working import drain_jobs, work_until_stopped

    if drain:
        console().print(f"{with_house(drain_jobs):,} jobs run")
    else:
        with_house(work_until_stopped)


@app.command()
def migrate() -> None:
    """데이터베이스 갱신: bring the database to its newest shape and write the declared catalogue down."""

    refused = migrate_database(settings_with_database())
    console().print("The database is up to date.")
    if refused is not None:
        typer.echo(f"dure serve: {refused}", err=True)


@app.command()
def demo() -> None:
    """시험 자료: load data to try Dure with; a second time changes nothing."""
    from schema.cli.demo import load_demo, print_sign_ins

    print_sign_ins(with_house(load_demo))


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of the screen.")] = None,
) -> None:
    """스키마 출력: print the schema of the installed plugins as SDL."""
    from schema.build import build_schema

    text = build_schema(Plugins.installed()).as_str() + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@app.command()
def programs() -> None:
    """사업 목록: what is installed, and what it declares."""
    plugins = Plugins.installed()
    from rich.table import Table

    table = Table()
    for heading in ("plugin", "program", "사업", "assets", "activities", "benefits"):
        table.add_column(heading, overflow="fold")
    for code, program in sorted(plugins.programs.items()):
        table.add_row(
            plugins.owners[code],
            code,
            program.names.ko,
            ", ".join(asset.code for asset in program.assets),
            ", ".join(kind.code for kind in program.activity_types),
            str(len(program.benefits)),
        )
    console().print(table)


@app.command()
def verify(
    heads: Annotated[
        Path | None, typer.Option(help="File of heads that were kept elsewhere: the seals must be what was kept.")
    ] = None,
) -> None:
    """검증: recompute the ledger and what stands on it, read documents anew, prove the seals; exit 1 at a lie."""
    from schema.cli.seals import read_heads
    from schema.cli.verify import print_comparisons, verify_house

    kept = read_heads(heads) if heads is not None else []
    comparisons = with_house(lambda house: verify_house(house, kept))
    if not print_comparisons(comparisons, console()):
        raise typer.Exit(1)


@app.command()
def seal() -> None:
    """봉인: seal what was written since the last one; print the newest head, which is worth keeping elsewhere."""
    from schema.cli.seals import seal_house

    sealed, head = with_house(seal_house)
    console().print(f"seals: {sealed.seals:,}, rows: {sealed.rows:,}")
    if head is not None:
        typer.echo(json.dumps(head.document))


@app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="The proof: what /verify/{number}/proof.json answered.")],
    head: Annotated[
        Path | None, typer.Option(help="A head that was kept: what /seals/latest answered at that time.")
    ] = None,
) -> None:
    """증명 확인: check the proof of a certificate, without a database; exit with 1 when it does not hold."""
    from schema.cli.seals import check_proof_file

    if not check_proof_file(file, head, console()):
        raise typer.Exit(1)


@app.command()
def settings() -> None:
    """설정 보기: every setting with its value, where it comes from and what it is; secrets are masked."""
    from schema.cli.settings import print_settings

    print_settings(console())


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder, or a new file that ends with .tar.")],
) -> None:
    """백업: the database and the documents as of one moment, while the server goes on working."""
    from schema.cli.backup import save

    save(target, console())


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="What dure backup wrote.", exists=True)],
    replace: Annotated[bool, typer.Option("--replace", help="Drop what the database holds now.")] = False,
) -> None:
    """복원: a backup into an empty database, then migrate and verify; exit with 1 when verify finds a lie."""
    from schema.cli.backup import bring_back

    if not bring_back(source, console(), replace=replace):
        raise typer.Exit(1)


@app.command()
def expire() -> None:
    """소멸: write off what is past its term, and lapse certificates past their validity."""
    from schema.cli.upkeep import expire_everything

    for line in with_house(expire_everything):
        console().print(line)


@app.command()
def tidy() -> None:
    """정리: remove uploads nobody attached, and documents past their retention; nothing before its date."""
    from schema.cli.upkeep import tidy_everything

    for line in with_house(tidy_everything):
        console().print(line)


@app.command("new-key")
def make_key() -> None:
    """새 키: print a new key for DURE_PERSONAL_KEYS. Nothing is changed."""
    from core.personal import new_key

    typer.echo(new_key())


@app.command("rotate-keys")
def rotate_keys() -> None:
    """키 교체: encrypt by the first of DURE_PERSONAL_KEYS what the others encrypted, while everything goes on."""
    from schema.cli.keys import rotate_with_progress

    console().print(with_house(lambda house: rotate_with_progress(house, console())), soft_wrap=True)


@app.command("new-operator")
def new_operator(
    login_id: Annotated[str, typer.Argument(help="What the operator signs in with.")],
    name: Annotated[str, typer.Option(help="The operator's name.")],
    organization: Annotated[str, typer.Option(help="The agency's name, used when it is not on record yet.")],
    business_number: Annotated[str, typer.Option(help="The agency's business number.")],
) -> None:
    """운영자 등록: the first operator of a new system, or one more; prints the code that sets the password."""
    from schema.cli.operators import make_operator

    try:
        account = with_house(lambda house: make_operator(house, login_id, name, organization, business_number))
    except Refused as refused:
        for violation in refused.violations:
            console().print(f"[red]{violation.code}[/red] {violation.message.ko}\n  {violation.message.en}")
        raise typer.Exit(1) from None
    console().print(f"{account.login_id}: 인증번호 · one-time code [bold]{account.code}[/bold]")
    console().print("resetPassword(input: {loginId, code, newPassword, confirmPassword}) 로 비밀번호를 정하세요.")


@app.command("new-program")
def new_program(
    code: Annotated[str, typer.Argument(help="The program's code: small letters, digits, underscores.")],
    folder: Annotated[Path, typer.Option(help="Where to put the new package.")] = Path(),
) -> None:
    """새 사업: a new program as a package of its own, ready to install."""
    from schema.cli.new_program import write_program

    plugins = Plugins.installed()
    path = write_program(code, folder, {*plugins.programs, *plugins.owners.values()})
    console().print(f"{path} is written. Next:\n  pip install --editable {path}\n  dure programs", soft_wrap=True)


def add_plugin_commands(to: typer.Typer, plugins: Plugins) -> None:
    """Add what plugins bring; a name of two words becomes a group and a command."""
    groups: dict[str, typer.Typer] = {}
    for command in plugins.commands:
        *group, name = command.name.split()
        target = to
        if group:
            if group[0] not in groups:
                groups[group[0]] = typer.Typer(no_args_is_help=True, help=f"{group[0]}: brought by programs.")
                to.add_typer(groups[group[0]], name=group[0])
            target = groups[group[0]]
        target.command(name)(command.function)


# What PostgreSQL says to whom it does not let in, and what asyncpg says when there is no way to it.
UNREACHABLE = (
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    ArgumentError,
)


def main() -> None:
    """What the command runs. What whoever runs it can mend ends it with one line and 2: no traceback helps there."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    return_large_pieces()
    warn_of_unknown()
    try:
        add_plugin_commands(app, Plugins.installed())
        app()
    except BackupFailed as error:
        _end("백업 · backup:", str(error))
    except Misdeclared as error:
        _end("Dure cannot start:", str(error))
    except LoginRefused as error:
        _end("데이터베이스 로그인 · database login:", str(error))
    except KeysUnusable as error:
        _end("개인정보 키 · personal keys:", str(error))
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        _end("설정 · settings:", "; ".join(f"{_variable(each['loc'])}: {each['msg']}" for each in error.errors()))
    except DBAPIError as error:  # by way of a migration
        cause = error.orig.__cause__ if error.orig is not None else None
        if not isinstance(cause, UNREACHABLE):
            raise
        _end("데이터베이스 · database:", _line(cause))
    except UNREACHABLE as error:
        _end("데이터베이스 · database:", _line(error))
    except OSError as error:
        what = "파일 · file:" if error.filename is not None else "데이터베이스 · database:"
        _end(what, _line(error))


def _variable(place: tuple[int | str, ...]) -> str:
    return f"DURE_{str(place[0]).upper()}" if place else "DURE_*"


def _line(error: BaseException) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _end(what: str, says: str) -> NoReturn:
    says = Redaction()(says)
    from rich.markup import escape

    console(stderr=True).print(f"[red]{what}[/red] {escape(says)}", soft_wrap=True, highlight=False)
    raise SystemExit(2) from None
