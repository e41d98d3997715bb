"""The plugins of one Dure: found, checked against the contract, and called by one typed method a hook."""

from __future__ import annotations

import asyncio
import difflib
import inspect
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextvars import copy_context
from functools import partial
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pluggy

from core import hookspecs
from core.declarations import check_jobs, check_problems, check_programs, check_templates, place_workbooks
from core.documents.forms import PlacedForm, place_forms
from core.errors import Misdeclared, Problem, Violation
from core.hooks import Hooks, Notice, Observers
from core.jobs.declared import JobKind
from core.messages.templates import TEMPLATES, Template
from core.parts import Check, Command, Demo, Example, Form, GraphQLParts, Tables, Verifiable, Workbook
from core.program import ActivityType, Program

if TYPE_CHECKING:
    from core.activities.observed import ActivityDecided
    from core.actor import Actor
    from core.audit import Event
    from core.benefits.observed import CertificateSettled
    from core.checking import Access, ActivityContext, Posting, Redemption, UploadedDocument
    from core.ledgers.observed import Posted
    from core.messages.outgoing import OutgoingMessage

ENTRY_POINT_GROUP = "dure.programs"
HOOKS = tuple(name for name, spec in vars(hookspecs).items() if hasattr(spec, "dure_spec"))
Part = TypeVar("Part")


