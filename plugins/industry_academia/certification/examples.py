"""Example operations, shown in the explorer and run by the tests."""

from core.parts import Example

EXAMPLES = (
    Example(
        "산학협력 우수기관 인증 회차 · Certification rounds",
        """query CertificationRounds {
  certificationRounds(first: 5) {
    nodes {
      title
      status
      opensAt
      closesAt
      places
      validYears
      formula
      criteria { nodes { nameKo maximum } }
    }
  }
}""",
    ),
    Example(
        "내 인증 신청과 결과 · My applications for certification, and what became of them",
        """query MyCertification {
  certificationApplications(first: 10) {
    nodes {
      appliedAt
      round { title status }
      documents { nodes { requirement fileName } }
      result {
        rank
        total
        outcome
        explanation
        scores(first: 50) { nodes { assessorNumber points maximum criterion { nameKo } } }
      }
    }
  }
}""",
    ),
    Example(
        "산학협력 우수기관 · Certified institutions",
        """query CertifiedInstitutions {
  certifiedInstitutions(first: 20, where: {revokedAt: {isNull: true}}) {
    totalCount
    nodes { organizationName number validFrom validUntil holds verifyPath }
  }
}""",
    ),
)
