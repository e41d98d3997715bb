"""산학협력실태조사 (the survey of university-industry cooperation): what was filed and approved within a window.

Per university and activity: filings, activities, companies, mileage and money, as of a moment. As a query, and as a
workbook of three tables.
"""

from plugins.industry_academia.survey.problems import PROBLEMS
from plugins.industry_academia.survey.schema import SurveyQuery
from plugins.industry_academia.survey.sheets import WORKBOOK

__all__ = ["PROBLEMS", "WORKBOOK", "SurveyQuery"]
