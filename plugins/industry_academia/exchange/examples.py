"""Example operations of the exchange, shown in the explorer and run by the tests."""

from core.parts import Example

EXAMPLES = (
    Example(
        "거래소 상품 검색 · Facilities that are free",
        """query FreeFacilities {
  exchangeListings(first: 10, where: {
    text: "현미경", priceWon: {lte: 100000}
    free: {since: "2026-01-01T00:00", until: "2099-12-31T00:00"}
  }) {
    totalCount
    nodes {
      title kind priceWon unit capacity place universityName
      slots(first: 5, where: {free: {eq: true}}) { nodes { startsAt endsAt units } }
      photos { nodes { fileName downloadPath } }
    }
  }
  exchangeTerms { effective rate wonPerPoint clause }
}""",
    ),
    Example(
        "거래소 거래 목록 · Orders of my organization, whichever side it is on",
        """query ExchangeOrders {
  exchangeOrders(first: 10, where: {status: {in: [REQUESTED, ACCEPTED]}}) {
    totalCount
    nodes {
      number status title companyName universityName
      feeWon points discountWon cashWon answerBy
      bookings { nodes { startsAt endsAt taken } }
      transfer { reference effectiveOn }
    }
  }
}""",
    ),
)
