"""A restore in a process of its own that stops at one step until it is let go: `python -m tests.core.backup.stopping`.

Arguments: the database by its owner's address, the data folder, the backup, the name of the step, and `replace` or
nothing. It writes each step's name when it begins; at its step it waits for a line.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from core.backup import Step, restore
from core.plugins import Plugins
from core.settings import Settings


def main(url: str, folder: str, source: str, stop: str, replace: str = "") -> None:
    def stopping(step: Step) -> None:
        print(step.name, flush=True)
        if step.name == stop:
            sys.stdin.readline()

    settings = Settings(data_dir=Path(folder), owner_url=url)
    asyncio.run(restore(settings, Plugins.installed(), Path(source), replace=bool(replace), step=stopping))


if __name__ == "__main__":
    main(*sys.argv[1:])
