"""Example operations of using the mileage, shown in the explorer and run by the tests."""

from core.parts import Example

EXAMPLES = (
    Example(
        "산학협력 마일리지 조회 · My mileage, line by line",
        """query CooperationStatement($from: Date, $until: Date) {
  statement(first: 20, where: {program: {eq: "industry_academia"}, processedOn: {gte: $from, lte: $until}}) {
    totalCount
    export { path }
    nodes { number processedOn itemKo itemEn earned withdrawn balanceAfter filerName }
  }
  statementTotals(where: {program: {eq: "industry_academia"}, processedOn: {gte: $from, lte: $until}}) {
    asset
    lines
    earned
    withdrawn
  }
}""",
        {"from": "2026-01-01", "until": "2026-12-31"},
    ),
    Example(
        "활용사업 공고 · Calls that take applications",
        """query OpenCalls {
  calls(first: 20, where: {program: {eq: "industry_academia"}, status: {eq: OPEN}}, orderBy: [{field: CLOSES_AT}]) {
    totalCount
    nodes { title body opensAt closesAt agencyName benefit { nameKo } attachments { nodes { fileName downloadPath } } }
  }
  interests { nodes { markedAt call { title status closesAt } } }
}""",
    ),
    Example(
        "공지사항과 자료실 · Notices and the library",
        """query Boards {
  posts(first: 20, where: {program: {eq: "industry_academia"}, board: {in: [NOTICE, LIBRARY]}}) {
    nodes { board title body pinned publishedFrom attachments { nodes { fileName downloadPath } } }
  }
}""",
    ),
    Example(
        "참여기관 · Who takes part",
        """query Participants {
  participants(first: 100, where: {program: {eq: "industry_academia"}}) {
    totalCount
    nodes { name role kind address homepage since }
  }
}""",
    ),
    Example(
        "산학협력통계 · Public figures by year",
        """query CooperationStatistics($from: Int) {
  cooperationStatistics(fromYear: $from) {
    asOf
    years {
      year
      total { filings activities universities companies universityPoints companyPoints paidWon }
      activityTypes { nameKo figures { activities companies paidWon } }
      orders { settled points paidWon }
    }
  }
}""",
        {"from": 2022},
    ),
)
