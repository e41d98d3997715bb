"""문서확인번호: how a certificate's number is made, read however it was typed, and told from a mistyped one."""

from __future__ import annotations

import secrets
import unicodedata

# No I, L, O and no Z, which is read as 2; no U. What is left is 31 letters, a prime, and that makes the check exact.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
MISREAD = str.maketrans("OILZ", "0112")
LENGTH = 16  # the year's four digits, eleven letters, and the one that checks them


def new_number(year: int) -> str:
    """The year, then twelve letters of which the last checks the others. Not to be guessed."""
    bare = f"{year}" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 5))
    return _grouped(bare + check_letter(bare))


def check_letter(bare: str) -> str:
    """The letter that follows `bare`, from the sum of its letters weighted 1, 2, 3 … modulo 31.

    31 is a prime, each letter stands for another remainder, and no weight reaches 31. So one wrong letter always
    changes the sum, and so do any two letters exchanged, be they neighbours or not, the check letter among them or not.
    """
    return ALPHABET[sum(place * ALPHABET.index(letter) for place, letter in enumerate(bare, 1)) % len(ALPHABET)]


def normal_number(number: str) -> str:
    """`2026-ABCD-EFGH-JKMN`, from any spelling of it: spaces, dashes and case do not matter, nor does O for 0."""
    wide = unicodedata.normalize("NFKC", number).upper()
    return _grouped("".join(letter for letter in wide if letter.isalnum()).translate(MISREAD))


def well_formed(number: str) -> bool:
    """Whether a number in its normal spelling can be one of ours. Asks no database."""
    bare = number.replace("-", "")
    if len(bare) != LENGTH or any(letter not in ALPHABET for letter in bare):
        return False
    return bare[-1] == check_letter(bare[:-1])


def _grouped(bare: str) -> str:
    return "-".join(bare[place : place + 4] for place in range(0, len(bare), 4))
