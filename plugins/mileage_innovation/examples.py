"""Example operations, shown in the explorer and run by the tests."""

from core.parts import Example

EXAMPLES = (
    Example(
        "적용사업 · What mileage buys",
        """query SupportedPrograms {
  benefits(first: 20, where: {program: {eq: "mileage_innovation"}}) {
    totalCount
    nodes {
      categoryKo
      nameKo
      terms(first: 1) {
        nodes { unit effect perUnit rowMaxPoints programBonusCap overCapPoints loanToWon sourceClause }
      }
    }
  }
}""",
    ),
    Example(
        "내 마일리지 · My mileage",
        """query MyMileage {
  viewer {
    organization {
      name
      accounts { nodes { asset posted held available } }
      lots(where: {remaining: {gt: 0}}) { nodes { earnedOn expiresOn amount remaining held } }
      activities(first: 10) {
        nodes {
          baseDate
          pointsSubject
          facts { __typename ... on TrainingCompletion { course session hours completers } }
        }
      }
    }
  }
}""",
    ),
)
