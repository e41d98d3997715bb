"""What the exchange refuses."""

from core.errors import Problem
from core.language import Text
from plugins.industry_academia.exchange import sources

NAME = "INDUSTRY_ACADEMIA_EXCHANGE_"

# ------------------------------------------------------------------------------------------------------ listings

LISTING_UNKNOWN = Problem(
    f"{NAME}LISTING_UNKNOWN",
    Text("상품을 찾을 수 없습니다.", "There is no such listing, or it is not yours to see."),
)
NOT_A_UNIVERSITY = Problem(
    f"{NAME}NOT_A_UNIVERSITY",
    Text(
        "대학만 상품을 등록할 수 있습니다: {name}. 대학이라면 운영자에게 기관 구분의 변경을 요청하세요.",
        "Only a university lists what it owns: {name} is none. If it is, have an operator change its kind.",
    ),
    sources.SCHEME,
)
PRICE = Problem(
    f"{NAME}PRICE",
    Text("가격은 1원 이상 {most}원 이하여야 합니다: {given}.", "The price is from 1 to {most} won, not {given}."),
    sources.SCHEME,
)
CAPACITY = Problem(
    f"{NAME}CAPACITY",
    Text("수용 인원은 1명 이상 {most}명 이하여야 합니다: {given}.", "It holds from 1 to {most} people, not {given}."),
)
WORDS = Problem(
    f"{NAME}WORDS",
    Text("{least}자 이상 {most}자 이하로 입력하세요.", "Write from {least} to {most} letters."),
)
LISTING_STATUS = Problem(
    f"{NAME}LISTING_STATUS",
    Text("지금 상태({status})에서는 할 수 없습니다.", "This cannot be done with a listing that is {status}."),
)
KEPT = Problem(
    f"{NAME}KEPT",
    Text(
        "게시한 상품의 구분과 이용 단위는 바꿀 수 없습니다. 새 상품을 등록하세요.",
        "What was published keeps its kind and unit. Make another listing.",
    ),
)
UNIT_HAS_SLOTS = Problem(
    f"{NAME}UNIT_HAS_SLOTS",
    Text(
        "이용 가능 시간이 있는 상품의 이용 단위는 바꿀 수 없습니다. 시간을 먼저 삭제하세요.",
        "Its free times are in the unit it has. Remove them before you change the unit.",
    ),
)

# --------------------------------------------------------------------------------------------------------- slots

SLOT_BOUNDS = Problem(
    f"{NAME}SLOT_BOUNDS",
    Text(
        "단위가 일이면 firstDay와 lastDay를, 아니면 startsAt과 endsAt을 입력하세요.",
        "Give firstDay and lastDay where the unit is the day, startsAt and endsAt otherwise.",
    ),
)
SLOT_REVERSED = Problem(
    f"{NAME}SLOT_REVERSED",
    Text("시작 {first}이(가) 종료 {last}보다 앞서야 합니다.", "It must begin before it ends: {first}, {last}."),
)
SLOT_PAST = Problem(
    f"{NAME}SLOT_PAST",
    Text("이미 시작된 시간입니다: {first}.", "It has begun already: {first}."),
)
SLOT_FAR = Problem(
    f"{NAME}SLOT_FAR",
    Text("{until}까지의 시간만 등록할 수 있습니다.", "Only times until {until} can be offered."),
)
SLOT_NOT_WHOLE = Problem(
    f"{NAME}SLOT_NOT_WHOLE",
    Text(
        "이용 단위의 배수여야 합니다: {first}부터 {last}까지.",
        "It must be a whole number of units long, {most} at most: {first} to {last}.",
    ),
)
SLOT_OVERLAPS = Problem(
    f"{NAME}SLOT_OVERLAPS",
    Text(
        "이 상품의 다른 시간과 겹칩니다: {first}부터 {last}까지.",
        "It overlaps another time of this listing: {first} to {last}.",
    ),
)
SLOTS_MANY = Problem(
    f"{NAME}SLOTS_MANY",
    Text("1개 이상 {most}개 이하로 지정하세요.", "Give from 1 to {most} of them."),
)
SLOTS_OPEN = Problem(
    f"{NAME}SLOTS_OPEN",
    Text("한 상품의 앞으로의 시간은 {most}개까지 둘 수 있습니다.", "A listing has at most {most} times to come."),
)
SLOT_UNKNOWN = Problem(
    f"{NAME}SLOT_UNKNOWN",
    Text(
        "이용 가능 시간을 찾을 수 없습니다. 삭제되었을 수 있으니 목록을 다시 확인하세요.",
        "There is no such time on offer. It may have been removed: look at the list again.",
    ),
)
SLOT_TWICE = Problem(
    f"{NAME}SLOT_TWICE",
    Text("같은 시간을 두 번 지정했습니다.", "The same time is asked for twice."),
)
SLOT_OTHER_LISTING = Problem(
    f"{NAME}SLOT_OTHER_LISTING",
    Text("한 거래에는 한 상품의 시간만 담을 수 있습니다.", "One order is of one listing's times."),
)
SLOT_TAKEN = Problem(
    f"{NAME}SLOT_TAKEN",
    Text(
        "이미 예약된 시간입니다: {first}부터 {last}까지.",
        "It is taken already: {first} to {last}.",
    ),
)

