"""What the exchange brings, gathered for the plugin's hooks."""

from plugins.industry_academia.exchange.examples import EXAMPLES
from plugins.industry_academia.exchange.jobs import LAPSE
from plugins.industry_academia.exchange.models import MODELS
from plugins.industry_academia.exchange.schema import Mutation, OrganizationExchange, Query
from plugins.industry_academia.exchange.telling import TEMPLATES
from plugins.industry_academia.exchange.verifying import CHECKS

JOBS = (LAPSE,)
EXTENDS = {"Organization": (OrganizationExchange,)}

__all__ = ["CHECKS", "EXAMPLES", "EXTENDS", "JOBS", "MODELS", "TEMPLATES", "Mutation", "Query"]
