"""Digests of what is asked of the ledger, kept with each key: so that a key used for another request is noticed."""

from __future__ import annotations

import hashlib
from datetime import date

import orjson


def request_hash(*parts: object) -> str:
    """A digest of a request, so that a key used for another request is noticed."""
    return hashlib.sha256(orjson.dumps(parts, default=str)).hexdigest()


def spend_hash(program: str, asset: str, verb: str, organization_id: int, amount: int, reference: str) -> str:
    """The digest of a spend, or of a hold."""
    return request_hash(program, asset, verb, organization_id, amount, reference)


def transfer_hash(
    program: str, asset: str, from_id: int, to_id: int, amount: int, reference: str, hold_id: int | None,
    earned_on: date | None = None, expires_on: date | None = None,
) -> str:  # fmt: skip
    """The digest of a transfer. `dure verify` computes it in SQL."""
    return request_hash(program, asset, "transfer", from_id, to_id, amount, hold_id, earned_on, expires_on, reference)
