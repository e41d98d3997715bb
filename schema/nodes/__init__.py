"""Core's tables as the API shows them, for plugins to relate to, and what their own types of attachments need."""

from schema.nodes.activity import Activity, Filing
from schema.nodes.audit import AuditEvent
from schema.nodes.benefit import Benefit, BenefitTerms, Certificate
from schema.nodes.board import Post
from schema.nodes.call import Call, Interest
from schema.nodes.document import Attachment, download_path, of_file
from schema.nodes.job import Job
from schema.nodes.ledger import Account, Entry, HeldLot, Hold, Lot, LotMove, Transaction
from schema.nodes.organization import Member, Organization, Person, Standing
from schema.nodes.participant import Participant
from schema.nodes.statement import StatementLine

__all__ = [
    "Account",
    "Activity",
    "Attachment",
    "AuditEvent",
    "Benefit",
    "BenefitTerms",
    "Call",
    "Certificate",
    "Entry",
    "Filing",
    "HeldLot",
    "Hold",
    "Interest",
    "Job",
    "Lot",
    "LotMove",
    "Member",
    "Organization",
    "Participant",
    "Person",
    "Post",
    "Standing",
    "StatementLine",
    "Transaction",
    "download_path",
    "of_file",
]
