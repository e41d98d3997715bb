"""Every command of `dure`: Dure's own, and those plugins bring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from core.errors import Refused
from core.plugins import Plugins
from core.settings import Settings
from schema.cli.house import migrate_database, settings_with_database, with_house
from schema.cli.screen import screen, strong
from schema.cli.violations import print_violations

EXIT_CODES = """종료 코드 · Exit codes

\b
0    한 일이 끝났습니다 · done
1    거절되었거나 검증에서 불일치가 나왔습니다 · refused, or a discrepancy was found
2    명령, 설정, 파일, 데이터베이스가 맞지 않습니다 · wrong command, setting, file or database
3    그 주소와 포트에서 들을 수 없습니다 · cannot listen on that address and port
130  Ctrl-C, 143 SIGTERM, 141 출력을 읽는 쪽이 닫음 · closed by the reader of the output"""

app = typer.Typer(
    name="dure",
    help="두레 · One GraphQL backend for programs that reward cooperation.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        screen().line(f"dure {version('dure')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """두레 · One GraphQL backend for programs that reward cooperation."""


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
        screen().line(f"{with_house(drain_jobs):,} jobs run")
    else:
        with_house(work_until_stopped)


@app.command()
def migrate() -> None:
    """데이터베이스 갱신: bring the database to its newest shape and write the declared catalogue down."""

    refused = migrate_database(settings_with_database())
    screen().line("The database is up to date.")
    if refused is not None:
        screen(stderr=True).line(f"dure serve: {refused}")


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

    text = build_schema(Plugins.installed()).as_str()
    if output is None:
        screen().data(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")


@app.command()
def programs() -> None:
    """사업 목록: what is installed, and what it declares."""
    plugins = Plugins.installed()
    rows = [
        (
            plugins.owners[code],
            code,
            program.names.ko,
            ", ".join(asset.code for asset in program.assets),
            ", ".join(kind.code for kind in program.activity_types),
            str(len(program.benefits)),
        )
        for code, program in sorted(plugins.programs.items())
    ]
    screen().table(("plugin", "program", "사업", "assets", "activities", "benefits"), rows)


@app.command()
def verify(
    heads: Annotated[
        Path | None, typer.Option(help="File of heads that were kept elsewhere: the seals must be what was kept.")
    ] = None,
) -> None:
    """검증: recompute the ledger and what stands on it, read documents anew, prove the seals; 1 if any differ."""
    from schema.cli.seals import read_heads
    from schema.cli.verify import print_verification, verify_house

    kept = read_heads(heads) if heads is not None else []
    verification = with_house(lambda house: verify_house(house, kept))
    print_verification(verification)
    if not verification.agrees:
        raise typer.Exit(1)


@app.command()
def seal() -> None:
    """봉인: seal what was written since the last one; print the newest head, which is worth keeping elsewhere."""
    from schema.cli.seals import seal_house

    sealed, head = with_house(seal_house)
    screen().line(f"seals: {sealed.seals:,}, rows: {sealed.rows:,}")
    if head is not None:
        screen().data(json.dumps(head.document))


@app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(help="The proof: what /verify/{number}/proof.json answered.")],
    head: Annotated[
        Path | None, typer.Option(help="A head that was kept: what /seals/latest answered at that time.")
    ] = None,
) -> None:
    """증명 확인: check the proof of a certificate, without a database; exit with 1 when it does not hold."""
    from schema.cli.seals import check_proof_file

    if not check_proof_file(file, head):
        raise typer.Exit(1)


@app.command()
def settings() -> None:
    """설정 보기: every setting with its value, where it comes from and what it is; secrets are masked."""
    from schema.cli.settings import print_settings

    print_settings()


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder, or a new file that ends with .tar.")],
) -> None:
    """백업: the database and the documents as of one moment, while the server goes on working."""
    from schema.cli.backup import save

    save(target)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="What dure backup wrote.", exists=True)],
    replace: Annotated[bool, typer.Option("--replace", help="Drop what the database holds now.")] = False,
    heads: Annotated[
        Path | None, typer.Option(help="File of heads that were kept elsewhere: the seals must be what was kept.")
    ] = None,
    accept_discrepancies: Annotated[
        bool, typer.Option("--accept-discrepancies", help="Restore even what does not pass verification.")
    ] = False,
) -> None:
    """복원: a backup into an empty database, migrated and verified before it counts; exit 1 at a discrepancy."""
    from schema.cli.backup import bring_back

    if not bring_back(source, replace=replace, heads=heads, accept_discrepancies=accept_discrepancies):
        raise typer.Exit(1)


@app.command()
def expire() -> None:
    """소멸: write off what is past its term, and lapse certificates past their validity."""
    from schema.cli.upkeep import expire_everything

    for line in with_house(expire_everything):
        screen().line(line)


@app.command()
def tidy() -> None:
    """정리: remove uploads nobody attached, and documents past their retention; nothing before its date."""
    from schema.cli.upkeep import tidy_everything

    for line in with_house(tidy_everything):
        screen().line(line)


@app.command("new-key")
def make_key() -> None:
    """새 키: print a new key for DURE_PERSONAL_KEYS. Nothing is changed."""
    from core.personal import new_key

    screen().data(new_key())


@app.command("rotate-keys")
def rotate_keys() -> None:
    """키 교체: encrypt by the first of DURE_PERSONAL_KEYS what the others encrypted, while everything goes on."""
    from schema.cli.keys import rotate_with_progress

    screen().line(with_house(rotate_with_progress))


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
        print_violations(refused)
        raise typer.Exit(1) from None
    screen().line(f"{account.login_id}: 인증번호 · one-time code ", strong(account.code or ""))
    screen().line("resetPassword(input: {loginId, code, newPassword, confirmPassword}) 로 비밀번호를 정하세요.")


@app.command("new-program")
def new_program(
    code: Annotated[str, typer.Argument(help="The program's code: small letters, digits, underscores.")],
    folder: Annotated[Path, typer.Option(help="Where to put the new package.")] = Path(),
) -> None:
    """새 사업: a new program as a package of its own, ready to install."""
    from schema.cli.new_program import write_program

    plugins = Plugins.installed()
    path = write_program(code, folder, {*plugins.programs, *plugins.owners.values()})
    screen().line(f"{path} is written. Next:")
    screen().line(f"  pip install --editable {path}")
    screen().line("  dure programs")


def add_plugin_commands(to: typer.Typer, plugins: Plugins) -> None:
    """Add what plugins bring; a name of two words becomes a group and a command."""
    groups: dict[str, typer.Typer] = {}
    for command in plugins.commands:
        *group, name = command.name.split()
        target = to
        if group:
            if group[0] not in groups:
                groups[group[0]] = typer.Typer(
                    no_args_is_help=True, rich_markup_mode=None, help=f"{group[0]}: brought by programs."
                )
                to.add_typer(groups[group[0]], name=group[0])
            target = groups[group[0]]
        target.command(name)(command.function)
