"""Personal data (개인정보): encrypted, masked for whom they are not meant, read on the record, erased on request.

The master keys are in the settings; a `Vault` opens with them when it is first needed. Facts that say who somebody is
are declared so (`fact(personal=...)`) and kept apart, each encrypted for its own place, beside a keyed digest by which
equal values are found without decrypting any. The audit refers to activities by id, so nothing it says is erased.
"""

from core.personal.erasure import Held, HeldOnPerson, erase_facts, held_on_person
from core.personal.facts import (
    ERASED,
    disclose_facts,
    keep_facts,
    opened_facts,
    personal_kinds,
    place_of_fact,
    record_reading,
)
from core.personal.keys import KeysUnusable, Sealed, new_key
from core.personal.models import HouseSecret, PersonalFact
from core.personal.rotation import Rotated, rotate_keys
from core.personal.vault import Vault

__all__ = [
    "ERASED",
    "Held",
    "HeldOnPerson",
    "HouseSecret",
    "KeysUnusable",
    "PersonalFact",
    "Rotated",
    "Sealed",
    "Vault",
    "disclose_facts",
    "erase_facts",
    "held_on_person",
    "keep_facts",
    "new_key",
    "opened_facts",
    "personal_kinds",
    "place_of_fact",
    "record_reading",
    "rotate_keys",
]
