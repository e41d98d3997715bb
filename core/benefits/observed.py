"""What observers of certificates are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSettled:
    """확인서 처리: the certificate's number, its program and organization, and how it ended: used, returned, lapsed."""

    number: str
    program: str
    organization_id: int
    status: str
    points: int
