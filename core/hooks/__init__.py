"""Where a plugin's plain functions run: in threads of the plugin's own, each call with a limit.

A call that overruns is abandoned: whoever asked gets an `Overrun`, the log names the plugin, and the metrics count it.
Checks are asked and waited for; observers are told in the background, in order. One plugin cannot use up another's
threads.
"""

from core.hooks.calls import HookLimits, Hooks
from core.hooks.observers import Notice, Observers
from core.hooks.problems import HOOK_OVERRUN, Overrun
from core.hooks.threads import Threads

__all__ = ["HOOK_OVERRUN", "HookLimits", "Hooks", "Notice", "Observers", "Overrun", "Threads"]