class Plugins:
    """What is plugged in, frozen once built. Nothing global: two sets can live in one process.

    Raises `Misdeclared`, naming the plugins at fault, when one breaks the contract.
    """

    def __init__(self, plugins: Mapping[str, object] | None = None) -> None:
        self._manager = pluggy.PluginManager("dure")
        self._manager.add_hookspecs(hookspecs)
        for name, plugin in sorted((plugins or {}).items()):
            self._register(name, plugin)
        self._refuse_misspelt_hooks()
        self._refuse_async_and_wrappers()
        self._implementations: Mapping[str, tuple[pluggy.HookImpl, ...]] = MappingProxyType(
            {name: tuple(reversed(getattr(self._manager.hook, name).get_hookimpls())) for name in HOOKS}
        )  # in the order in which they are called
        self.hooks = Hooks()
        self.observers = Observers(self.hooks)
        declared = self._collect("register_program", Program)
        check_programs(declared)
        self.programs: Mapping[str, Program] = MappingProxyType({program.code: program for _, program in declared})
        self.owners: Mapping[str, str] = MappingProxyType({program.code: name for name, program in declared})
        of_programs = [(name, problem) for name, program in declared for problem in program.problems]
        of_plugins = self._collect_named("register_problems", Problem)
        check_problems(of_programs, of_plugins)
        self.problems: tuple[tuple[str, Problem], ...] = (*of_programs, *of_plugins)
        self.graphql: tuple[tuple[str, GraphQLParts], ...] = self._collect("register_graphql", GraphQLParts)
        tables = self._collect("register_tables", Tables)
        self.tables: tuple[Tables, ...] = tuple(part for _, part in tables)
        self.with_data: tuple[str, ...] = tuple(sorted({*self.owners.values(), *(name for name, _ in tables)}))
        self.demos: tuple[Demo, ...] = tuple(part for _, part in self._collect("register_demo", Demo))
        self.examples: tuple[Example, ...] = self._collect_each("register_examples", Example)
        self.forms: Mapping[str, PlacedForm] = MappingProxyType(
            place_forms(self._collect_named("register_forms", Form))
        )
        self.workbooks: Mapping[str, Workbook] = MappingProxyType(
            place_workbooks(self._collect_named("register_workbooks", Workbook))
        )
        self.verifiables: tuple[Verifiable, ...] = self._collect_each("register_verifiables", Verifiable)
        self.checks: tuple[Check, ...] = self._collect_each("register_comparisons", Check)
        of_jobs = self._collect_named("register_jobs", JobKind)
        check_jobs(of_jobs)
        self.jobs: Mapping[str, JobKind] = MappingProxyType({kind.name: kind for _, kind in of_jobs})
        of_templates = self._collect("register_templates", Mapping)  # type: ignore[type-abstract]
        check_templates(of_templates)
        self.templates: Mapping[str, Template] = MappingProxyType(
            dict(TEMPLATES) | {key: each for _, brought in of_templates for key, each in brought.items()}
        )
        self.commands: tuple[Command, ...] = self._collect_each("register_commands", Command)

    @classmethod
    def installed(cls, extra: Mapping[str, object] | None = None) -> Plugins:
        """Every plugin installed under the entry point group `dure.programs`, and the ones given."""
        found: dict[str, object] = {}
        for point in entry_points(group=ENTRY_POINT_GROUP):
            if point.name in found:
                raise Misdeclared(f"two installed plugins are both named {point.name!r}; rename one entry point")
            try:
                found[point.name] = point.load()
            except Exception as error:
                raise Misdeclared(
                    f"plugin {point.name!r} ({point.value}) cannot be imported: {type(error).__name__}: {error}"
                ) from error
        return cls(found | dict(extra or {}))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, _ in self._manager.list_name_plugin()))

    def activity_type(self, program: str, code: str) -> ActivityType[Any] | None:
        found = self.programs.get(program)
        return None if found is None else found.activity_type(code)

    # -------------------------------------------------------------------------------------------------- asks

    async def identify(self, headers: Mapping[str, str]) -> Actor | None:
        return cast("Actor | None", await self._first("identify", headers=headers))

    async def deliver(self, message: OutgoingMessage) -> bool:
        return bool(await self._first("deliver", message=message))

    # ------------------------------------------------------------------------------------------------ checks

    async def check_access(self, access: Access) -> list[Violation]:
        return await self._objections("check_access", [{"access": access}])

    async def check_activity(self, facts: object, context: ActivityContext) -> list[Violation]:
        return (await self.check_activities([(facts, context)]))[0]

    async def check_activities(self, rows: Sequence[tuple[object, ActivityContext]]) -> list[list[Violation]]:
        """What is objected to each of these activities."""
        values = [{"facts": facts, "context": context} for facts, context in rows]
        return await self._objections_each("check_activity", values)

    async def check_document(self, document: UploadedDocument) -> list[Violation]:
        return await self._objections("check_document", [{"document": document}])

    async def check_posting(self, posting: Posting) -> list[Violation]:
        return await self.check_postings([posting])

    async def check_postings(self, postings: Sequence[Posting]) -> list[Violation]:
        """What is objected to any of these postings."""
        return await self._objections("check_posting", [{"posting": posting} for posting in postings])

    async def check_redemption(self, redemption: Redemption) -> list[Violation]:
        return await self._objections("check_redemption", [{"redemption": redemption}])

    # ------------------------------------------------------------------------------------------------- rules

    async def by_rules(self, program: str, rule: str, steps: Iterable[Part]) -> list[Part]:
        """What a lazy iterable answers that asks a program's rules at each step, in a thread of its plugin."""
        return await self.hooks.steps(self.owners[program], rule, steps)

    async def gathered(self, program: str, gathering: Awaitable[Part]) -> Part:
        """What a program's coroutine answers, within its limit."""
        return await self.hooks.awaited(self.owners[program], "gather", gathering)

    # --------------------------------------------------------------------------------------------- observers

    def activity_decided(self, decided: ActivityDecided) -> None:
        self.observers.tell(self.notices("activity_decided", decided=decided))

    def posted(self, posted: Posted) -> None:
        self.observers.tell(self.notices("posted", posted=posted))

    def certificate_settled(self, settled: CertificateSettled) -> None:
        self.observers.tell(self.notices("certificate_settled", settled=settled))

    def audit_recorded(self, event: Event) -> None:
        self.observers.tell(self.notices("audit_recorded", event=event))

    def notices(self, hook: str, **values: object) -> list[Notice]:
        """A call of each observer that implements the hook, to be told once the change is committed."""
        return [
            Notice(
                plugin=each.plugin_name,
                hook=hook,
                call=partial(each.function, *(values[name] for name in each.argnames)),
                context=copy_context(),
            )
            for each in self._implementations[hook]
        ]

    def listens(self, hook: str) -> bool:
        """Whether anybody implements the hook."""
        return bool(self._implementations[hook])

    # ----------------------------------------------------------------------------------------------- inside

    def _register(self, name: str, plugin: object) -> None:
        if name == "core":
            raise Misdeclared("a plugin is named 'core', which is Dure's own name; rename its entry point")
        try:
            self._manager.register(plugin, name=name)
        except pluggy.PluginValidationError as error:
            raise Misdeclared(f"plugin {name!r} implements a hook wrongly: {error}") from error
        except ValueError as error:
            raise Misdeclared(f"plugin {name!r} cannot be registered: {error}") from error

    def _refuse_misspelt_hooks(self) -> None:
        for name in vars(self._manager.hook):
            if name.startswith("_") or name in HOOKS:
                continue
            for implementation in getattr(self._manager.hook, name).get_hookimpls():
                if implementation.optionalhook:
                    continue
                near = difflib.get_close_matches(name, HOOKS, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise Misdeclared(
                    f"plugin {implementation.plugin_name!r} implements {name!r}, which is no hook of Dure{hint}"
                )

    def _refuse_async_and_wrappers(self) -> None:
        """Hooks are plain functions; one wrapped around the others could drop or change what they answer."""
        for name in HOOKS:
            for implementation in getattr(self._manager.hook, name).get_hookimpls():
                if implementation.wrapper or implementation.hookwrapper:
                    what = "as a wrapper around other plugins"
                elif inspect.iscoroutinefunction(implementation.function):
                    what = "as a coroutine"
                else:
                    continue
                raise Misdeclared(
                    f"plugin {implementation.plugin_name!r} implements {name!r} {what}; hooks are plain functions"
                )

    def _call_each(self, hook: str) -> Iterable[tuple[str, object]]:
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            try:
                answer = implementation.function()
                if inspect.isgenerator(answer):
                    answer = tuple(answer)
            except Exception as error:
                raise Misdeclared(
                    f"plugin {implementation.plugin_name!r}: {hook} failed: {type(error).__name__}: {error}"
                ) from error
            yield implementation.plugin_name, answer

    def _collect(self, hook: str, kind: type[Part]) -> tuple[tuple[str, Part], ...]:
        found = []
        for name, answer in self._call_each(hook):
            if not isinstance(answer, kind):
                raise Misdeclared(f"plugin {name!r}: {hook} answered {type(answer).__name__}, not a {kind.__name__}")
            found.append((name, answer))
        return tuple(sorted(found, key=lambda pair: pair[0]))

    def _collect_each(self, hook: str, kind: type[Part]) -> tuple[Part, ...]:
        return tuple(part for _, part in self._collect_named(hook, kind))

    def _collect_named(self, hook: str, kind: type[Part]) -> list[tuple[str, Part]]:
        found: list[tuple[str, Part]] = []
        for name, answers in self._call_each(hook):
            if not isinstance(answers, Iterable):
                raise Misdeclared(f"plugin {name!r}: {hook} answered {type(answers).__name__}, not several values")
            for answer in answers:
                if not isinstance(answer, kind):
                    raise Misdeclared(f"plugin {name!r}: {hook} brought {type(answer).__name__}, not {kind.__name__}")
                found.append((name, answer))
        return found

    async def _objections(self, hook: str, values: Sequence[Mapping[str, object]]) -> list[Violation]:
        if not self._implementations[hook]:
            return []
        return [violation for each in await self._objections_each(hook, values) for violation in each]

    async def _objections_each(self, hook: str, values: Sequence[Mapping[str, object]]) -> list[list[Violation]]:
        """What every plugin objects to each of these, asked in one go of each; the plugins are asked at once."""
        answers = await asyncio.gather(
            *(
                self.hooks.steps(each.plugin_name, hook, _each_answer(each, values))
                for each in self._implementations[hook]
            )
        )
        return [[violation for answer in of_one for violation in answer] for of_one in zip(*answers, strict=True)] or [
            [] for _ in values
        ]

    async def _first(self, hook: str, **values: object) -> object:
        """The first answer that is not None."""
        for each in self._implementations[hook]:
            call = partial(each.function, *(values[name] for name in each.argnames))
            answer = await self.hooks.call(each.plugin_name, hook, call)
            if answer is not None:
                return answer
        return None


def _each_answer(
    implementation: pluggy.HookImpl, values: Sequence[Mapping[str, object]]
) -> Iterator[tuple[Violation, ...]]:
    """In the plugin's thread: what it answers of each; a generator is gone through there too."""
    for given in values:
        answer = implementation.function(*(given[name] for name in implementation.argnames))
        yield tuple(cast("Iterable[Violation]", answer or ()))
