"""Long work beside short requests: loops that let others have a turn, and threads for what cannot.

One thread serves every request. A loop over data whose size a user chooses therefore asks `turns()` at each step
whether others wait, and what is one long call (a PDF, a password hash, a parser) runs in a thread of its own pool.
"""

from core.concurrency.threads import ComputingThread, switch_often
from core.concurrency.turns import Turns, in_turns, mapped, turns

__all__ = ["ComputingThread", "Turns", "in_turns", "mapped", "switch_often", "turns"]
