"""Tokens: opaque, kept as hashes, good until they expire, are revoked, or their member is deactivated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.actor import Actor, Role
from core.database import Database, Transaction, table_of
from core.errors import NotSignedIn
from core.identity.access import MANAGE_MEMBERS, require_self_or_manager
from core.identity.hashing import new_token, token_hash
from core.identity.models import AccessToken, Member
from core.work import Work

access_token = table_of(AccessToken)
member = table_of(Member)

# asked by every request, so written once; `version` is another after any change of the token or of its member
VERSION = "t.id || ' ' || t.xmin || ' ' || m.id || ' ' || m.xmin"
GOOD = (
    " FROM access_token t JOIN member m ON m.id = t.member_id"
    " WHERE t.token_hash = {token} AND t.revoked_at IS NULL AND t.expires_at > {now} AND m.deactivated_at IS NULL"
)
WHO_HAS_IT = (
    "SELECT m.id, m.organization_id, m.role, m.main, m.permissions, m.programs, m.must_change_password,"
    f" t.id AS token_id, t.csrf_hash, {VERSION} AS version{GOOD.format(token='$1', now='$2')}"
)
REMEMBERED = 5_000  # tokens of one server


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """로그인 토큰: shown this once. `csrf` goes with a cookie and comes back in a header."""

    id: int
    token: str = field(repr=False)
    csrf: str | None = field(repr=False)
    expires_at: datetime


class Unproven(Exception):
    """Who acts is not as it was remembered: nothing was done, and nothing of what was read for it may be told."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a token was when it was last looked up. Whoever acts on it proves it in the same statement: see `proof`."""

    token_hash: str
    version: str
    actor: Actor
    csrf_hash: str | None


def proof(token: str, now: str) -> str:
    """SQL that is a remembered token's version while it holds; the parameters are given as text."""
    return f"(SELECT {VERSION}{GOOD.format(token=token, now=now)})"


def proofs(tokens: str, now: str) -> str:
    """SQL that is the hash and the version of each of many tokens that hold; the parameters are given as text."""
    return f"(SELECT t.token_hash, {VERSION} AS version{GOOD.format(token=f'ANY ({tokens})', now=now)})"


class RememberedTokens:
    """The tokens a server has seen, by their hashes: a request need not ask for its own before it asks for more."""

    def __init__(self) -> None:
        self._known: dict[str, Remembered] = {}

    def get(self, token: str) -> Remembered | None:
        """What is known of a token, if anything."""
        return self._known.get(token_hash(token))

    def put(self, found: Remembered) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[found.token_hash] = found


async def mint_token(work: Work, member_id: int, lifetime: timedelta, *, cookie: bool) -> Token:
    """A new token of this member; the caller has made sure who it is."""
    token, csrf, expires_at = new_token(), new_token() if cookie else None, work.now + lifetime
    kept = sa.insert(access_token).values(
        member_id=member_id,
        token_hash=token_hash(token),
        csrf_hash=token_hash(csrf) if csrf else None,
        created_at=work.now,
        expires_at=expires_at,
    )
    token_id = int(await work.tx.value(kept.returning(access_token.c.id)))
    return Token(id=token_id, token=token, csrf=csrf, expires_at=expires_at)


async def actor_of_token(
    database: Transaction | Database, token: str, now: datetime, *, csrf: str | None = None
) -> Actor | None:
    """Whose token this is, in one statement; None when it is no longer good.

    Give `csrf` for a change that came with a cookie: the request's header (empty when it has none) must match too.
    """
    found = await look_up(database, token, now)
    return found.actor if found is not None and matches(found, csrf) else None


def matches(found: Remembered, csrf: str | None) -> bool:
    """Whether a change may be made with this token and that CSRF token; None where none is needed."""
    return csrf is None or found.csrf_hash == token_hash(csrf)


async def look_up(database: Transaction | Database, token: str, now: datetime) -> Remembered | None:
    """What a token is now, to be remembered; None when it is no longer good."""
    ask = database.row if isinstance(database, Database) else database.connection.fetchrow
    kept = token_hash(token)
    row = await ask(WHO_HAS_IT, kept, now)
    if row is None:
        return None
    return Remembered(kept, row["version"], actor_of_member(row, row["token_id"]), row["csrf_hash"])


def actor_of_member(row: Mapping[str, Any], token_id: int | None = None) -> Actor:
    """A member's row as one who acts."""
    return Actor(
        member_id=row["id"],
        organization_id=row["organization_id"],
        role=Role(row["role"]),
        main=row["main"],
        permissions=frozenset(row["permissions"]),
        programs=frozenset(row["programs"]),
        must_change_password=row["must_change_password"],
        token_id=token_id,
    )


async def member_to_settle(work: Work, member_id: int) -> Member | None:
    """The member if active, its row locked until the work ends: what is settled about it is settled one by one."""
    return await work.tx.one(
        Member,
        sa.select(member).where(member.c.id == member_id, member.c.deactivated_at.is_(None)).with_for_update(),
    )


async def sign_out(work: Work) -> None:
    """로그아웃: the token this request came with is good no more."""
    if work.actor.member_id is None:
        raise NotSignedIn(NotSignedIn.text.en)
    token = sa.update(access_token).where(access_token.c.id == work.actor.token_id, access_token.c.revoked_at.is_(None))
    if await work.tx.execute(token.values(revoked_at=work.now)):
        work.record("member.signed_out", "member", work.actor.member_id, organization_id=work.actor.organization_id)


async def sign_out_everywhere(work: Work, member_id: int | None = None) -> int:
    """모든 기기에서 로그아웃: one's own tokens, or those of a member one manages; how many were good until now."""
    if work.actor.member_id is None and not work.actor.system:
        raise NotSignedIn(NotSignedIn.text.en)
    whose = work.actor.member_id if member_id is None else member_id
    if whose is None:
        raise NotSignedIn(NotSignedIn.text.en)
    organization_id = work.actor.organization_id
    if whose != work.actor.member_id:
        organization_id = await work.tx.value(sa.select(member.c.organization_id).where(member.c.id == whose))
        await require_self_or_manager(work, whose, organization_id, MANAGE_MEMBERS)
    revoked = await revoke_tokens(work, whose)
    work.record(
        "member.signed_out_everywhere", "member", whose, organization_id=organization_id, after={"tokens": revoked}
    )
    return revoked


async def revoke_tokens(work: Work, member_id: int, *, but: int | None = None) -> int:
    """End every token of the member except `but`; how many were good until now."""
    ended = sa.update(access_token).where(
        access_token.c.member_id == member_id,
        access_token.c.revoked_at.is_(None),
        access_token.c.expires_at > work.now,
    )
    if but is not None:
        ended = ended.where(access_token.c.id != but)
    return await work.tx.execute(ended.values(revoked_at=work.now))
