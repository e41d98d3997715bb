"""Numbers only, each with its clause: the rate, the term, and the table of the 18 supported programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.calendar import Term
from core.language import Text
from core.program import Effect, Figure

IN_FORCE = date(2018, 1, 1)  # 적용대상 교육과정 · 2018.1.1 적용
MILEAGE_PER_HOUR = 5  # 적립마일리지 · 교육 1시간 당 5 마일리지
VALIDITY = Term(years=5)  # 유효기간 · 5년간
HOUR_STEP = Decimal("0.5")
HOURS_IN_A_DAY = 24
MOST_COMPLETERS = 100_000  # of one company in one session; more is a slip of the keyboard
UNIT = 500  # 가점전환 · 500 마일리지당 1점
GUARANTEE_UNIT = 1_000  # 신용보증, 기술보증 · 1,000 마일리지 기준
RND_BONUS_CAP = 5  # 최대한도 · R&D의 경우 최대 5점
OVER_CAP = 1  # 적용사업 · 한도 외 추가 1점
EXPORTS_BELOW_USD = Decimal(5_000_000)  # 수출성공패키지사업 · 수출 실적 500만달러 미만

RND = Text("R&D", "R&D")
FUNDS = Text("자금", "Funds")
GUARANTEE = Text("보증", "Guarantee")
EXPORT = Text("수출", "Export")
MARKET = Text("판로", "Market access")
PEOPLE = Text("인력", "Workforce")
CONSULTING = Text("컨설팅", "Consulting")

EXPORTS = Figure(code="exports_usd", names=Text("수출 실적(달러)", "exports in USD"), below=EXPORTS_BELOW_USD)


@dataclass(frozen=True, slots=True)
class Supported:
    """One row of the table (적용사업): what so much mileage gives in that program."""

    code: str
    category: Text
    names: Text
    unit: int
    effect: Effect
    description: Text
    max_units: int | None = None
    figures: tuple[Figure, ...] = ()


def points(row_max: int, per_unit: int = 1, cap: int | None = None, over: int | None = None) -> Effect:
    return Effect.bonus_points(per_unit, row_max=row_max, program_cap=cap, over_cap=over)


SUPPORTED: tuple[Supported, ...] = (
    Supported(
        "rnd_technology_development",
        RND,
        Text("중소기업 기술개발지원사업", "SME technology development"),
        UNIT,
        points(3, cap=RND_BONUS_CAP, over=OVER_CAP),
        Text(
            "신기술, 신제품 개발 및 제품, 공정혁신 등에 소요되는 기술개발 관련 비용 지원",
            "Costs of developing new technology and products and of innovating products and processes",
        ),
    ),
    Supported(
        "rnd_world_class_300",
        RND,
        Text("WC300및 글로벌 전문기업", "World Class 300 and global specialists"),
        UNIT,
        points(3, cap=RND_BONUS_CAP),
        Text(
            "기술개발, 글로벌 시장 진출, 확대를 위한 해외마케팅, 기타 인력, 금융 서비스 등 연계 지원",
            "Technology development, overseas marketing, and linked workforce and financial services",
        ),
    ),
    Supported(
        "policy_funds",
        FUNDS,
        Text("중소기업 정책자금", "SME policy funds"),
        UNIT,
        Effect.loan_limit(from_won=500_000_000, to_won=1_000_000_000),
        Text(
            "신성장기반자금 초기가동비(운전자금) 융자한도 우대",
            "A higher loan limit for the first working capital of the new-growth fund",
        ),
        max_units=1,
    ),
    Supported(
        "credit_guarantee",
        GUARANTEE,
        Text("신용보증", "Credit guarantee"),
        GUARANTEE_UNIT,
        Effect.fee_discount(Decimal("0.1")),
        Text("기업 보증료 0.1%p 우대", "A guarantee fee lower by 0.1 percentage points"),
        max_units=1,
    ),
    Supported(
        "technology_guarantee",
        GUARANTEE,
        Text("기술보증", "Technology guarantee"),
        GUARANTEE_UNIT,
        Effect.fee_discount(Decimal("0.1")),
        Text("기업 보증료 0.1%p 우대", "A guarantee fee lower by 0.1 percentage points"),
        max_units=1,
    ),
    Supported(
        "export_success_package",
        EXPORT,
        Text("수출성공패키지사업", "Export success package"),
        UNIT,
        points(1),
        Text(
            "수출 실적 500만달러 미만의 기업을 대상으로 수출 준비활동 및 해외시장 진출 마케팅활동 지원을 통해 기업의"
            " 글로벌 역량 강화",
            "Export preparation and marketing for companies that export less than USD 5 million",
        ),
        figures=(EXPORTS,),
    ),
    Supported(
        "global_hidden_champions",
        EXPORT,
        Text("글로벌 강소기업 육성사업", "Global small giants"),
        UNIT,
        points(3),
        Text(
            "글로벌역량진단 결과에 따라 맞춤형 직접 및 연계 지원",
            "Direct and linked support fitted to a diagnosis of global capability",
        ),
    ),
    Supported(
        "trade_promotion_mission",
        EXPORT,
        Text("무역 촉진단 파견사업", "Trade promotion missions"),
        UNIT,
        points(10, per_unit=5),
        Text(
            "전문업종 위주의 단체전시회, 수출컨소시엄 파견 등 지원",
            "Group exhibitions by trade and export consortia",
        ),
    ),
    Supported(
        "overseas_certification",
        EXPORT,
        Text("해외규격인증획득 지원사업 (일반, 고부가가치)", "Overseas certification (general, high value)"),
        UNIT,
        points(2),
        Text(
            "시험,인증비, 공장심사비, 컨설팅비용 등 지원", "Testing, certification, factory audit and consulting costs"
        ),
    ),
    Supported(
        "china_certification",
        EXPORT,
        Text("중국인증집중지원사업", "China certification"),
        UNIT,
        points(2),
        Text(
            "중국 규격인증(CCC, CFDA 등) 획득을 위한 시험, 인증비, 기술컨설팅, 책임회사 등록대행 지원",
            "Testing, certification, consulting and agent registration for Chinese certificates (CCC, CFDA)",
        ),
    ),
    Supported(
        "china_highway",
        EXPORT,
        Text("차이나 하이웨이 프로그램", "China highway"),
        UNIT,
        points(2),
        Text(
            "중국진출을 위한 계획수립과 해외마케팅을 지원",
            "Planning and marketing for entry into China",
        ),
    ),
    Supported(
        "marketing_capability",
        MARKET,
        Text("마케팅 역량강화", "Marketing capability"),
        UNIT,
        points(3),
        Text(
            "마케팅 활동에 어려움을 겪고 있는 국내 중소 제조기업을 대상으로 마케팅 역량강화"
            " 프로그램(마케팅·브랜드·홍보)을 통한 집중 육성 지원",
            "A programme of marketing, branding and publicity for small manufacturers",
        ),
    ),
    Supported(
        "policy_stores",
        MARKET,
        Text("정책매장 운영", "Policy stores"),
        UNIT,
        points(3),
        Text(
            "상권이 우수한 공공, 상업시설에 중소기업제품 전용 판매장을 운영하여 창조적 혁신제품의 원활한 시장진입과"
            " 판매 촉진",
            "Shops for SME products in well-visited public and commercial places",
        ),
    ),
    Supported(
        "online_market_entry",
        MARKET,
        Text("온라인 시장진출", "Online market entry"),
        UNIT,
        points(3),
        Text("온라인 상세페이지 및 판매관리시스템 지원", "Online product pages and sales management"),
    ),
    Supported(
        "joint_after_sales",
        MARKET,
        Text("중소기업 공동A/S지원", "Joint after-sales service"),
        UNIT,
        points(3),
        Text(
            "A/S상담, 처리를 지원하는 A/S망 구축 및 운영을 위한 지원",
            "Building and running a network for after-sales service",
        ),
    ),
    Supported(
        "industrial_technical_personnel",
        PEOPLE,
        Text("산업기능요원", "Industrial technical personnel"),
        UNIT,
        points(3),
        Text(
            "인력부족을 겪고 있는 생산·제조분야의 중소기업에 인력 지원.",
            "Workforce for small manufacturers that are short of it",
        ),
    ),
    Supported(
        "sme_consulting",
        CONSULTING,
        Text("중소기업 컨설팅 지원사업", "SME consulting"),
        UNIT,
        points(2, over=OVER_CAP),
        Text(
            "경영, 기술 컨설팅, 특화형 컨설팅, 원스톱 창업지원",
            "Management, technology and specialised consulting, one-stop start-up support",
        ),
    ),
    Supported(
        "core_skills_systemisation",
        CONSULTING,
        Text("생산현장 핵심기술 체계화 사업", "Systemising core skills on the shop floor"),
        UNIT,
        points(2),
        Text(
            "중소기업 숙련기술인이 보유한 핵심기술을 사내 기술인력에게 전수할 수 있는 체계를 지원하여 기업의 생산성 및"
            " 역량 향상을 도모",
            "A system for skilled workers to hand their core skills on within the company",
        ),
    ),
)
