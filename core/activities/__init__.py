"""What organizations did that may earn points: filings of typed facts, checked, reviewed row by row, and awarded.

A filing is drafted, submitted, perhaps sent back for a supplement, then decided; each approved row posts what its
edition awards. Programs declare the types; this room knows none of them.
"""

from core.activities.attaching import attach_document, detach_document, request_evidence_upload
from core.activities.fact_texts import Row
from core.activities.facts import facts_from_json, facts_to_json
from core.activities.intake import amend_filing, cancel_filing, draft_filing, require_may_file, submit_filing
from core.activities.models import Activity, ActivityStatus, Filing, FilingStatus
from core.activities.observed import ActivityDecided
from core.activities.review import decide_filing, request_supplement
from core.activities.revoking import Revocation, revoke_activity, revoke_filing
from core.activities.trial import Trial, check_filing

__all__ = [
    "Activity",
    "ActivityDecided",
    "ActivityStatus",
    "Filing",
    "FilingStatus",
    "Revocation",
    "Row",
    "Trial",
    "amend_filing",
    "attach_document",
    "cancel_filing",
    "check_filing",
    "decide_filing",
    "detach_document",
    "draft_filing",
    "facts_from_json",
    "facts_to_json",
    "request_evidence_upload",
    "request_supplement",
    "require_may_file",
    "revoke_activity",
    "revoke_filing",
    "submit_filing",
]
