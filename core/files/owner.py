"""Whose a store is: the house that first keeps something there marks it, and no other writes or sweeps there.

The mark follows from a secret that the database keeps (`core.personal.vault`), so a restored backup has it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.files.store import MARKER, DocumentStore

if TYPE_CHECKING:
    from core.house import House
    from core.personal.vault import Vault

PURPOSE = b"document store"


class StoreOfAnother(Exception):
    """The store is marked as another house's."""

    def __init__(self) -> None:
        super().__init__(
            f"the store of documents belongs to another house, as its object {MARKER} says: give this one a bucket or"
            " folder of its own in DURE_DOCUMENTS_URL"
        )


async def claim_store(house: House) -> None:
    """Mark the store as this house's, unless it is. Raises `StoreOfAnother`, and `Refused` when there is no answer."""
    ours = await _mark(house)
    if await DocumentStore.of(house.settings).marked(ours) != ours:
        raise StoreOfAnother


async def is_claimed(house: House) -> bool:
    """Whether this house has ever kept anything there. Raises `StoreOfAnother`, and what the store fails with."""
    found = await DocumentStore.of(house.settings).mark()
    if found is not None and found != await _mark(house):
        raise StoreOfAnother
    return found is not None


def mark_of(vault: Vault) -> str:
    """The mark of the house whose vault this is."""
    return vault.signature(PURPOSE).hex()


async def _mark(house: House) -> str:
    await house.vault.unlock(house.settings, house.database)
    return mark_of(house.vault)
