"""What is answered when a plugin's function does not answer in time."""

from __future__ import annotations

from core.errors import Problem, Refused
from core.language import Text

HOOK_OVERRUN = Problem(
    "HOOK_OVERRUN",
    Text(
        "플러그인 {plugin}의 {hook} 처리가 {seconds}초 안에 끝나지 않아 요청을 처리하지 않았습니다. "
        "잠시 후 다시 시도하고, 계속되면 운영자에게 알리세요.",
        "{hook} of the plugin {plugin} did not answer within {seconds} s, so nothing was done. "
        "Try again later; if it happens again, tell the operator.",
    ),
)


class Overrun(Refused):
    """A plugin's function took longer than it may. It is no consent: what it was asked about is refused."""

    def __init__(self, plugin: str, hook: str, seconds: float) -> None:
        self.plugin, self.hook = plugin, hook
        super().__init__(HOOK_OVERRUN.at(plugin=plugin, hook=hook, seconds=f"{seconds:g}"))

    @property
    def text(self) -> Text:
        return self.violations[0].message
