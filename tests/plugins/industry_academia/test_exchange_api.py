"""The exchange over the API: what everybody may search, what the two sides do, and what it says in answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.actor import Role
from core.house import House
from core.identity import OrganizationKind
from plugins.industry_academia.exchange.permissions import BUY, SELL
from plugins.industry_academia.program import CODE
from tests.plugins.industry_academia.market import AFTER, FIRST
from tests.support import api
from tests.support.api import Account, asks, codes, top_codes
from tests.support.client import Client
from tests.support.clock import SetClock
from tests.support.files import jpg
from tests.support.world import give, rows

DETAILS: dict[str, Any] = {
    "title": "투과전자현미경", "kind": "EQUIPMENT", "priceWon": 1_000_000, "unit": "HOUR",
    "description": "시료 준비 포함", "place": "공동기기원 101호", "capacity": 4,
}  # fmt: skip
SEARCH = """query ($where: ExchangeListingWhere) {
  exchangeListings(where: $where, orderBy: [{field: ID}]) { totalCount nodes { title } }
}"""
ORDER = """mutation ($slots: [ID!]!, $points: BigInt!, $key: String!) {
  orderExchangeSlots(input: {slotIds: $slots, points: $points, idempotencyKey: $key}) {
    order { id number status feeWon points discountWon cashWon rate }
    errors { code path message source { clause } }
  }
}"""


class Fair:
    """A university, a company and an operator with tokens, and how they ask."""

    def __init__(self, house: House, http: httpx.AsyncClient, clock: SetClock) -> None:
        self.house, self.http, self.clock = house, http, clock

    async def open(self) -> Fair:
        async with self.house.work() as work:
            campus, _ = await api.organization(work, OrganizationKind.UNIVERSITY, "보기대학교")
        self.seller = await api.member(self.house, campus, "seller", permissions=[SELL.code, f"{CODE}.equipment.file"])
        self.company = await api.company(self.house, "buyer", name="협력테크")
        self.buyer = await api.sub_user(self.house, self.company, "sub", [BUY.code])
        self.operator = await api.staff(self.house, Role.OPERATOR, "operator", [CODE])
        await give(self.house, CODE, self.company.organization_id, 1_000)
        return self

    def as_(self, who: Account | None) -> Client:
        return asks(self.http, who)

    async def listed(self, hours: int = 2, publish: bool = True, at: int = 0, **changes: Any) -> dict[str, Any]:
        """A listing as the API answers it, with so many free hours one after another."""
        seller = self.as_(self.seller)
        drafted = await seller.ask(
            "mutation ($details: ExchangeListingDetails!) { draftExchangeListing(input: {details: $details})"
            " { listing { id } errors { code path } } }",
            details=DETAILS | changes,
        )
        listing = drafted["draftExchangeListing"]["listing"]["id"]
        start = FIRST.replace(tzinfo=None) + timedelta(hours=at)
        slots = [
            {
                "startsAt": (start + timedelta(hours=n)).isoformat(),
                "endsAt": (start + timedelta(hours=n + 1)).isoformat(),
            }
            for n in range(hours)
        ]
        added = await seller.ask(
            "mutation ($input: AddExchangeSlotsInput!) { addExchangeSlots(input: $input) { listing { id title slots"
            " { nodes { id startsAt endsAt units free } } } errors { code path } } }",
            input={"listingId": listing, "slots": slots},
        )
        if publish:
            await seller.ask(
                "mutation ($id: ID!) { publishExchangeListing(input: {id: $id}) { errors { code } } }", id=listing
            )
        found: dict[str, Any] = added["addExchangeSlots"]["listing"]
        return found

    async def ordered(self, slots: list[str], points: int = 300, key: str = "one") -> dict[str, Any]:
        answer = await self.as_(self.buyer).ask(ORDER, slots=slots, points=points, key=key)
        found: dict[str, Any] = answer["orderExchangeSlots"]
        return found

    async def step(self, who: Account, name: str, order: str, more: str = "") -> dict[str, Any]:
        answer = await self.as_(who).ask(
            f'mutation ($id: ID!) {{ {name}(input: {{id: $id, idempotencyKey: "{name}"{more}}})'
            " { order { status } errors { code path message } } }",
            id=order,
        )
        found: dict[str, Any] = answer[name]
        return found

    async def settled(self, points: int = 300, **changes: Any) -> dict[str, Any]:
        listing = await self.listed(hours=1, **changes)
        order: dict[str, Any] = (await self.ordered([listing["slots"]["nodes"][0]["id"]], points))["order"]
        await self.step(self.seller, "acceptExchangeOrder", order["id"])
        self.clock.set(AFTER)
        paid = f', paidWon: {order["cashWon"]}, paidOn: "{AFTER}"'
        done = await self.step(self.seller, "settleExchangeOrder", order["id"], paid)
        assert done == {"order": {"status": "SETTLED"}, "errors": []}
        return order


@pytest.fixture
async def fair(house: House, http: httpx.AsyncClient, clock: SetClock) -> Fair:
    return await Fair(house, http, clock).open()


# ---------------------------------------------------------------------------------------------------- searching


async def test_everybody_searches_what_is_on_offer_by_words_kind_university_price_and_free_time(fair: Fair) -> None:
    first = await fair.listed(hours=2)
    large = {"title": "대강당", "kind": "FACILITY", "description": "", "place": "본관"}
    await fair.listed(hours=1, at=48, priceWon=50_000, capacity=300, **large)
    await fair.listed(publish=False, title="아직 아님")
    await fair.ordered([first["slots"]["nodes"][0]["id"]])
    public = fair.as_(None)

    async def found(**where: Any) -> list[str]:
        answer = (await public.ask(SEARCH, where=where))["exchangeListings"]
        assert answer["totalCount"] == len(answer["nodes"])
        return [each["title"] for each in answer["nodes"]]

    def free(since: str, until: str) -> dict[str, Any]:
        return {"free": {"since": since, "until": until}}

    microscope, hall = "투과전자현미경", "대강당"
    assert await found() == [microscope, hall]
    assert await found(text="현미경") == [microscope]
    assert await found(text="본관") == [hall]
    assert await found(text="시료 준비") == [microscope]
    assert await found(text="100%_\\") == []
    assert await found(kind={"eq": "FACILITY"}) == [hall]
    assert await found(universityName={"contains": "보기"}) == [microscope, hall]
    assert await found(priceWon={"gte": 10_000, "lt": 100_000}) == [hall]
    assert await found(capacity={"gte": 100}, text="강당") == [hall]
    assert await found(**free("2026-03-09T00:00", "2026-03-10T00:00")) == [microscope]
    assert await found(**free("2026-03-09T10:00", "2026-03-09T11:00")) == [microscope]
    assert await found(**free("2026-03-09T09:00", "2026-03-09T10:00")) == [], "that hour is taken"
    assert await found(**free("2026-03-09T10:30", "2026-03-09T11:30")) == [], "no hour lies in it whole"
    assert await found(**free("2026-03-11T00:00:00+09:00", "2026-03-12T00:00:00+09:00")) == [hall]
    answer = await public.send(SEARCH, where=free("2026-03-10T00:00", "2026-03-09T00:00"))
    assert top_codes(answer) == ["WHERE_MOMENTS_REVERSED"]
    assert top_codes(await public.send(SEARCH, where={"text": "가" * 201})) == ["WHERE_TOO_LONG"]


async def test_lists_and_details_are_read_by_one_statement_each(fair: Fair) -> None:
    await fair.settled()
    order = """{ exchangeOrder(number: "E26-1") { number companyName cashWon listing { title slots { nodes { free } }
      photos { totalCount } } bookings { nodes { slot { id } } } transfer { entries { nodes { amount } } } } }"""
    search = """{ exchangeListings(where: {
        text: "현미경", free: {since: "2026-01-01T00:00", until: "2027-01-01T00:00"} }) {
      totalCount nodes { title universityName slots(first: 3, where: {free: {eq: true}}) { nodes { startsAt } } } } }"""
    lists = "{ exchangeOrders(where: {status: {eq: SETTLED}}) { totalCount nodes { number points } } }"
    for document in (order, search, lists):
        with api.statements_of(fair.house) as statements:
            answer = await fair.as_(fair.company).ask(document)
        assert len(statements) == 1
        assert all(answer.values())


async def test_the_public_page_of_a_listing_shows_its_times_and_pictures_and_no_people(fair: Fair) -> None:
    listing = await fair.listed()
    seller, content = fair.as_(fair.seller), jpg("현미경")
    asked = await seller.ask(
        'mutation ($size: BigInt!) { requestUpload(input: {fileName: "현미경.jpg", size: $size})'
        " { upload { path token } errors { code } } }",
        size=len(content),
    )
    upload = asked["requestUpload"]["upload"]
    assert (await fair.http.put(upload["path"], content=content)).status_code == 201
    await seller.ask(
        "mutation ($id: ID!, $token: String!) { attachExchangePhoto(input: {listingId: $id, token: $token})"
        " { errors { code } } }",
        id=listing["id"],
        token=upload["token"],
    )
    page = """query ($id: ID!) { node(id: $id) { ... on ExchangeListing {
      title place priceWon unit capacity universityName university { name }
      slots { nodes { startsAt endsAt units free } } photos { nodes { fileName size downloadPath } }
    } } }"""
    seen = (await fair.as_(None).ask(page, id=listing["id"]))["node"]
    assert (seen["universityName"], seen["university"]) == ("보기대학교", None)
    assert seen["slots"]["nodes"][0] == {
        "startsAt": "2026-03-09T09:00:00.000000+09:00", "endsAt": "2026-03-09T10:00:00.000000+09:00",
        "units": 1, "free": True,
    }  # fmt: skip
    (photo,) = seen["photos"]["nodes"]
    picture = await fair.http.get(photo["downloadPath"])
    assert (picture.status_code, picture.content, picture.headers["content-type"]) == (200, content, "image/jpeg")
    hide = "mutation ($id: ID!) { closeExchangeListing(input: {id: $id}) { errors { code } } }"
    await seller.ask(hide, id=listing["id"])
    assert (await fair.http.get(photo["downloadPath"])).status_code == 401
    assert (await fair.as_(None).ask(page, id=listing["id"]))["node"] is None
    assert (await fair.as_(fair.seller).ask(page, id=listing["id"]))["node"]["photos"]["nodes"] == [photo]


# ------------------------------------------------------------------------------------------------------ ordering


async def test_a_quote_explains_itself_and_an_order_answers_with_its_terms(fair: Fair) -> None:
    listing = await fair.listed()
    ids = [each["id"] for each in listing["slots"]["nodes"]]
    quote = """query ($slots: [ID!]!, $points: BigInt) { exchangeQuote(input: {slotIds: $slots, points: $points}) {
      units priceWon feeWon mostPoints available usablePoints points discountWon cashWon explanation
      terms { effective rate wonPerPoint clause } errors { code path }
    } }"""
    quoted = (await fair.as_(fair.buyer).ask(quote, slots=ids))["exchangeQuote"]
    assert quoted.pop("terms") == {
        "effective": "2022-03-01", "rate": "0.30", "wonPerPoint": 1_000,
        "clause": "마일리지 거래소 · 마일리지를 차감 사용하여(1 마일리지 당 1,000원 상당) 사용료의 최대 30% 할인",
    }  # fmt: skip
    assert "= a fee of 2,000,000 won. 30 % of it at 1,000 won a mileage is 600 at most" in quoted.pop("explanation")
    assert quoted == {
        "units": 2, "priceWon": 1_000_000, "feeWon": 2_000_000, "mostPoints": 600, "available": 1_000,
        "usablePoints": 600, "points": 600, "discountWon": 600_000, "cashWon": 1_400_000, "errors": [],
    }  # fmt: skip
    against = (await fair.as_(fair.buyer).ask(quote, slots=ids, points=620))["exchangeQuote"]["errors"]
    assert against == [{"code": "INDUSTRY_ACADEMIA_EXCHANGE_OVER_SHARE", "path": ["points"]}]
    refused = await fair.ordered(ids, 620)
    assert codes(refused["errors"]) == ["INDUSTRY_ACADEMIA_EXCHANGE_OVER_SHARE"]
    assert refused["errors"][0]["source"]["clause"].startswith("마일리지 거래소")
    done = (await fair.ordered(ids, 600))["order"]
    assert done.pop("id")
    assert done == {
        "number": "E26-1", "status": "REQUESTED", "feeWon": 2_000_000, "points": 600, "discountWon": 600_000,
        "cashWon": 1_400_000, "rate": "0.30",
    }  # fmt: skip
    taken = await fair.ordered(ids[:1], 0, key="two")
    assert (codes(taken["errors"]), taken["errors"][0]["path"]) == (
        ["INDUSTRY_ACADEMIA_EXCHANGE_SLOT_TAKEN"],
        ["slotIds", "0"],
    )


async def test_both_sides_read_the_order_with_its_moves_in_the_ledger(fair: Fair) -> None:
    order = await fair.settled()
    detail = """query ($number: String!) { exchangeOrder(number: $number) {
      status companyName universityName title paidWon paidOn reason listing { title }
      bookings { nodes { startsAt units taken slot { free } } }
      hold { status lots { nodes { amount } } }
      transfer { kind reference entries { nodes { amount } } }
    } }"""
    main = fair.company
    seen = {
        name: (await fair.as_(who).ask(detail, number=order["number"]))["exchangeOrder"]
        for name, who in (("company", main), ("buyer", fair.buyer), ("seller", fair.seller), ("public", None))
    }
    assert seen["public"] is None
    assert seen["seller"]["companyName"] == "협력테크" and seen["company"]["universityName"] == "보기대학교"
    for name, amount in (("company", -300), ("seller", 300)):
        assert seen[name]["transfer"]["entries"]["nodes"] == [{"amount": amount}], "each its own side"
    assert seen["company"]["hold"] == {"status": "used", "lots": {"nodes": [{"amount": 300}]}}
    assert seen["seller"]["hold"] is None
    assert seen["buyer"]["bookings"]["nodes"][0]["slot"] == {"free": False}
    mine = """query ($id: ID!) { exchangeOrders(where: {company: {eq: $id}, status: {eq: SETTLED}}) { totalCount }
      viewer { organization { exchangePurchases { totalCount } exchangeSales { totalCount } } } }"""
    counted = await fair.as_(main).ask(mine, id=main.organization)
    assert counted["exchangeOrders"]["totalCount"] == 1
    assert counted["viewer"]["organization"] == {
        "exchangePurchases": {"totalCount": 1},
        "exchangeSales": {"totalCount": 0},
    }


async def test_the_steps_of_an_order_are_its_partys_to_take(fair: Fair) -> None:
    listing = await fair.listed()
    order = (await fair.ordered([listing["slots"]["nodes"][0]["id"]]))["order"]["id"]
    accept = 'mutation ($id: ID!) { acceptExchangeOrder(input: {id: $id, idempotencyKey: "x"}) { errors { code } } }'
    assert top_codes(await fair.as_(None).send(accept, id=order)) == ["UNAUTHENTICATED"]
    assert top_codes(await fair.as_(fair.buyer).send(accept, id=order)) == ["FORBIDDEN"]
    stranger = await api.company(fair.house, "stranger")
    answer = (await fair.as_(stranger).send(accept, id=order))["data"]["acceptExchangeOrder"]
    assert codes(answer["errors"]) == ["INDUSTRY_ACADEMIA_EXCHANGE_ORDER_UNKNOWN"]
    rejected = await fair.step(fair.seller, "rejectExchangeOrder", order, ', reason: " "')
    assert (codes(rejected["errors"]), rejected["errors"][0]["path"]) == (
        ["INDUSTRY_ACADEMIA_EXCHANGE_REASON"],
        ["reason"],
    )
    done = await fair.step(fair.seller, "rejectExchangeOrder", order, ', reason: "점검 기간입니다"')
    assert done["order"] == {"status": "REJECTED"}


async def test_a_settled_order_is_undone_by_its_own_verb_and_not_behind_its_back(fair: Fair) -> None:
    order = await fair.settled()
    operator = fair.as_(fair.operator)
    seen = await operator.ask(
        "query ($n: String!) { exchangeOrder(number: $n) { transfer { id } } }", n=order["number"]
    )
    reverse = """mutation ($id: ID!) { reverseTransaction(input: {id: $id, reason: "이의", idempotencyKey: "r"}) {
      errors { code message } } }"""
    answer = (await operator.ask(reverse, id=seen["exchangeOrder"]["transfer"]["id"]))["reverseTransaction"]
    assert codes(answer["errors"]) == ["INDUSTRY_ACADEMIA_EXCHANGE_REVERSE_INSTEAD"]
    done = await fair.step(fair.operator, "reverseExchangeOrder", order["id"], ', reason: "이용하지 못함"')
    assert done == {"order": {"status": "REVERSED"}, "errors": []}
    assert top_codes(
        await fair.as_(fair.seller).send(
            'mutation ($id: ID!) { reverseExchangeOrder(input: {id: $id, reason: "x", idempotencyKey: "y"})'
            " { errors { code } } }",
            id=order["id"],
        )
    ) == ["FORBIDDEN"]


async def test_a_draft_of_the_equipment_mileage_is_filled_in_from_the_order(fair: Fair) -> None:
    order = await fair.settled()
    draft = """mutation ($id: ID!) { draftEquipmentFiling(input: {orderId: $id}) {
      filing { status title rows { nodes { facts { ... on EquipmentDeposit {
        agreement depositedOn supplyWon vatWon facility equipment exchangeOrder } } } } }
      errors { code }
    } }"""
    seller = fair.as_(fair.seller)
    made = (await seller.ask(draft, id=order["id"]))["draftEquipmentFiling"]["filing"]
    (row,) = made["rows"]["nodes"]
    listing_id = (await rows(fair.house, "SELECT listing_id FROM ia_exchange_order"))[0]["listing_id"]
    assert (made["status"], made["title"]) == ("DRAFT", "마일리지 거래소 E26-1")
    assert row["facts"] == {
        "agreement": f"마일리지 거래소 상품 {listing_id}", "depositedOn": str(AFTER), "supplyWon": 636_364,
        "vatWon": 63_636, "facility": "SHARED_EQUIPMENT", "equipment": "투과전자현미경", "exchangeOrder": "E26-1",
    }  # fmt: skip
    again = (await seller.ask(draft, id=order["id"]))["draftEquipmentFiling"]
    assert len(again["errors"]) == 1, "one draft an order"
