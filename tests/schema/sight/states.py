# ruff: noqa: E501 - a statement is read by its lines
"""Of every mapped type: in which state each of its rows is, and whose it is. A new type states its rows here."""

from __future__ import annotations


def named(organization: str) -> str:
    return f"(SELECT name FROM organization WHERE id = {organization})"


def login(member: str) -> str:
    return f"coalesce((SELECT login_id FROM member WHERE id = {member}), 'system')"


def reached(round_id: str) -> str:
    """How far a certification round is."""
    return f"(SELECT status FROM ia_certification_step WHERE round_id = {round_id} ORDER BY id DESC LIMIT 1)"


def seated(round_id: str) -> str:
    """The state of a round, and whether a member of an applicant is in its committee."""
    return f"""{reached(round_id)} || CASE WHEN EXISTS (SELECT FROM ia_certification_assessor s
        JOIN ia_certification_application x ON x.round_id = s.round_id AND x.organization_id = s.organization_id
        WHERE s.round_id = {round_id}) THEN ', an applicant''s member in the committee' ELSE '' END"""


POSTING = "t.program || ' ' || t.kind || coalesce(' of ' || nullif(split_part(t.reference, ':', 1), ''), '')"
PARTIES = f"""coalesce((SELECT string_agg(DISTINCT {named("o")}, '+') FROM (
    SELECT organization_id AS o FROM entry WHERE transaction_id = t.id
    UNION SELECT organization_id FROM lot_move WHERE transaction_id = t.id) AS parties WHERE o IS NOT NULL), 'system')"""
TYPED = "coalesce((SELECT ' ' || activity_type FROM activity v WHERE 'activity:' || v.id = t.reference), '')"
LISTING = "ia_exchange_listing l JOIN organization u ON u.id = l.university_id"
ORDERED = f"{named('o.company_id')} || '+' || {named('o.university_id')}"
APPLIED = "ia_certification_application a"

