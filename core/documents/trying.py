"""Setting pages in a process of its own, for what is wrong with them: the compiler is large, and a server that sets no
page goes without it.

`python -m core.documents.trying` takes pickled pages, each its files and its data, and answers JSON: of each null, or
what is wrong with it.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Mapping

from core.documents.render import FontsMissing, set_page, where

Page = tuple[Mapping[str, bytes], Mapping[str, object]]


def fault_of(page: Page) -> str | None:
    import typst

    try:
        set_page(*page, "pdf")
    except typst.TypstError as error:
        return where(error)
    return None


def main() -> None:
    try:
        told: object = [fault_of(page) for page in pickle.load(sys.stdin.buffer)]  # from the process that started this
    except FontsMissing as error:
        told = str(error.missing)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
