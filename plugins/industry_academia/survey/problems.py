"""What the survey refuses."""

from core.errors import Problem
from core.language import Text
from plugins.industry_academia import sources

WINDOW_REVERSED = Problem(
    "INDUSTRY_ACADEMIA_SURVEY_WINDOW_REVERSED",
    Text(
        "조사 기간의 첫날 {first}이(가) 마지막 날 {last}보다 뒤입니다. 기간을 확인하세요.",
        "The window begins with {first} and ends with {last} before it. Check the days.",
    ),
    sources.SURVEY,
)
AS_OF_AHEAD = Problem(
    "INDUSTRY_ACADEMIA_SURVEY_AS_OF_AHEAD",
    Text(
        "기준 시각 {given}이(가) 아직 오지 않았습니다. 지금({now})까지의 시각을 지정하세요.",
        "Nobody knows yet what will hold at {given}; ask for a moment until now, {now}.",
    ),
    sources.SURVEY,
)
ADDRESS = Problem(
    "INDUSTRY_ACADEMIA_SURVEY_ADDRESS",
    Text(
        "실태조사 표의 주소가 아닙니다: {given}. 예: 2023-03-01_2024-02-29, 2023-03-01_2024-02-29_2024-04-30T09:00:00",
        "{given} is no address of a survey; 2023-03-01_2024-02-29 is, or 2023-03-01_2024-02-29_2024-04-30T09:00:00.",
    ),
    sources.SURVEY,
)

PROBLEMS = (WINDOW_REVERSED, AS_OF_AHEAD, ADDRESS)
