"""Who may do what on the exchange: permissions that an organization's main user has, and grants to sub-users."""

from core.language import Text
from core.program import Permission

SELL = Permission("industry_academia.exchange.sell", Text("거래소 상품관리", "Offer facilities and handle orders"))
BUY = Permission("industry_academia.exchange.buy", Text("거래소 구매관리", "Order the use of facilities"))
PERMISSIONS = (SELL, BUY)
