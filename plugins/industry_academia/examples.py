"""Example operations, shown in the explorer and run by the tests."""

from core.parts import Example

EXAMPLES = (
    Example(
        "산학협력 적립분야와 증빙 · What cooperation earns, and what proves it",
        """query CooperationActivities {
  program(code: "industry_academia") {
    activityTypes {
      code
      name { ko en }
      facts { key name { ko en } unit { ko } required }
      requirements { code name { ko } maxBytes source { clause } }
    }
  }
}""",
    ),
    Example(
        "산학협력 적립신청 내역 · My cooperation filings",
        """query CooperationFilings {
  filings(first: 10, where: {program: {eq: "industry_academia"}}) {
    totalCount
    nodes {
      number
      status
      submittedOn
      rows(first: 20) {
        nodes {
          baseDate
          pointsFiler
          pointsSubject
          organization { name }
          facts {
            __typename
            ... on ResearchDeposit { agreement depositedOn supplyWon vatWon }
            ... on StudentHire { student hiredOn activity }
          }
        }
      }
    }
  }
}""",
    ),
    Example(
        "산학협력실태조사 · The survey of a window",
        """query CooperationSurvey($from: Date!, $until: Date!) {
  cooperationSurvey(from: $from, until: $until, first: 20) {
    asOf
    totalCount
    figures { filings activities companies universityPoints companyPoints paidWon }
    activityTypes { nameKo figures { activities paidWon } }
    nodes { name figures { filings companies universityPoints } }
    notes { text source { clause } }
    workbookPath
  }
}""",
        {"from": "2023-03-01", "until": "2024-02-29"},
    ),
)
