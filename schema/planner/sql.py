"""From a tree to SQL: every object is text glued together by PostgreSQL, every page a sub-select limited before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa

from schema.filters import condition_sql
from schema.mapping import Mapping
from schema.planner.text import (
    Part,
    Text,
    column_text,
    end_of,
    flag,
    global_id,
    glued,
    listed,
    listed_but_one,
    or_null,
    plain_json,
    url_base64,
    yes_no,
)
from schema.planner.tree import (
    ColumnItem,
    Filled,
    GlobalId,
    ObjectNode,
    OneItem,
    PageItem,
    PageNode,
    Slots,
    SpecialItem,
    Word,
)
from schema.reading import column_of, order_of
from schema.viewer import Viewer
from schema.visibility import Table


class Writer:
    """Writes one statement for one filling of its arguments' structure. Parameters are named by place and part."""

    def __init__(self, viewer: Viewer, slots: Slots) -> None:
        self.viewer = viewer
        self.slots = slots
        self._aliases = 0

    def alias(self, mapping: Mapping) -> Table:
        self._aliases += 1
        return mapping.table.alias(f"t{self._aliases}")

    # ------------------------------------------------------------------------------------------------- objects

    def object_text(self, node: ObjectNode, row: Table) -> Text:
        """A row of a mapped type as a JSON object."""
        parts: list[Part] = ["{"]
        for place, (key, item) in enumerate(node.items):
            parts += [f'{"," if place else ""}"{key}":', self.item_text(item, node.mapping, row)]
        return glued([*parts, "}"])

    def item_text(self, item: Any, mapping: Mapping, row: Table) -> Part:
        match item:
            case Word(text):
                return f'"{text}"'
            case GlobalId():
                return glued(['"', *global_id(mapping.type_name, row.c.id), '"'])
            case ColumnItem(field):
                return column_text(field, mapping, row, self.viewer)
            case OneItem(field, below):
                return or_null(self.one(below, row, row.c[field.local]))
            case PageItem(page):
                local = None if page.field.remote is None else row.c[page.field.local]
                return self.page(page, row, local)
            case SpecialItem(field, below):
                return cast(Part, field.planned(below, row, self.viewer))
        raise AssertionError(item)

    def one(
        self, node: ObjectNode, parent: Table | None, key: sa.ColumnElement[Any] | None, column: str = "id"
    ) -> Text:
        """The row whose column is `key` (or the only one there is), if it may be seen; NULL otherwise."""
        row = self.alias(node.mapping)
        found = sa.select(self.object_text(node, row)).select_from(row)
        found = found.where(node.mapping.visible(row, self.viewer))
        if key is not None:
            found = found.where(row.c[column] == key)
        return (found if parent is None else found.correlate(parent)).scalar_subquery()

    # --------------------------------------------------------------------------------------------------- pages

    def page(self, node: PageNode, parent: Table | None, local: sa.ColumnElement[Any] | None) -> Text:
        """A connection as a JSON object."""
        filled = self.slots[node.place]
        wanted = {name for _, name, _ in node.parts}
        one_more = "pageInfo" in wanted
        limited = self._limited(node, filled, parent, local, filled.page.size + one_more)
        selected: list[Part] = ["{"]
        for place, (key, name, below) in enumerate(node.parts):
            selected.append(f'{"," if place else ""}"{key}":')
            selected.append(self._part(node, filled, limited, name, below, parent, local, one_more))
        text = glued([*selected, "}"])
        if wanted <= {"totalCount", "__typename"}:
            return text
        # one row, even where no aggregate says so: `pageInfo { hasPreviousPage }` forwards is known without looking
        return sa.select(text).select_from(limited).having(sa.true()).scalar_subquery()

    def _part(
        self,
        node: PageNode,
        filled: Filled,
        limited: Table,
        name: str,
        below: Any,
        parent: Table | None,
        local: sa.ColumnElement[Any] | None,
        one_more: bool,
    ) -> Part:
        def rows(each: Text) -> Text:
            return listed_but_one(each, filled.page.size, filled.page.backwards) if one_more else listed(each)

        match name:
            case "__typename":
                return f'"{below}"'
            case "nodes":
                return rows(self.object_text(below, limited))
            case "edges":
                parts: list[Part] = ["{"]
                for place, (key, inner, node_below) in enumerate(below):
                    parts.append(f'{"," if place else ""}"{key}":')
                    if inner == "cursor":
                        parts.append(self._cursor(node, filled, limited))
                    elif inner == "node":
                        parts.append(self.object_text(node_below, limited))
                    else:
                        parts.append(f'"{node_below}"')
                return rows(glued([*parts, "}"]))
            case "pageInfo":
                return self._page_info(node, filled, limited, below)
            case "totalCount":
                return self._count(node, filled, parent, local)
        raise AssertionError(name)

    def _limited(
        self, node: PageNode, filled: Filled, parent: Table | None, local: sa.ColumnElement[Any] | None, most: int
    ) -> Table:
        """So many rows of the page's beginning, before anything beside them is looked up."""
        row = self.alias(node.mapping)
        page = filled.page
        steps = [(order_of(node.mapping, row, name, self.viewer), down != page.backwards) for name, down in page.order]
        labels = [expression.label(f"order_{place}") for place, (expression, _) in enumerate(steps)]
        rows = sa.select(*row.c, *labels).where(*self._narrowed(node, filled, row, local))
        if page.cursor is not None:
            rows = rows.where(self._beyond(node, steps))
        rows = rows.order_by(*[each.desc() if down else each.asc() for each, down in steps])
        rows = rows.limit(sa.literal_column(str(most)))
        if parent is not None:
            rows = rows.correlate(parent)
        self._aliases += 1
        limited = rows.subquery(f"p{self._aliases}")
        if not page.backwards:
            return limited
        forwards = sa.select(limited).order_by(
            *[
                limited.c[f"order_{place}"].asc() if down else limited.c[f"order_{place}"].desc()
                for place, (_, down) in enumerate(steps)
            ]
        )
        self._aliases += 1
        return forwards.subquery(f"p{self._aliases}")

    def _narrowed(
        self, node: PageNode, filled: Filled, row: Table, local: sa.ColumnElement[Any] | None
    ) -> list[sa.ColumnElement[bool]]:
        found = [node.mapping.visible(row, self.viewer)]
        if local is not None:
            assert node.field.remote is not None
            found.append(row.c[node.field.remote] == local)
        for place, condition in enumerate(filled.wanted):

            def bind(kind: Any, name: str = f"a{node.place}_w{place}") -> sa.ColumnElement[Any]:
                return sa.bindparam(name, type_=kind)

            found.append(condition_sql(node.mapping, row, condition, self.viewer, bind))
        if node.field.where is not None:
            found.append(node.field.where(row))
        return found

    def _beyond(self, node: PageNode, steps: Sequence[tuple[Any, bool]]) -> sa.ColumnElement[bool]:
        from schema.reading import beyond

        values = [
            sa.bindparam(f"a{node.place}_c{place}", type_=expression.type)
            for place, (expression, _) in enumerate(steps)
        ]
        return beyond(steps, values)

    def _count(self, node: PageNode, filled: Filled, parent: Table | None, local: sa.ColumnElement[Any] | None) -> Text:
        row = self.alias(node.mapping)
        counted = sa.select(sa.func.count()).select_from(row).where(*self._narrowed(node, filled, row, local))
        return sa.cast((counted if parent is None else counted.correlate(parent)).scalar_subquery(), sa.Text)

    def _cursor(self, node: PageNode, filled: Filled, limited: Table) -> Text:
        parts: list[Part] = [f'["{filled.page.belongs_to}"']
        for place, (name, _) in enumerate(filled.page.order):
            kind = column_of(node.mapping, node.mapping.table, name).type
            parts += [",", plain_json(limited.c[f"order_{place}"], kind.python_type)]
        return glued(['"', url_base64(glued([*parts, "]"])), '"'])

    def _page_info(self, node: PageNode, filled: Filled, limited: Table, below: Sequence[tuple[str, str, Any]]) -> Text:
        page = filled.page
        rows = sa.func.count()
        parts: list[Part] = ["{"]
        for place, (key, name, typename) in enumerate(below):
            parts.append(f'{"," if place else ""}"{key}":')
            if name in ("startCursor", "endCursor"):
                cursors = sa.func.array_agg(self._cursor(node, filled, limited), type_=sa.ARRAY(sa.Text))
                parts.append(or_null(end_of(cursors, rows, page.size, page.backwards, first=name == "startCursor")))
            elif name == "hasNextPage":
                parts.append(flag(page.cursor is not None) if page.backwards else yes_no(rows > page.size))
            elif name == "hasPreviousPage":
                parts.append(yes_no(rows > page.size) if page.backwards else flag(page.cursor is not None))
            else:
                parts.append(f'"{typename}"')
        return glued([*parts, "}"])
