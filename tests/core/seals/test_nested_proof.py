"""A proof comes from whoever shows a certificate: one that is nested without end is malformed, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from core.seals import proof_faults
from core.seals.proof import VERSION
from schema.cli.seals import read_heads, read_json

DEEP = "[" * 100_000 + "]" * 100_000


def test_a_certificate_nested_without_end_is_malformed() -> None:
    zeros = "0" * 64
    seal = {
        "version": VERSION, "number": 1, "root": zeros, "previous": zeros, "leaves": 1, "digest": zeros,
        "sealedAt": "2026-03-02T00:00:00.000000Z",
    }  # fmt: skip
    proof = {
        "version": VERSION, "certificate": DEEP, "leaf": "certificate 1", "rest": zeros, "path": [], "seal": seal,
    }  # fmt: skip
    (fault,) = proof_faults(proof)
    assert "RecursionError" in fault.en


def test_files_nested_without_end_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    path.write_text(DEEP)
    for read in (read_json, read_heads):
        with pytest.raises(typer.BadParameter):
            read(path)
