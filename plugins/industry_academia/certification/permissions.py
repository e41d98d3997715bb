"""Who may apply: an organization's main user, and sub-users who are granted it."""

from core.language import Text
from core.program import Permission

APPLY = Permission("industry_academia.certification.apply", Text("우수기관 인증 신청", "Apply for certification"))
PERMISSIONS = (APPLY,)
