"""The checks a declared program passes before Dure starts. Each failure names the plugin, the place and the remedy."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any

from core.errors import Misdeclared, Problem
from core.file_types import FileType
from core.messages.templates import Template
from core.program import CODE, ActivityType, Choice, Program, Source
from core.requirement import Requirement
from core.sheet_form import Written

if TYPE_CHECKING:
    from core.jobs.declared import JobKind
    from core.parts import Workbook

Declared = Sequence[tuple[str, Program]]
FACT_TYPES = (str, int, bool, Decimal, date)


def check_programs(declared: Declared) -> None:
    """Raise `Misdeclared` for the first break of the contract."""
    for name, program in declared:
        try:
            complaints = list(_complaints(program))
        except (TypeError, ValueError, AttributeError) as error:
            complaints = [f"a value of it is not what it should be: {type(error).__name__}: {error}"]
        for complaint in complaints:
            raise Misdeclared(f"plugin {name!r}, program {program.code!r}: {complaint}")
    _refuse_shared(declared, "program code", lambda program: [program.code])
    _refuse_shared(declared, "asset", lambda program: [asset.code for asset in program.assets])
    _refuse_shared(
        declared, "permission", lambda program: [permission.code for permission in program.all_permissions()]
    )
    _refuse_shared(
        declared, "facts type", lambda program: [kind.facts.__name__ for kind in _distinct(program.activity_types)]
    )


def check_problems(of_programs: Sequence[tuple[str, Problem]], of_plugins: Sequence[tuple[str, Problem]]) -> None:
    """Raise `Misdeclared` for a code without its plugin's name in front, or one that is declared twice."""
    for name, problem in of_plugins:
        prefix = f"{name.upper()}_"
        if not problem.code.startswith(prefix):
            raise Misdeclared(f"plugin {name!r}: its problem {problem.code!r} must have a code that begins {prefix!r}")
    _refuse_claimed_twice("problem code", [(name, problem.code) for name, problem in (*of_programs, *of_plugins)])


def check_jobs(of_plugins: Sequence[tuple[str, JobKind]]) -> None:
    """Raise `Misdeclared` for a name without its plugin's in front, or one that is declared twice."""
    for name, kind in of_plugins:
        if not kind.name.startswith(f"{name}."):
            raise Misdeclared(f"plugin {name!r}: its job {kind.name!r} must have a name that begins '{name}.'")
        if not inspect.iscoroutinefunction(kind.run):
            raise Misdeclared(f"plugin {name!r}: the function of its job {kind.name!r} must be 'async def'")
    _refuse_claimed_twice("job", [(name, kind.name) for name, kind in of_plugins])


def check_templates(of_plugins: Sequence[tuple[str, Mapping[str, Template]]]) -> None:
    """Raise `Misdeclared` for a name without its plugin's in front: two plugins then never share one."""
    for name, brought in of_plugins:
        for key, template in brought.items():
            if not key.startswith(f"{name}."):
                raise Misdeclared(f"plugin {name!r}: its template {key!r} must have a name that begins '{name}.'")
            if not isinstance(template, Template):
                raise Misdeclared(f"plugin {name!r}: its template {key!r} is no Template(subject, body)")


def place_workbooks(brought: Sequence[tuple[str, Workbook]]) -> dict[str, Workbook]:
    """Every workbook by its plugin's name and its code. Raises `Misdeclared` for a code that will not do."""
    for name, workbook in brought:
        if not CODE.fullmatch(workbook.code):
            raise Misdeclared(f"plugin {name!r}: the code of its workbook {workbook.code!r} must match {CODE.pattern}")
    _refuse_claimed_twice("workbook", [(name, f"{name}.{workbook.code}") for name, workbook in brought])
    return {f"{name}.{workbook.code}": workbook for name, workbook in brought}


def _distinct(kinds: Iterable[ActivityType[Any]]) -> list[ActivityType[Any]]:
    return list({kind.facts: kind for kind in kinds}.values())


def _refuse_shared(declared: Declared, what: str, codes: Callable[[Program], list[str]]) -> None:
    _refuse_claimed_twice(what, [(name, code) for name, program in declared for code in codes(program)])


def _refuse_claimed_twice(what: str, claims: Iterable[tuple[str, str]]) -> None:
    """`claims` are who claims which code."""
    claimed: dict[str, str] = {}
    for name, code in claims:
        first = claimed.get(code)
        if first == name:
            raise Misdeclared(f"plugin {name!r} declares the {what} {code!r} twice; rename one")
        if first is not None:
            raise Misdeclared(f"the {what} {code!r} is declared by both {first!r} and {name!r}; rename one")
        claimed[code] = name


