"""What points buy: a catalogue with dated terms, quotes, and certificates.

A certificate is a hold: issuing sets points aside, using takes them, returning puts them back into the very lots.
"""

from core.benefits.catalogue import (
    add_benefit,
    amend_terms,
    catalogue_differences,
    close_benefit,
    write_declared_benefits,
)
from core.benefits.models import BenefitRow, Certificate, CertificateStatus, TermsRow
from core.benefits.numbers import check_letter, new_number, normal_number
from core.benefits.observed import CertificateSettled
from core.benefits.queries import certificate_by_number, declared_terms, terms_in_force
from core.benefits.quote import Quote, quote
from core.benefits.service import (
    Offer,
    client_key,
    issue_certificate,
    lapse_certificates,
    offer,
    return_certificate,
    use_certificate,
)

__all__ = [
    "BenefitRow",
    "Certificate",
    "CertificateSettled",
    "CertificateStatus",
    "Offer",
    "Quote",
    "TermsRow",
    "add_benefit",
    "amend_terms",
    "catalogue_differences",
    "certificate_by_number",
    "check_letter",
    "client_key",
    "close_benefit",
    "declared_terms",
    "issue_certificate",
    "lapse_certificates",
    "new_number",
    "normal_number",
    "offer",
    "quote",
    "return_certificate",
    "terms_in_force",
    "use_certificate",
    "write_declared_benefits",
]
