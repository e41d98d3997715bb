"""structlog without what it would load to color tracebacks that a server never prints: rich, pygments, greenlet."""

from __future__ import annotations

import sys
from types import ModuleType

UNUSED = ("rich", "greenlet")


def _withheld() -> ModuleType:
    """structlog takes what it finds missing for not installed; afterwards all is as it was."""
    before = {name: sys.modules.pop(name, None) for name in UNUSED}
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]  # None: an import finds nothing
    try:
        import structlog
    finally:
        for name, module in before.items():
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module
    return structlog


structlog = _withheld()
