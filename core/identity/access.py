"""Who may manage an organization and its members: its main user, and operators."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from core.actor import Role
from core.checking import Access
from core.errors import NotAllowed, Violation, refuse_any
from core.identity.problems import PERMISSION_UNKNOWN, PROGRAM_UNKNOWN
from core.language import Text
from core.plugins import Plugins
from core.work import Work

UPDATE_ORGANIZATION = "organization.update"
MANAGE_MEMBERS = "organization.members"
UPDATE_PERSON = "organization.person"


def is_operator(work: Work) -> bool:
    """An operator of every program, or the system."""
    actor = work.actor
    return actor.system or (actor.role is Role.OPERATOR and not actor.programs)


async def require_manager(work: Work, organization_id: int | None, action: str) -> None:
    """An operator, or the main user of that organization when no plugin objects."""
    work.actor.require_ready()
    if is_operator(work):
        return
    if organization_id is None or not (work.actor.acts_for(organization_id) and work.actor.main):
        raise NotAllowed(
            Text(
                "기관의 주 사용자나 운영자만 할 수 있습니다.",
                "Only the organization's main user or an operator may do this.",
            )
        )
    await ask_plugins(work, organization_id, action)


async def require_self_or_manager(work: Work, member_id: int, organization_id: int | None, action: str) -> None:
    """The member itself, or who manages it."""
    work.actor.require_ready()
    if work.actor.member_id != member_id:
        await require_manager(work, organization_id, action)


async def ask_plugins(work: Work, organization_id: int, action: str) -> None:
    """Refuse with what the plugins object to this member acting for its organization."""
    access = Access(actor=work.actor, action=action, organization_id=organization_id)
    refuse_any(await work.plugins.check_access(access))


def declared_permissions(plugins: Plugins) -> Mapping[str, Text]:
    """Every permission a sub-user can be granted, with its names: what every program has, and what it declares."""
    found: dict[str, Text] = {}
    for program in plugins.programs.values():
        found |= {permission.code: permission.names for permission in program.all_permissions()}
    return found


def check_permissions(plugins: Plugins, permissions: Iterable[str]) -> list[Violation]:
    """Permissions nobody declared, each with the nearest that somebody did."""
    declared = declared_permissions(plugins)
    return [
        PERMISSION_UNKNOWN.at("permissions", place, permission=permission, nearest=_nearest(permission, declared))
        for place, permission in enumerate(permissions)
        if permission not in declared
    ]


def check_programs(plugins: Plugins, programs: Iterable[str]) -> list[Violation]:
    """Programs that are not there, each with the nearest that is."""
    return [
        PROGRAM_UNKNOWN.at("programs", place, program=program, nearest=_nearest(program, plugins.programs))
        for place, program in enumerate(programs)
        if program not in plugins.programs
    ]


def _nearest(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.0)), "-")
