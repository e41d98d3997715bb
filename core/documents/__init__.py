"""Files out: the certificate (확인서) a company hands in, the public page that says whether one holds, plugins' forms.

A page is a Typst template and a dataclass that fills it; the values reach the template as data, never
as markup. The typeface lies in `fonts/`, fetched there by `make` and carried by every built wheel, and is embedded in
each PDF, so a certificate reads the same on any machine, with no fonts installed and no network.
"""

from core.documents.certificate import (
    CertificatePage,
    LotUse,
    certificate_pdf,
    certificate_pdf_async,
    effect_words,
)
from core.documents.forms import FormBroken, PlacedForm, form_data, place_forms, try_forms
from core.documents.render import SAMPLE_QR, FontsMissing, qr_svg, render_pdf, render_pdf_async
from core.documents.verification import DocumentView, VerificationState, VerificationView, verification_html

__all__ = [
    "SAMPLE_QR",
    "CertificatePage",
    "DocumentView",
    "FontsMissing",
    "FormBroken",
    "LotUse",
    "PlacedForm",
    "VerificationState",
    "VerificationView",
    "certificate_pdf",
    "certificate_pdf_async",
    "effect_words",
    "form_data",
    "place_forms",
    "qr_svg",
    "render_pdf",
    "render_pdf_async",
    "try_forms",
    "verification_html",
]