# -------------------------------------------------------------------------------------------------------- orders

NO_TERMS = Problem(
    f"{NAME}NO_TERMS",
    Text("{day}에 적용되는 거래 조건이 없습니다.", "No terms are in force on {day}."),
    sources.DISCOUNT,
)
NOT_ON_OFFER = Problem(
    f"{NAME}NOT_ON_OFFER",
    Text("지금 신청을 받지 않는 상품입니다.", "This listing takes no orders now."),
    sources.SCHEME,
)
NOT_A_COMPANY = Problem(
    f"{NAME}NOT_A_COMPANY",
    Text("기업만 신청할 수 있습니다: {name}.", "Only a company orders: {name} is none."),
    sources.SCHEME,
)
OWN_LISTING = Problem(
    f"{NAME}OWN_LISTING",
    Text("자기 기관의 상품은 신청할 수 없습니다.", "Nobody orders from itself."),
    sources.TRANSFER,
)
POINTS_NEGATIVE = Problem(
    f"{NAME}POINTS_NEGATIVE",
    Text("마일리지는 0 이상이어야 합니다: {given}.", "The mileage is 0 or more, not {given}."),
    sources.DISCOUNT,
)
OVER_SHARE = Problem(
    f"{NAME}OVER_SHARE",
    Text(
        "사용료 {fee}원의 {percent}%까지 할인됩니다: 최대 {most} 마일리지, 요청 {given}.",
        "Of a fee of {fee} won {percent} % can be paid in mileage: {most} at most, not {given}.",
    ),
    sources.DISCOUNT,
)
NOT_ENOUGH = Problem(
    f"{NAME}NOT_ENOUGH",
    Text(
        "사용할 수 있는 마일리지가 부족합니다: 요청 {given}, 사용 가능 {available}.",
        "Not enough mileage: {given} asked for, {available} free to use.",
    ),
    sources.DISCOUNT,
)
FEE = Problem(
    f"{NAME}FEE",
    Text("사용료가 너무 큽니다: {given}원, 최대 {most}원.", "The fee is too large: {given} won of at most {most}."),
)
ORDER_UNKNOWN = Problem(
    f"{NAME}ORDER_UNKNOWN",
    Text("거래를 찾을 수 없습니다.", "There is no such order, or it is not yours."),
)
KEY_REUSED = Problem(
    f"{NAME}KEY_REUSED",
    Text(
        "같은 idempotencyKey로 다른 신청이 이미 처리되었습니다. 새 키를 사용하세요.",
        "This idempotencyKey was used for another order. Use a new key for a new order.",
    ),
)
ORDER_STATUS = Problem(
    f"{NAME}ORDER_STATUS",
    Text(
        "지금 상태({status})에서는 할 수 없습니다. 필요한 상태: {needed}.",
        "The order is {status}; this needs one that is {needed}.",
    ),
)
REASON = Problem(
    f"{NAME}REASON",
    Text("사유를 1~{most}자로 입력하세요.", "Give a reason of 1 to {most} letters: the other side is told."),
)
TOO_LATE = Problem(
    f"{NAME}TOO_LATE",
    Text(
        "답할 수 있는 기한 {until}이(가) 지났습니다. 기업이 다시 신청해야 합니다.",
        "It was to be answered by {until}. The company has to order again.",
    ),
)
UNDER_WAY = Problem(
    f"{NAME}UNDER_WAY",
    Text(
        "이용이 시작된 거래는 기업이 취소할 수 없습니다. 대학에 취소를 요청하세요.",
        "The use has begun, so a company cancels no more. Ask the university to.",
    ),
)
DISPUTE_INSTEAD = Problem(
    f"{NAME}DISPUTE_INSTEAD",
    Text(
        "정산된 거래는 취소할 수 없습니다. 이의가 있으면 운영자에게 정산 취소(reverseExchangeOrder)를 요청하세요.",
        "A settled order is not cancelled. If it is disputed, ask an operator to undo it (reverseExchangeOrder).",
    ),
    sources.TRANSFER,
)
NOT_OVER = Problem(
    f"{NAME}NOT_OVER",
    Text("이용이 끝나는 {until} 이후에 정산하세요.", "Settle it once the use is over, from {until} on."),
    sources.TRANSFER,
)
PAID_OTHERWISE = Problem(
    f"{NAME}PAID_OTHERWISE",
    Text(
        "현금 부담금 {cash}원이 모두 입금된 후에 정산하세요: 입력한 금액 {given}원.",
        "Settle it once the cash part of {cash} won is paid, no more and no less: {given} was given.",
    ),
    sources.DISCOUNT,
)
PAID_WHEN = Problem(
    f"{NAME}PAID_WHEN",
    Text(
        "입금일은 신청일 {first}부터 오늘 {last}까지여야 합니다: {given}.",
        "It was paid between the order of {first} and today, {last}: {given} was given.",
    ),
)
EARNED_BY_IT = Problem(
    f"{NAME}EARNED_BY_IT",
    Text(
        "이 거래로 공용장비 활용 마일리지를 신청했습니다({filing}). 그 신청을 먼저 취소하거나 환수하세요.",
        "Equipment mileage was filed for it ({filing}). Take that back first: cancel it, or revokeActivity.",
    ),
    sources.TRANSFER,
)
REVERSE_INSTEAD = Problem(
    f"{NAME}REVERSE_INSTEAD",
    Text(
        "거래소 거래의 이전입니다. reverseExchangeOrder로 정산을 취소하세요.",
        "This transfer is of an order on the exchange. Undo it by reverseExchangeOrder.",
    ),
    sources.TRANSFER,
)

# ----------------------------------------------------------------------------------- equipment mileage on the cash

DEPOSIT_ORDER_UNKNOWN = Problem(
    f"{NAME}DEPOSIT_ORDER_UNKNOWN",
    Text(
        "이 대학과 기업 사이의 거래가 아닙니다: {number}.",
        "{number} is no order between this university and this company.",
    ),
    sources.SCHEME,
)
DEPOSIT_NOT_SETTLED = Problem(
    f"{NAME}DEPOSIT_NOT_SETTLED",
    Text("정산된 거래만 적립할 수 있습니다: {number}.", "Only a settled order earns: {number} is not."),
    sources.SCHEME,
)
DEPOSIT_OVER_CASH = Problem(
    f"{NAME}DEPOSIT_OVER_CASH",
    Text(
        "입금액 {given}원이 거래 {number}의 현금 부담금 {cash}원을 넘습니다."
        " 마일리지로 할인받은 금액은 적립되지 않습니다.",
        "{given} won is more than the {cash} paid in cash for {number}; what mileage paid earns nothing.",
    ),
    sources.DISCOUNT,
)

PROBLEMS = tuple(each for each in tuple(globals().values()) if isinstance(each, Problem))
