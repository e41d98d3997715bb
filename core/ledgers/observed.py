"""What observers of the ledger are told."""

from __future__ import annotations

from dataclasses import dataclass

from core.checking import Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """거래 완료: the posting and the id of the transaction that recorded it."""

    transaction_id: int
    posting: Posting
