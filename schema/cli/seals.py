"""Sealing by hand, reading what was kept of seals, and checking a proof without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from core.house import House
from core.seals import Head, Sealed, latest_seal, proof_faults, seal_waiting
from core.seals.proof import stated
from schema.cli.screen import bad, screen

UNREADABLE = (AttributeError, KeyError, RecursionError, TypeError, ValueError)


async def seal_house(house: House) -> tuple[Sealed, Head | None]:
    """Seal everything that waits; what that was, and the newest head."""
    sealed = await seal_waiting(house)
    async with house.database.reading() as tx:
        return sealed, await latest_seal(tx)


def read_heads(path: Path) -> list[Head]:
    """Heads that were kept: what `/seals/latest` answered, one or many of them, one after another in one file."""
    heads: list[Head] = []
    decoder = json.JSONDecoder()
    try:
        text = path.read_text(encoding="utf-8").strip()
        while text:
            found, end = decoder.raw_decode(text)
            heads += [Head.read(each) for each in (found if isinstance(found, list) else [found])]
            text = text[end:].lstrip(" \t\r\n,")
    except UNREADABLE as error:
        raise typer.BadParameter(f"{path.name} has no heads of seals in it: {type(error).__name__} {error}") from None
    if not heads:
        raise typer.BadParameter(f"{path.name} is empty")
    return heads


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{path.name} is not JSON: {error}") from None


def check_proof_file(path: Path, kept: Path | None) -> bool:
    """Say what a proof proves, or what is wrong with it."""
    proof = read_json(path)
    head = read_heads(kept)[-1] if kept is not None else None
    faults = proof_faults(proof, None if head is None else head.document)
    for fault in faults:
        screen().line(bad("✗"), f" {fault.both}")
    if faults:
        return False
    for name, value in stated(proof).items():
        screen().line(f"  {name}: {value}")
    seal = proof["seal"]
    screen().line(
        f"✓ 제{seal['number']}호 봉인({seal['sealedAt']})에 들어 있습니다 · It is under seal {seal['number']} of"
        f" {seal['sealedAt']}: {seal['digest']}"
    )
    if head is None:
        screen().line(
            "이 봉인값을 다른 곳에 보관된 것과 대조하세요 · Compare this head with one kept elsewhere (--head)."
        )
    return True
