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
)
