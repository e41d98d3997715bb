"""Using the mileage (마일리지 활용): examples and a demo. The rooms that do it are core's, for every program."""

from plugins.industry_academia.using.demo import publish_uses
from plugins.industry_academia.using.examples import EXAMPLES

__all__ = ["EXAMPLES", "publish_uses"]
