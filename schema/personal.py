"""Personal facts of activities: to whom they are shown in plain, in planned statements and the ordinary way alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core.activities.models import Activity as ActivityRow
from core.database import any_of, table_of
from core.masking import PersonalKind
from core.personal import PersonalFact
from schema.context import Context
from schema.marks import MARK, NEXT, Kept
from schema.nodes.activity import may_see_type
from schema.planner.text import Part, Text, glued, word
from schema.viewer import Viewer
from schema.visibility import NOBODY, Table

personal_fact = table_of(PersonalFact)


def disclosed(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether personal facts of an activity are shown in plain: to who filed it, and to the staff of its program."""
    if viewer.public or viewer.reads_all:
        return NOBODY
    if viewer.staff:
        return viewer.in_charge_of(table.c.program)
    return sa.and_(table.c.filer_id == viewer.organization_id, may_see_type(table, viewer))


def marked(row: Table, name: str, kind: PersonalKind, viewer: Viewer) -> Text:
    """The JSON text of one personal fact of an activity, or its mark; also of one filed before it was personal."""
    kept = personal_fact.alias("kept")
    mine = sa.and_(kept.c.activity_id == row.c.id, kept.c.name == word(name))
    mark = _mark(row, name, kind, viewer, kept.c.key_id, kept.c.sealed)
    sealed = sa.select(sa.case((kept.c.sealed.is_(None), word("null")), else_=mark)).where(mine)
    given = row.c.facts.op("->>", return_type=sa.Text())(word(name))
    as_filed = _mark(row, name, kind, viewer, word(""), sa.func.convert_to(given, "UTF8"))
    return sa.func.coalesce(sealed.correlate(row).scalar_subquery(), as_filed, word("null"))


def _mark(row: Table, name: str, kind: PersonalKind, viewer: Viewer, key_id: Any, content: Any) -> Text:
    mode = sa.case((disclosed(row, viewer), word("P")), else_=word("M"))
    packed = sa.func.translate(sa.func.encode(content, word("base64")), word("\n"), word(""))
    parts: list[Part] = [f'"{MARK}', mode, NEXT, sa.cast(row.c.id, sa.Text), NEXT, sa.cast(row.c.filer_id, sa.Text)]
    return glued([*parts, f"{NEXT}{name}{NEXT}{kind.value}{NEXT}", key_id, NEXT, packed, f'{MARK}"'])


@dataclass(frozen=True, slots=True)
class Personal:
    """The personal facts of one activity, for whoever asks."""

    plain: bool
    filer_id: int
    kept: Mapping[str, Kept]

    def fact(self, activity_id: int, name: str, kind: PersonalKind, filed: Any) -> Kept | None:
        """One of them; as it was `filed` when that was before it was personal; None when there is none."""
        found = self.kept.get(name)
        if found is None and filed is not None:
            return Kept(self.plain, activity_id, self.filer_id, name, kind, "", str(filed).encode())
        return found


async def load_personal(
    context: Context, viewer: Viewer, keys: Sequence[int], fetch: Callable[..., Any]
) -> list[Personal]:
    """The personal facts of these activities, batched for the ordinary way."""
    await context.house.vault.unlock(context.house.settings, context.house.database)
    row = table_of(ActivityRow).alias("row")
    columns = [personal_fact.c[name] for name in ("name", "kind", "key_id", "sealed")]
    statement = (
        sa.select(row.c.id, row.c.filer_id, disclosed(row, viewer).label("plain"), *columns)
        .join_from(row, personal_fact, row.c.id == personal_fact.c.activity_id, isouter=True)
        .where(any_of(row.c.id, keys))
    )
    rows = await fetch(context, statement)
    found: dict[int, Personal] = {each["id"]: Personal(each["plain"], each["filer_id"], {}) for each in rows}
    kept: dict[int, dict[str, Kept]] = {key: {} for key in found}
    for each in rows:
        if each["name"] is not None:
            kind, key_id = PersonalKind(each["kind"]), each["key_id"] or ""
            one = Kept(each["plain"], each["id"], each["filer_id"], each["name"], kind, key_id, each["sealed"])
            kept[each["id"]][each["name"]] = one
    return [Personal(found[key].plain, found[key].filer_id, kept[key]) for key in keys]
