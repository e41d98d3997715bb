"""Using the mileage (마일리지 활용): what a front end asks for it. The rooms that do it are core's, for everybody."""

from plugins.industry_academia.using.examples import EXAMPLES

__all__ = ["EXAMPLES"]
