"""Seals (봉인): each row of the audit and the ledger is hashed into a tree, each tree's root chained to the one before.

Whoever kept a head can tell whether anything up to it was altered, put in or taken out. Sealing trails behind the
writers; `dure verify` proves the chain and every sealed row; the proof of one certificate can be checked by anybody,
with nothing of ours.
"""

from core.seals.models import Leaf, Seal, Waiting
from core.seals.proof import Head, Step, head_line, proof_faults
from core.seals.queries import Backlog, CertificateProof, certificate_proof, latest_seal, seal_backlog, seal_by_number
from core.seals.service import Sealed, seal_waiting
from core.seals.verify import verify_heads, verify_seals

__all__ = [
    "Backlog",
    "CertificateProof",
    "Head",
    "Leaf",
    "Seal",
    "Sealed",
    "Step",
    "Waiting",
    "certificate_proof",
    "head_line",
    "latest_seal",
    "proof_faults",
    "seal_backlog",
    "seal_by_number",
    "seal_waiting",
    "verify_heads",
    "verify_seals",
]
