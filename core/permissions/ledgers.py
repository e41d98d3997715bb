"""Which permissions let a sub-user see which postings of its organization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.permissions.declared import Referred

if TYPE_CHECKING:
    from core.program import Program


def references_of(program: Program) -> Mapping[str, Referred]:
    """Who sees postings by what they refer to: what every program has, and the program's own. Activities go by type."""
    redeem = Referred(paying=program.redeeming_permission, earning=program.redeeming_permission)
    return {"benefit": redeem, "certificate": redeem, **program.references}


def ledger_permissions(program: Program) -> frozenset[str]:
    """What a sub-user must hold, all of it, to see every posting of its organization, and so its balances."""
    filing = (program.filing_permission(kind.code) for kind in program.activity_types)
    sides = (side for each in references_of(program).values() for side in (each.paying, each.earning))
    return frozenset((*filing, *sides))
