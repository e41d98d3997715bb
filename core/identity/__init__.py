"""Organizations and their members, and what lets a member in.

An organization is known by its business number and can exist, and earn, before anyone of it has signed up: whoever
signs up first claims it, with a code from an operator if it is on record already. Its main user may do everything for
it and gives sub-users the permissions they need; staff belong to an agency and work for programs. Passwords, tokens
and codes are kept as hashes. Verbs take the work they are part of, but for those that count guesses (`sign_in`,
`sign_up`, `change_password`, `reset_password`): they take the house, for a guess counts even when the answer is no.
"""

from core.identity.access import (
    MANAGE_MEMBERS,
    UPDATE_ORGANIZATION,
    UPDATE_PERSON,
    check_permissions,
    declared_permissions,
)
from core.identity.accounts import NewAccount, create_staff, create_sub_user, provision
from core.identity.attempts import count_miss, miss_refusal
from core.identity.business_numbers import (
    business_number_printed,
    check_business_number,
    corporate_number_printed,
    normalized,
    parse_business_number,
    parse_corporate_number,
)
from core.identity.codes import IssuedCode, issue_claim_code
from core.identity.guesses import TELL_OF_GUESSES
from core.identity.housekeeping import forget_spent
from core.identity.login_ids import login_id_available, look_up_login_id
from core.identity.members import acting_member, deactivate_member, hand_over_main, reset_member, set_permissions
from core.identity.models import (
    AccessToken,
    Attempt,
    Member,
    MemberOrigin,
    OneTimeCode,
    Organization,
    OrganizationKind,
    Person,
    Standing,
)
from core.identity.organizations import (
    ensure_organizations,
    known_organizations,
    record_standing,
    register_organization,
    update_organization,
)
from core.identity.passwords import SEND_RESET_CODE, change_password, request_password_reset, reset_password
from core.identity.people import PersonDetails, check_person, erase_person, update_person
from core.identity.policy import PASSWORD_RULES, check_password
from core.identity.provisioning import NewHolder, provision_many
from core.identity.queries import (
    actor_by_id,
    member_by_id,
    members_of,
    organization_by_id,
    organization_by_number,
    organization_views,
    person_by_id,
)
from core.identity.signing_in import SignedIn, sign_in
from core.identity.signing_up import SignedUp, sign_up
from core.identity.tokens import (
    Remembered,
    RememberedTokens,
    Unproven,
    actor_of_token,
    look_up,
    matches,
    proof,
    proofs,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "MANAGE_MEMBERS",
    "PASSWORD_RULES",
    "SEND_RESET_CODE",
    "TELL_OF_GUESSES",
    "UPDATE_ORGANIZATION",
    "UPDATE_PERSON",
    "AccessToken",
    "Attempt",
    "IssuedCode",
    "Member",
    "MemberOrigin",
    "NewAccount",
    "NewHolder",
    "OneTimeCode",
    "Organization",
    "OrganizationKind",
    "Person",
    "PersonDetails",
    "Remembered",
    "RememberedTokens",
    "SignedIn",
    "SignedUp",
    "Standing",
    "Unproven",
    "acting_member",
    "actor_by_id",
    "actor_of_token",
    "business_number_printed",
    "change_password",
    "check_business_number",
    "check_password",
    "check_permissions",
    "check_person",
    "corporate_number_printed",
    "count_miss",
    "create_staff",
    "create_sub_user",
    "deactivate_member",
    "declared_permissions",
    "ensure_organizations",
    "erase_person",
    "forget_spent",
    "hand_over_main",
    "issue_claim_code",
    "known_organizations",
    "login_id_available",
    "look_up",
    "look_up_login_id",
    "matches",
    "member_by_id",
    "members_of",
    "miss_refusal",
    "normalized",
    "organization_by_id",
    "organization_by_number",
    "organization_views",
    "parse_business_number",
    "parse_corporate_number",
    "person_by_id",
    "proof",
    "proofs",
    "provision",
    "provision_many",
    "record_standing",
    "register_organization",
    "request_password_reset",
    "reset_member",
    "reset_password",
    "set_permissions",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "sign_up",
    "update_organization",
    "update_person",
]
