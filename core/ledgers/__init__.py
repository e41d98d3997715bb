"""The ledger: accounts, transactions, lots and holds. PostgreSQL is the ledger; this room asks it to move things.

Points are earned in lots that expire, spent first to expire first, held for a purpose and returned to the very lots
they came from. Money uses the same accounts without lots. Nothing is ever edited: a mistake is reversed, and what was
earned falsely is clawed back even where it is spent: then it is owed, and what comes in pays it first.
"""

from core.checking import AccountKind
from core.ledgers.accounts import fold, open_account
from core.ledgers.beginning_anew import EarnedBefore, earned_before, expire_earned_before
from core.ledgers.clawing_back import Clawback, TakenBack, claw_back
from core.ledgers.digests import request_hash
from core.ledgers.gathered import Alone, Gathering, post_alone
from core.ledgers.models import Account, Entry, Hold, HoldLot, LedgerTransaction, Lot, LotMove
from core.ledgers.observed import Posted
from core.ledgers.queries import Balance, balance, balance_effective_on, balance_recorded_at
from core.ledgers.service import (
    Credit,
    Earning,
    Expiry,
    Receipt,
    earn,
    expire,
    hold,
    move,
    release,
    reverse,
    spend,
    transfer,
    use,
)
from core.ledgers.verify import Comparison, verify_ledger

__all__ = [
    "Account",
    "AccountKind",
    "Alone",
    "Balance",
    "Clawback",
    "Comparison",
    "Credit",
    "EarnedBefore",
    "Earning",
    "Entry",
    "Expiry",
    "Gathering",
    "Hold",
    "HoldLot",
    "LedgerTransaction",
    "Lot",
    "LotMove",
    "Posted",
    "Receipt",
    "TakenBack",
    "balance",
    "balance_effective_on",
    "balance_recorded_at",
    "claw_back",
    "earn",
    "earned_before",
    "expire",
    "expire_earned_before",
    "fold",
    "hold",
    "move",
    "open_account",
    "post_alone",
    "release",
    "request_hash",
    "reverse",
    "spend",
    "transfer",
    "use",
    "verify_ledger",
]
