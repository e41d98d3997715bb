"""A real S3 server in a process of its own, and its environment."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import free_port

MOTO = Path(sys.executable).with_name("moto_server")


@dataclass(frozen=True, slots=True)
class Bucket:
    """An empty bucket: its URL for the settings, the address of its server, and the variables that lead there."""

    url: str
    address: str
    name: str
    variables: Mapping[str, str]


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A server with one new bucket, until the block ends."""
    port, name = free_port(), f"dure-{uuid.uuid4().hex[:12]}"
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([MOTO, "-H", "127.0.0.1", "-p", str(port)], stdout=quiet, stderr=quiet)
    address = f"http://127.0.0.1:{port}"
    variables = {
        "AWS_ENDPOINT": address,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }
    try:
        for _ in range(300):
            if process.poll() is not None:
                break
            try:
                making = urllib.request.Request(f"{address}/{name}", method="PUT")
                with urllib.request.urlopen(making, timeout=5):
                    yield Bucket(f"s3://{name}/documents", address, name, variables)
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise RuntimeError("the S3 server did not start")
    finally:
        process.kill()
        process.wait(20)