STATES = {
    "Organization": "SELECT id, kind AS state, name AS whose FROM organization",
    "Standing": f"SELECT id, kind AS state, {named('organization_id')} AS whose FROM standing",
    "Member": f"""SELECT id, role || CASE WHEN main THEN ', main' ELSE '' END AS state,
        {named("organization_id")} AS whose FROM member""",
    "Person": f"""SELECT p.id, coalesce(m.role || CASE WHEN m.main THEN ', main' ELSE '' END, 'no member') AS state,
        coalesce({named("m.organization_id")}, 'nobody') AS whose
        FROM person p LEFT JOIN member m ON m.person_id = p.id""",
    "Account": f"""SELECT id, program || ' ' || kind AS state, coalesce({named("organization_id")}, 'system') AS whose
        FROM account""",
    "Entry": f"""SELECT e.id, {POSTING} || {TYPED} || CASE a.kind WHEN 'debt' THEN ', debt' ELSE '' END AS state,
        coalesce({named("e.organization_id")}, 'system') AS whose
        FROM entry e JOIN ledger_transaction t ON t.id = e.transaction_id JOIN account a ON a.id = e.account_id""",
    "StatementLine": f"""SELECT e.id, {POSTING} || {TYPED} || CASE a.kind WHEN 'debt' THEN ', debt' ELSE '' END AS state,
        {named("a.organization_id")} AS whose FROM entry e JOIN ledger_transaction t ON t.id = e.transaction_id
        JOIN account a ON a.id = e.account_id WHERE a.organization_id IS NOT NULL""",
    "Transaction": f"SELECT t.id, {POSTING} || {TYPED} AS state, {PARTIES} AS whose FROM ledger_transaction t",
    "Lot": f"""SELECT l.id, {POSTING} || {TYPED} AS state, {named("l.organization_id")} AS whose
        FROM lot l JOIN ledger_transaction t ON t.id = l.transaction_id""",
    "LotMove": f"""SELECT m.id, {POSTING} || {TYPED} AS state, {named("m.organization_id")} AS whose
        FROM lot_move m JOIN ledger_transaction t ON t.id = m.transaction_id""",
    "Hold": f"""SELECT h.id, {POSTING} || ', ' || h.status AS state, {named("h.organization_id")} AS whose
        FROM hold h JOIN ledger_transaction t ON t.id = h.transaction_id""",
    "HeldLot": f"""SELECT x.id, {POSTING} || ', ' || h.status AS state, {named("h.organization_id")} AS whose
        FROM hold_lot x JOIN hold h ON h.id = x.hold_id JOIN ledger_transaction t ON t.id = h.transaction_id""",
    "Filing": f"""SELECT id, program || ' ' || activity_type || ', ' || status AS state,
        {named("organization_id")} AS whose FROM filing""",
    "FilingCompany": f"""SELECT min(a.id) AS id, a.program || ' ' || a.activity_type || ', ' || f.status AS state,
        {named("a.filer_id")} || ' of ' || {named("a.organization_id")} AS whose
        FROM activity a JOIN filing f ON f.id = a.filing_id
        GROUP BY a.filing_id, a.program, a.activity_type, f.status, a.filer_id, a.organization_id""",
    "Activity": f"""SELECT id, program || ' ' || activity_type || ', ' || status AS state,
        {named("filer_id")} || ' of ' || {named("organization_id")} AS whose FROM activity""",
    "Certificate": f"SELECT id, program || ', ' || status AS state, {named('organization_id')} AS whose FROM certificate",
    "Job": f"SELECT id, state, {login('asked_by')} AS whose FROM job",
    "Attachment": f"""SELECT a.id, a.program || ' ' || coalesce(a.subject_type, f.activity_type || ', ' || f.status)
        AS state, {named("a.organization_id")} AS whose FROM attachment a LEFT JOIN filing f ON f.id = a.filing_id""",
    "AuditEvent": f"SELECT id, action AS state, coalesce({named('organization_id')}, 'no one') AS whose FROM audit_event",
    "Benefit": "SELECT id, program AS state, 'everybody' AS whose FROM benefit",
    "BenefitTerms": """SELECT t.id, b.program AS state, 'everybody' AS whose
        FROM benefit_terms t JOIN benefit b ON b.id = t.benefit_id""",
    "TrainingProvider": f"SELECT id, 'registered' AS state, {named('organization_id')} AS whose FROM mi_training_provider",
    "EligibleCourse": "SELECT id, 'listed' AS state, 'everybody' AS whose FROM mi_eligible_course",
    "InnovationKind": "SELECT id, 'defined' AS state, 'everybody' AS whose FROM mi_innovation_kind",
    "ExchangeListing": f"SELECT l.id, l.status AS state, u.name AS whose FROM {LISTING}",
    "ExchangeSlot": f"""SELECT s.id, l.status AS state, u.name AS whose
        FROM {LISTING} JOIN ia_exchange_slot s ON s.listing_id = l.id""",
    "ExchangePhoto": f"""SELECT a.id, l.status AS state, u.name AS whose FROM {LISTING}
        JOIN attachment a ON a.subject_id = l.id AND a.subject_type = 'industry_academia.exchange_listing'""",
    "ExchangeOrder": f"SELECT o.id, o.status AS state, {ORDERED} AS whose FROM ia_exchange_order o",
    "ExchangeBooking": f"""SELECT b.id, o.status AS state, {ORDERED} AS whose
        FROM ia_exchange_booking b JOIN ia_exchange_order o ON o.id = b.order_id""",
    "Participant": """SELECT id, program || CASE WHEN until IS NULL THEN ', takes part' ELSE ', ended' END AS state,
        'everybody' AS whose FROM participant""",
    "Post": """SELECT id, program || CASE WHEN published_from > '2998-01-01' THEN ', scheduled'
        WHEN audience_kinds <> '{}' THEN ', for universities' ELSE ', for ' || audience END AS state,
        'everybody' AS whose FROM post""",
    "Call": f"""SELECT id, program || CASE WHEN cancelled_at IS NOT NULL THEN ', called off'
        WHEN published_at IS NULL THEN ', draft' ELSE ', published' END AS state,
        {named("organization_id")} AS whose FROM benefit_call""",
    "Interest": f"""SELECT i.id, c.program AS state, {named("i.organization_id")} AS whose
        FROM call_interest i JOIN benefit_call c ON c.id = i.call_id""",
    "CertificationRound": f"SELECT r.id, {reached('r.id')} AS state, 'operators' AS whose FROM ia_certification_round r",
    "CertificationCriterion": f"""SELECT c.id, {reached("c.round_id")} AS state, 'operators' AS whose
        FROM ia_certification_criterion c""",
    "CertificationAssessor": f"""SELECT s.id, {reached("s.round_id")} AS state, {login("s.member_id")} AS whose
        FROM ia_certification_assessor s""",
    "CertificationApplication": f"""SELECT a.id, {seated("a.round_id")} AS state, {named("a.organization_id")} AS whose
        FROM {APPLIED}""",
    "CertificationDocument": f"""SELECT d.id, {seated("a.round_id")} AS state, {named("a.organization_id")} AS whose
        FROM {APPLIED} JOIN attachment d
        ON d.subject_id = a.id AND d.subject_type = 'industry_academia.certification_application'""",
    "CertificationScore": f"""SELECT s.id, {seated("s.round_id")} AS state,
        {named("s.applicant_id")} || ' by ' || {login("m.member_id")} AS whose
        FROM ia_certification_score s JOIN ia_certification_assessor m ON m.id = s.assessor_id""",
    "CertificationResult": f"""SELECT a.id, {seated("a.round_id")} AS state, {named("a.organization_id")} AS whose
        FROM ia_certification_result a""",
    "CertifiedInstitution": f"""SELECT a.id, {seated("a.round_id")} AS state, {named("a.organization_id")} AS whose
        FROM ia_certification_certificate a""",
    "Seal": "SELECT id, 'sealed' AS state, 'everybody' AS whose FROM seal",
}
