"""What a server keeps in memory: not the compiler of documents, nor the tool that migrates."""

from __future__ import annotations

import subprocess
import sys

SERVING = """
import sys
from core.plugins import Plugins
from core.settings import Settings
from schema.cli.app import app
from schema.cli.serving import configuration
from schema.http.app import serving
configuration(serving(Settings(), Plugins.installed()), Settings()).load()
print(sorted({"alembic", "mako", "opentelemetry", "prometheus_client", "typst"} & set(sys.modules)))
"""


def test_a_server_imports_neither_alembic_nor_typst() -> None:
    done = subprocess.run([sys.executable, "-c", SERVING], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
