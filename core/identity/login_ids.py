"""Login ids: small letters and digits; a sub-account's is the main account's, an underscore and a suffix."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa

from core.actor import PUBLIC
from core.database import Transaction, table_of
from core.errors import Refused, Violation
from core.identity.attempts import asked_of, count_attempt, hold, limit_refusal, origin_of
from core.identity.models import Member
from core.identity.policy import LOOK_UPS
from core.identity.problems import HOMEPAGE_FORM, LOGIN_ID_FORM, SUFFIX_FORM

if TYPE_CHECKING:
    from core.house import House

SHORTEST = 2  # universities are known by their domain, and kw.ac.kr is one
LONGEST = 40
MAIN = re.compile(r"[a-z0-9][a-z0-9.-]*")  # no underscore: what stands after one is its own organization's to give
STAFF = re.compile(r"[a-z0-9][a-z0-9._-]*")
KOREAN_SECOND_LEVELS = frozenset({"ac", "co", "es", "go", "hs", "kg", "mil", "ms", "ne", "or", "pe", "re", "sc"})
SUFFIX = re.compile(r"[a-z0-9]{1,20}")

member = table_of(Member)


def normal_login_id(written: str) -> str:
    """As it is kept: small letters, nothing invisible, no space around."""
    visible = "".join(character for character in written if character.isprintable())
    return unicodedata.normalize("NFKC", visible).strip().lower()


def check_login_id(login_id: str, *path: str | int, staff: bool = False) -> list[Violation]:
    """Whether a main user or (`staff`) somebody of the operating agency may be called so."""
    if SHORTEST <= len(login_id) <= LONGEST and (STAFF if staff else MAIN).fullmatch(login_id):
        return []
    return [LOGIN_ID_FORM.at(*path, minimum=SHORTEST, maximum=LONGEST)]


def login_id_of_homepage(homepage: str) -> str:
    """대학 아이디: the name in the address of its homepage, `korea` of `www.korea.ac.kr`. May refuse."""
    written = normal_login_id(homepage)
    try:
        host = urlsplit(written if "//" in written else f"//{written}").hostname or ""
    except ValueError:
        host = ""
    labels = [label for label in host.split(".") if label]
    second_level = len(labels) > 2 and labels[-1] == "kr" and labels[-2] in KOREAN_SECOND_LEVELS
    place = 3 if second_level else 2
    if len(labels) < place or check_login_id(labels[-place]):
        raise HOMEPAGE_FORM.refuse("homepage", homepage=homepage)
    return labels[-place]


def sub_login_id(main_login_id: str, suffix: str) -> str:
    """하위계정 아이디: `korea` and `01` make `korea_01`, also when `korea_abc` has become the main user. May refuse."""
    root = main_login_id.split("_")[0]
    normal = normal_login_id(suffix).removeprefix(f"{root}_")
    if not SUFFIX.fullmatch(normal):
        raise SUFFIX_FORM.refuse("suffix", root=root)
    return f"{root}_{normal}"


async def look_up_login_id(house: House, login_id: str, *, origin: str | None) -> bool:
    """중복검사, for anybody: as many look-ups of an address as its limit permits. Raises `Refused` beyond it."""
    asked = await asked_of(house, origin, f"login ids {origin_of(origin)}")
    async with house.work(PUBLIC) as work:
        await hold(work, asked)
        if refusal := await limit_refusal(work.tx, LOOK_UPS, asked, work.now):
            raise Refused(refusal)
        await count_attempt(work, LOOK_UPS, asked)
        return await login_id_available(work.tx, login_id)


async def login_id_available(tx: Transaction, login_id: str) -> bool:
    """Whether nobody is, or was, called so."""
    taken = sa.select(member.c.id).where(member.c.login_id == normal_login_id(login_id))
    return await tx.value(taken) is None
