"""Core's tables as the API shows them, for plugins to relate to."""

from schema.nodes.activity import Activity, Filing
from schema.nodes.audit import AuditEvent
from schema.nodes.benefit import Benefit, BenefitTerms, Certificate
from schema.nodes.document import Attachment
from schema.nodes.job import Job
from schema.nodes.ledger import Account, Entry, HeldLot, Hold, Lot, LotMove, Transaction
from schema.nodes.organization import Member, Organization, Person, Standing
from schema.nodes.statement import StatementLine

__all__ = [
    "Account",
    "Activity",
    "Attachment",
    "AuditEvent",
    "Benefit",
    "BenefitTerms",
    "Certificate",
    "Entry",
    "Filing",
    "HeldLot",
    "Hold",
    "Job",
    "Lot",
    "LotMove",
    "Member",
    "Organization",
    "Person",
    "Standing",
    "StatementLine",
    "Transaction",
]