def _complaints(program: Program) -> Iterator[str]:
    if not CODE.fullmatch(program.code):
        yield f"the code must match {CODE.pattern}"
    assets = {asset.code for asset in program.assets}
    prefix = f"{program.code.upper()}_"
    yield from _repeated("activity type", [kind.code for kind in program.activity_types])
    yield from _repeated("benefit", [benefit.code for benefit in program.benefits])
    for asset in program.assets:
        if not CODE.fullmatch(asset.code):
            yield f"asset {asset.code!r}: the code must match {CODE.pattern}"
    for kind in program.activity_types:
        wrong = list(_activity_complaints(kind, assets))
        yield from (f"activity type {kind.code!r}: {complaint}" for complaint in wrong or _sheet_complaints(kind))
    for benefit in program.benefits:
        if benefit.asset not in assets:
            yield f"benefit {benefit.code!r}: there is no asset {benefit.asset!r} in this program"
        if not benefit.terms:
            yield f"benefit {benefit.code!r}: it has no terms"
        yield from (
            f"benefit {benefit.code!r}: {complaint}"
            for complaint in _dated([(terms.effective, terms.source) for terms in benefit.terms])
        )
        if any(terms.unit <= 0 for terms in benefit.terms):
            yield f"benefit {benefit.code!r}: the unit must be positive"
    for problem in program.problems:
        if not problem.code.startswith(prefix):
            yield f"problem {problem.code!r}: a program's problem codes begin with {prefix!r}"
    for beginning, problem in program.undoing.items():
        if not beginning.endswith(":") or problem not in program.problems:
            yield f"undoing {beginning!r}: it must end with a colon, and its problem be one of the program's"
    granted = {permission.code for permission in program.all_permissions()}
    for noun, referred in program.references.items():
        if ":" in noun or not {referred.paying, referred.earning} <= granted:
            yield f"reference {noun!r}: it must have no colon, and its permissions be among the program's"
    for permission in program.permissions:
        if not permission.code.startswith(f"{program.code}."):
            yield f"permission {permission.code!r}: a program's permissions begin with '{program.code}.'"


def _activity_complaints(kind: ActivityType[Any], assets: set[str]) -> Iterator[str]:
    if not CODE.fullmatch(kind.code):
        yield f"the code must match {CODE.pattern}"
    if kind.asset not in assets:
        yield f"there is no asset {kind.asset!r} in this program"
    if not kind.editions:
        yield "it has no edition, so nothing says what it earns"
    yield from _dated([(edition.effective, edition.source) for edition in kind.editions])
    yield from _requirement_complaints(kind.requirements)
    parameters = getattr(kind.facts, "__dataclass_params__", None)
    if parameters is None or not parameters.frozen:
        yield f"its facts {kind.facts.__name__} must be a frozen dataclass"
        return
    try:
        hints = typing.get_type_hints(kind.facts)
    except NameError as error:
        yield f"its facts {kind.facts.__name__} are annotated with a name their module does not know: {error}"
        return
    for field in dataclasses.fields(kind.facts):
        if not _is_fact_type(hints[field.name]):
            yield (
                f"the fact {field.name!r} has a type Dure cannot show: {hints[field.name]}; it may be str, int, bool,"
                " Decimal, date or a Choice, or one of these or None"
            )
        elif _is_optional(hints[field.name]) and field.default is not None:
            yield f"the fact {field.name!r} may be None, so that must be its default: fact(ko, en, default=None)"
        if field.metadata.get("personal") is not None and _inner(hints[field.name]) is not str:
            yield f"the fact {field.name!r} is personal, so it must be str, or str or None"
        if "names" not in field.metadata:
            yield f"the fact {field.name!r} has no names; declare it with fact(ko, en)"
        elif field.metadata.get("written") not in _ways_to_write(_inner(hints[field.name])):
            yield f"the fact {field.name!r} cannot be written so: texts are of digits, numbers and dates free"


def _sheet_complaints(kind: ActivityType[Any]) -> Iterator[str]:
    """Of a type whose facts are as they should be."""
    from core.activities.sheets.columns import name_clashes  # which needs what this module is part of

    for name in name_clashes(kind):
        yield f"two columns of its sheet are called {name!r}: give one fact another name or alias"


def _ways_to_write(kind: Any) -> tuple[Written | None, ...]:
    if kind is str:
        return (None, Written.DIGITS, Written.BUSINESS_NUMBER)
    return (None, Written.FREELY) if kind in (int, Decimal, date) else (None,)


def _requirement_complaints(requirements: Sequence[Requirement]) -> Iterator[str]:
    yield from _repeated("requirement", [each.code for each in requirements])
    for each in requirements:
        if not CODE.fullmatch(each.code):
            yield f"requirement {each.code!r}: the code must match {CODE.pattern}"
        if not 0 <= each.least <= each.most or not each.most:
            yield f"requirement {each.code!r}: of {each.least} to {each.most} files none fits; least is 0 to most"
        if not each.types or not set(each.types) <= set(FileType):
            yield f"requirement {each.code!r}: its types are some of {', '.join(FileType)}"
        if each.max_bytes is not None and each.max_bytes <= 0:
            yield f"requirement {each.code!r}: max_bytes is at least one byte"


def _inner(hint: Any) -> Any:
    """The type itself, or the one that may be None instead."""
    return next((each for each in typing.get_args(hint) if each is not NoneType), hint) if _is_optional(hint) else hint


def _is_optional(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, UnionType)


def _is_fact_type(hint: Any) -> bool:
    if _is_optional(hint):
        inner = [each for each in typing.get_args(hint) if each is not NoneType]
        return len(inner) == 1 and _is_fact_type(inner[0])
    return hint in FACT_TYPES or (isinstance(hint, type) and issubclass(hint, Choice))


def _dated(editions: Sequence[tuple[date, object]]) -> Iterator[str]:
    for effective, source in editions:
        if not isinstance(source, Source) or not source.clause.strip():
            yield f"the edition of {effective} has no source; name the document and the clause"
    yield from _repeated("edition of", [str(effective) for effective, _ in editions])


def _repeated(what: str, codes: Sequence[str]) -> Iterator[str]:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"{what} {code!r} is declared twice"
