"""What a seal and a proof are made of, and checking one: with SHA-256 and nothing else, as anybody outside would."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from core.language import Text

VERSION = 1
HEX = re.compile(r"[0-9a-f]{64}")
LEAF = re.compile(r"certificate [1-9][0-9]*")
MALFORMED = Text("봉인 증명 파일의 형식이 아닙니다: {what}", "This is no proof of a seal: {what}")
NOT_UNDER_ROOT = Text(
    "확인서의 내용이 봉인의 뿌리로 이어지지 않습니다.", "What the certificate says does not lead to the seal's root."
)
NOT_THE_HEAD = Text("봉인의 값이 그 내용과 다릅니다.", "The seal's head is not of what the seal says.")
CHAIN_BROKEN = Text("제{number}호 봉인이 앞 봉인과 이어지지 않습니다.", "Seal {number} does not follow the one before.")
NOT_AS_KEPT = Text("보관된 제{number}호 봉인의 값과 다릅니다.", "Seal {number} is not what was kept of it.")
HEAD_NOT_REACHED = Text(
    "증명이 보관된 제{number}호 봉인까지 이어지지 않습니다. proof.json?head={number}로 다시 받으세요.",
    "The proof does not reach the kept seal {number}: fetch it again with proof.json?head={number}.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What anybody may know, and keep, of a seal. Hashes in hex; `digest` is the head."""

    number: int
    root: str
    previous: str
    leaves: int
    sealed_at: str  # UTC, to the microsecond: 2026-03-02T00:00:00.000000Z
    digest: str

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Head:
        """From its JSON. Raises `KeyError`, `TypeError` or `ValueError` when it is none."""
        head = cls(
            number=int(given["number"]),
            root=given["root"],
            previous=given["previous"],
            leaves=int(given["leaves"]),
            sealed_at=given["sealedAt"],
            digest=given["digest"],
        )
        for each in (head.root, head.previous, head.digest):
            if not HEX.fullmatch(each):
                raise ValueError(f"{str(each)[:70]!r} is not 64 hex digits")
        return head

    @property
    def document(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "number": self.number,
            "root": self.root,
            "previous": self.previous,
            "leaves": self.leaves,
            "sealedAt": self.sealed_at,
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """What stands beside the way from the leaf to the root."""

    side: str  # left or right of what is on the way
    hash: str


def head_line(head: Head) -> str:
    """The line whose SHA-256 is the head."""
    return f"dure seal {VERSION} {head.number} {head.previous} {head.root} {head.leaves} {head.sealed_at}"


def proof_faults(proof: Mapping[str, Any], kept: Mapping[str, Any] | None = None) -> list[Text]:
    """What is wrong with a proof, the JSON of `/verify/{number}/proof.json`; nothing when it holds.

    `kept` is a head somebody kept, the JSON of `/seals/latest` at that time: then the proof must lead to it.
    """
    try:
        if proof["version"] != VERSION:
            raise ValueError(f"version {proof['version']}")
        root = _root(proof)
        chain = [Head.read(each) for each in (proof["seal"], *proof.get("chain", ()))]
        wanted = Head.read(kept) if kept is not None else None
        if not isinstance(stated(proof), dict):
            raise TypeError("the certificate")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return [MALFORMED.format({"what": f"{type(error).__name__} {error}"})]
    faults = [] if root == chain[0].root else [NOT_UNDER_ROOT]
    faults += chain_faults(chain)
    if wanted is not None:
        reached = {head.number: head for head in chain}.get(wanted.number)
        if reached is None:
            faults.append(HEAD_NOT_REACHED.format({"number": str(wanted.number)}))
        elif reached.digest != wanted.digest:
            faults.append(NOT_AS_KEPT.format({"number": str(wanted.number)}))
    return faults


def chain_faults(chain: Sequence[Head]) -> list[Text]:
    """What is wrong with heads that are said to follow one another."""
    faults = []
    for place, head in enumerate(chain):
        if sha256(head_line(head).encode()).hexdigest() != head.digest:
            faults.append(NOT_THE_HEAD)
        if place and (head.number != chain[place - 1].number + 1 or head.previous != chain[place - 1].digest):
            faults.append(CHAIN_BROKEN.format({"number": str(head.number)}))
    return faults


def stated(proof: Mapping[str, Any]) -> dict[str, Any]:
    """What the certificate says that the proof is of."""
    found: dict[str, Any] = json.loads(proof["certificate"])
    return found


def _root(proof: Mapping[str, Any]) -> str:
    """The root that the certificate's words lead to."""
    if not LEAF.fullmatch(proof["leaf"]) or not HEX.fullmatch(proof["rest"]):
        raise ValueError("the leaf")
    digest = sha256(f"{proof['rest']} {proof['certificate']}".encode()).hexdigest()
    node = sha256(b"\x00" + f"{proof['leaf']} {digest}".encode()).digest()
    for step in proof["path"]:
        beside = bytes.fromhex(step["hash"])
        if step["side"] not in ("left", "right") or len(beside) != 32:
            raise ValueError("a step of the path")
        node = sha256(b"\x01" + (beside + node if step["side"] == "left" else node + beside)).digest()
    return node.hex()
