"""Values that Python completes: in turns with other requests, and no more of them than may be answered."""

from schema.completion.executor import Completion, InTurns, completing

__all__ = ["Completion", "InTurns", "completing"]
