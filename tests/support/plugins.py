"""Plugins made in a test, and a program to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from core import (
    ActivityType,
    Asset,
    Award,
    Benefit,
    Edition,
    Effect,
    GraphQLParts,
    Past,
    Program,
    Source,
    SourceDocument,
    Terms,
    Text,
    fact,
    hookimpl,
)
from core.plugins import Plugins

NOTICE = SourceDocument("notice", Text("안내", "Notice"))
SOURCE = Source(NOTICE, "제1조")
IN_FORCE = date(2020, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """선행: something good that was done."""

    done_on: date = fact("날짜", "day")
    worth: int = fact("점수", "points it is worth")


def award_deed(facts: Deed, _past: Past[Deed]) -> Award:
    return Award.to_subject(facts.worth)


EDITION: Edition[Deed] = Edition(effective=IN_FORCE, award=award_deed, source=SOURCE)
TERMS = Terms(effective=IN_FORCE, unit=10, effect=Effect.entitlement("감사장", "a letter of thanks"), source=SOURCE)


def deed_type(**changes: Any) -> ActivityType[Deed]:
    declared: dict[str, Any] = {
        "code": "deed",
        "names": Text("선행", "deed"),
        "asset": "thanks",
        "facts": Deed,
        "base_date": lambda facts: facts.done_on,
        "editions": (EDITION,),
    }
    return ActivityType(**declared | changes)


def letter(**changes: Any) -> Benefit:
    declared: dict[str, Any] = {
        "code": "letter",
        "names": Text("감사장", "Letter"),
        "asset": "thanks",
        "category": Text("감사", "Thanks"),
        "description": Text("감사장을 드림", "A letter of thanks"),
        "terms": (TERMS,),
    }
    return Benefit(**declared | changes)


def program(**changes: Any) -> Program:
    """선행 (deeds): one asset, one activity type, one benefit; all of it right, until it is changed."""
    declared: dict[str, Any] = {
        "code": "deeds",
        "names": Text("선행", "Deeds"),
        "description": Text("선행에 감사하는 사업", "Thanks for good deeds"),
        "documents": (NOTICE,),
        "assets": (Asset(code="thanks", names=Text("감사", "thanks")),),
        "activity_types": (deed_type(),),
        "benefits": (letter(),),
    }
    return Program(**declared | changes)


def plugin(**hooks: Callable[..., Any]) -> SimpleNamespace:
    """A plugin that implements these hooks."""
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


def declaring(declared: object) -> SimpleNamespace:
    """A plugin that declares this program."""
    return plugin(register_program=lambda: declared)


def bringing(**parts: Any) -> SimpleNamespace:
    """A plugin that brings these parts to the API."""
    return plugin(register_graphql=lambda: GraphQLParts(**parts))


def plugged(**plugins: object) -> Plugins:
    """A Dure with these plugins only."""
    named: Mapping[str, object] = plugins
    return Plugins(named)
