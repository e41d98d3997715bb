"""One policy for every text that comes in: which characters each kind of text may have, and how it is stored."""

from core.texts.email import is_email
from core.texts.letters import letters_of, visible
from core.texts.policy import TEXT, TextKind, check_text, composed
from core.texts.problems import TEXT_CONTROL_SIGNS, TEXT_INVISIBLE

__all__ = [
    "TEXT",
    "TEXT_CONTROL_SIGNS",
    "TEXT_INVISIBLE",
    "TextKind",
    "check_text",
    "composed",
    "is_email",
    "letters_of",
    "visible",
]
