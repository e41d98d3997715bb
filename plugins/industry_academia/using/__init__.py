"""Using the mileage (마일리지 활용): what a front end asks for it; the rooms that do it are core's, for every program."""

from plugins.industry_academia.using.examples import EXAMPLES

__all__ = ["EXAMPLES"]
