"""산학협력통계 (public statistics): what was approved and traded by year and field.

Everybody may ask, and nothing of a single company can be told from it: amounts have three of them behind them.
"""

from plugins.industry_academia.statistics.schema import StatisticsQuery

__all__ = ["StatisticsQuery"]
