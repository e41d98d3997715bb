"""The plugin's one table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import SQLModel

from core.database import columns


class OrchardRow(SQLModel, table=True):
    """과수원: where an organization grows fruit."""

    __tablename__ = "orchard"
    __table_args__ = (sa.CheckConstraint("hectares > 0", name="orchard_hectares"),)
    id: int = columns.identity()
    organization_id: int = columns.reference("organization")
    name: str = columns.text()
    hectares: Decimal = columns.exact()
    planted_on: date = columns.day()
