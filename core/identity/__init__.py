"""Organizations and their members, and what lets a member in."""

from core.identity.models import AccessToken, Member, OneTimeCode, Organization, OrganizationKind, Person, Standing
from core.identity.organizations import (
    ensure_organizations,
    record_standing,
    register_organization,
    update_organization,
)
from core.identity.queries import organization_views

__all__ = [
    "AccessToken",
    "Member",
    "OneTimeCode",
    "Organization",
    "OrganizationKind",
    "Person",
    "Standing",
    "ensure_organizations",
    "organization_views",
    "record_standing",
    "register_organization",
    "update_organization",
]
