"""The whole plugin contract. A plugin implements any of these with `@hookimpl`; each mood is known by its name.

Law: a plugin may add facts, object, or listen. It never edits another's number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

from core.errors import Problem, Violation
from core.parts import Check, Command, Demo, Example, Form, GraphQLParts, Tables, Verifiable, Workbook
from core.program import Program

if TYPE_CHECKING:
    from core.activities.observed import ActivityDecided
    from core.actor import Actor
    from core.audit import Event
    from core.benefits.observed import CertificateSettled
    from core.checking import Access, ActivityContext, Posting, Redemption, UploadedDocument
    from core.jobs.declared import JobKind
    from core.ledgers.observed import Posted
    from core.messages.outgoing import OutgoingMessage
    from core.messages.templates import Template

hookspec = pluggy.HookspecMarker("dure")
hookimpl = pluggy.HookimplMarker("dure")

# ------------------------------------------------------------------ register_*: collected once, when Dure starts


@hookspec
def register_program() -> Program:  # type: ignore[empty-body]
    """Declare a program: its assets, activity types, benefits, permissions and problems."""


@hookspec
def register_problems() -> Iterable[Problem]:  # type: ignore[empty-body]
    """Bring what a plugin objects with beside its program's problems; the codes begin with the plugin's name."""


@hookspec
def register_graphql() -> GraphQLParts:  # type: ignore[empty-body]
    """Bring Strawberry classes: fields of the roots, types, and fields added to another's type."""


@hookspec
def register_tables() -> Tables:  # type: ignore[empty-body]
    """Bring tables and the folder of their alembic revisions."""


@hookspec
def register_examples() -> Iterable[Example]:  # type: ignore[empty-body]
    """Bring example operations, shown in the explorer."""


@hookspec
def register_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Bring commands of `dure`."""


@hookspec
def register_forms() -> Iterable[Form[Any]]:  # type: ignore[empty-body]
    """Bring documents to set: certificates, reports and forms, each a folder with a template and what fills it."""


@hookspec
def register_workbooks() -> Iterable[Workbook]:  # type: ignore[empty-body]
    """Bring spreadsheets of several tables, each with what it is written from."""


@hookspec
def register_verifiables() -> Iterable[Verifiable]:  # type: ignore[empty-body]
    """Bring documents that anybody may check by their number at `/verify/<number>`."""


@hookspec
def register_comparisons() -> Iterable[Check]:  # type: ignore[empty-body]
    """Bring what `dure verify` compares of a plugin's own tables, with the ledger or with each other."""


@hookspec
def register_jobs() -> Iterable[JobKind]:  # type: ignore[empty-body]
    """Bring jobs: what is done apart from a request, on demand or on a schedule."""


@hookspec
def register_templates() -> Mapping[str, Template]:  # type: ignore[empty-body]
    """Bring what a plugin writes to people: a subject and a body by name, each name beginning with the plugin's."""


@hookspec
def register_demo() -> Demo:  # type: ignore[empty-body]
    """Bring data to try the program with, loaded by `dure demo`."""


# ------------------------------------------------------------------ asks: the first answer that is not None wins


@hookspec(firstresult=True)
def identify(headers: Mapping[str, str]) -> Actor | None:
    """Say who a request comes from by another way than Dure's own tokens; header names are lower case."""


@hookspec(firstresult=True)
def deliver(message: OutgoingMessage) -> bool | None:
    """Send a message by another channel; True when it is on its way."""


# ------------------------------------------------------------------ check_*: objections only, all collected


@hookspec
def check_access(access: Access) -> Iterable[Violation]:  # type: ignore[empty-body]
    """Object to somebody doing something."""


@hookspec
def check_activity(facts: object, context: ActivityContext) -> Iterable[Violation]:  # type: ignore[empty-body]
    """Object to an activity before it is submitted, and again before it is approved."""


@hookspec
def check_document(document: UploadedDocument) -> Iterable[Violation]:  # type: ignore[empty-body]
    """Object to a file before it is stored, a virus scanner for one. It may take `DURE_SLOW_HOOK_SECONDS`."""


@hookspec
def check_posting(posting: Posting) -> Iterable[Violation]:  # type: ignore[empty-body]
    """Object to points or won moving: every account, amount, kind and label, on every path that posts."""


@hookspec
def check_redemption(redemption: Redemption) -> Iterable[Violation]:  # type: ignore[empty-body]
    """Object to points being set aside for a benefit."""


# ------------------------------------------------------------------ past tense: told after the commit


@hookspec
def activity_decided(decided: ActivityDecided) -> None:
    """An activity was approved or rejected."""


@hookspec
def posted(posted: Posted) -> None:
    """Points or won moved."""


@hookspec
def certificate_settled(settled: CertificateSettled) -> None:
    """A certificate was used, returned, or lapsed."""


@hookspec
def audit_recorded(event: Event) -> None:
    """A change was written to the audit."""
