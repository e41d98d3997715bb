"""The GraphQL parts core itself brings, in the same form as a plugin's."""

from __future__ import annotations

from types import ModuleType

from core import prose
from core.activities import problems as activity_problems
from core.activities.sheets import problems as sheet_problems
from core.benefits import problems as benefit_problems
from core.boards import problems as board_problems
from core.calls import problems as call_problems
from core.documents.spreadsheets import problems as spreadsheet_problems
from core.errors import Problem
from core.files import problems as file_problems
from core.hooks import problems as hook_problems
from core.identity import problems as identity_problems
from core.jobs import problems as job_problems
from core.ledgers import problems as ledger_problems
from core.participants import problems as participant_problems
from core.parts import GraphQLParts
from core.personal import problems as personal_problems
from core.readers import problems as reader_problems
from core.texts import problems as text_problems
from schema.connections import CURSOR_INVALID, PAGE_INVALID
from schema.filters import TOO_MANY_VALUES
from schema.finders import FINDER_PROBLEMS
from schema.global_ids import ID_INVALID
from schema.nodes.board import BoardQuery
from schema.nodes.call import BenefitCalls, CallQuery
from schema.nodes.document import DocumentQuery, FilingDocuments
from schema.nodes.participant import ParticipantQuery
from schema.nodes.statement import AccountStatement, StatementQuery
from schema.roots.benefits import BenefitMutation, BenefitQuery
from schema.roots.boards import BoardMutation, ParticipantMutation
from schema.roots.calls import CallMutation
from schema.roots.documents import DocumentMutation
from schema.roots.exports import EXPORT_PROBLEMS, ExportMutation
from schema.roots.filing import ReviewMutations
from schema.roots.identity import IdentityMutation
from schema.roots.jobs import JobMutation, JobQuery
from schema.roots.ledgers import LEDGER_ROOT_PROBLEMS, LedgerMutation, LedgerQuery
from schema.roots.members import MemberMutation
from schema.roots.organizations import OrganizationMutation
from schema.roots.personal import PersonalMutation, PersonalQuery
from schema.roots.queries import CoreQuery
from schema.roots.seals import SealQuery
from schema.roots.statement import StatementTotalsQuery

CORE = "core"


def problems_in(module: ModuleType) -> tuple[Problem, ...]:
    """Every problem a module declares."""
    return tuple(each for each in vars(module).values() if isinstance(each, Problem))


CORE_PROBLEMS = (
    *problems_in(identity_problems),
    *problems_in(ledger_problems),
    *problems_in(hook_problems),
    *problems_in(activity_problems),
    *problems_in(sheet_problems),
    *problems_in(benefit_problems),
    *problems_in(personal_problems),
    *problems_in(spreadsheet_problems),
    *problems_in(reader_problems),
    *problems_in(job_problems),
    *problems_in(file_problems),
    *problems_in(participant_problems),
    *problems_in(board_problems),
    *problems_in(call_problems),
    *problems_in(prose),
    *problems_in(text_problems),
    *LEDGER_ROOT_PROBLEMS,
    *EXPORT_PROBLEMS,
    *FINDER_PROBLEMS,
    ID_INVALID,
    CURSOR_INVALID,
    PAGE_INVALID,
    TOO_MANY_VALUES,
)


def core_parts() -> GraphQLParts:
    return GraphQLParts(
        query=(
            CoreQuery,
            BenefitQuery,
            LedgerQuery,
            StatementQuery,
            StatementTotalsQuery,
            DocumentQuery,
            SealQuery,
            JobQuery,
            PersonalQuery,
            BoardQuery,
            CallQuery,
            ParticipantQuery,
        ),
        mutation=(
            IdentityMutation,
            MemberMutation,
            OrganizationMutation,
            ReviewMutations,
            DocumentMutation,
            BenefitMutation,
            LedgerMutation,
            JobMutation,
            ExportMutation,
            PersonalMutation,
            BoardMutation,
            CallMutation,
            ParticipantMutation,
        ),
        extends={"Filing": (FilingDocuments,), "Account": (AccountStatement,), "Benefit": (BenefitCalls,)},
    )
