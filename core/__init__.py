"""The front door: the words a program is declared in, and what its rules, checks and hooks are given.

A whole program is written with these alone. What else a plugin may use lies behind the doors of the rooms
(`core.activities`, `core.ledgers`, ...), each with its own `__all__`.
"""

from core.calendar import Term
from core.checking import (
    Access,
    AccountKind,
    ActivityContext,
    Posting,
    PostingKind,
    PostingLine,
    Redemption,
    UploadedDocument,
)
from core.errors import Misdeclared, NotAllowed, NotSignedIn, Problem, Refused, Violation
from core.file_types import FileType
from core.hookspecs import hookimpl
from core.language import Language, Text
from core.masking import PersonalKind
from core.parts import (
    Check,
    Command,
    Demo,
    DemoSignIn,
    Example,
    Form,
    GraphQLParts,
    Sheets,
    SheetTable,
    Tables,
    Verifiable,
    Workbook,
)
from core.program import (
    ActivityType,
    Asset,
    Award,
    Benefit,
    Choice,
    Edition,
    Effect,
    EffectKind,
    Figure,
    Party,
    Past,
    Permission,
    Program,
    Referred,
    Rounding,
    Source,
    SourceDocument,
    Terms,
    fact,
)
from core.requirement import Per, Requirement, Retention
from core.sheet_form import SheetForm, Written
from core.texts import TextKind

__all__ = [
    "Access",
    "AccountKind",
    "ActivityContext",
    "ActivityType",
    "Asset",
    "Award",
    "Benefit",
    "Check",
    "Choice",
    "Command",
    "Demo",
    "DemoSignIn",
    "Edition",
    "Effect",
    "EffectKind",
    "Example",
    "Figure",
    "FileType",
    "Form",
    "GraphQLParts",
    "Language",
    "Misdeclared",
    "NotAllowed",
    "NotSignedIn",
    "Party",
    "Past",
    "Per",
    "Permission",
    "PersonalKind",
    "Posting",
    "PostingKind",
    "PostingLine",
    "Problem",
    "Program",
    "Redemption",
    "Referred",
    "Refused",
    "Requirement",
    "Retention",
    "Rounding",
    "SheetForm",
    "SheetTable",
    "Sheets",
    "Source",
    "SourceDocument",
    "Tables",
    "Term",
    "Terms",
    "Text",
    "TextKind",
    "UploadedDocument",
    "Verifiable",
    "Violation",
    "Workbook",
    "Written",
    "fact",
    "hookimpl",
]
