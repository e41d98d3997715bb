"""What the certification brings, gathered for the plugin's hooks."""

from plugins.industry_academia.certification.examples import EXAMPLES
from plugins.industry_academia.certification.models import APPEND_ONLY, MODELS
from plugins.industry_academia.certification.page import FORM, VERIFIABLE
from plugins.industry_academia.certification.schema import Mutation, Query
from plugins.industry_academia.certification.telling import TEMPLATES
from plugins.industry_academia.certification.verifying import CHECKS

__all__ = ["APPEND_ONLY", "CHECKS", "EXAMPLES", "FORM", "MODELS", "TEMPLATES", "VERIFIABLE", "Mutation", "Query"]
