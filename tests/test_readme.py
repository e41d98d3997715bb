"""The README's walk, pasted into a shell as it stands, against a real server."""

import asyncio
import re
import subprocess
from pathlib import Path

from tests.support.servers import DURE, ROOT, serving

README = (ROOT / "README.md").read_text(encoding="utf-8")


def walk() -> str:
    section = README.split("## A walk")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    return (
        "\n".join(blocks).replace(".venv/bin/dure", str(DURE)).replace("certificate.pdf", '"$FOLDER/certificate.pdf"')
    )


async def test_the_walk_says_what_the_readme_says(database_url: str, tmp_path: Path) -> None:
    def run() -> str:
        with serving(database_url, tmp_path, "--demo") as (address, env):
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", walk()],
                cwd=ROOT,
                env={**env, "DURE": address, "FOLDER": str(tmp_path)},
                capture_output=True,
                text=True,
                timeout=120,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = await asyncio.to_thread(run)
    first, again, before, quote, issued, held, pdf, valid, returned, after, back, verified = said.strip().splitlines()
    assert '"already":false,"rows":12,"companies":5,"points":4541' in first
    assert '"already":true,"rows":12,"companies":5,"points":4541' in again
    assert '"posted":1715,"held":0,"available":1715' in before
    assert '"points":1500,"effectAmount":"3","totalPoints":6,"available":1715,"errors":[]' in quote
    assert '"status":"ISSUED"' in issued
    assert '"posted":1715,"held":1500,"available":215' in held
    assert pdf.startswith("%PDF-1.")
    assert valid == "유효"
    assert '"status":"RETURNED"' in returned
    assert after == before
    assert back == "반환됨"
    assert "All agree" in verified


def test_the_readme_comes_in_the_promised_order() -> None:
    headings = re.findall(r"^#+ .*", README, flags=re.MULTILINE)
    assert headings == [
        "# 두레 Dure",
        "## Two commands",
        "## A walk",
        "## A map of the rooms",
        "## How to write a program",
        "# 두레 (한국어 요약)",
    ]
