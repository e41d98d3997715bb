"""What a thread held for a moment goes back to the system."""

import subprocess
import sys

import pytest

HOLDING = """
import sys, threading
from core.watch.memory import return_large_pieces

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 // 1024**2

def hold():
    for size in (10, 9, 8, 7):
        pieces = [b"x" * (size * 1024**2) for _ in range(3)]
        keep.append(b"x" * 100_000)  # something small above them, which stays

keep = []
if sys.argv[1] == "told":
    return_large_pieces()
before = resident()
thread = threading.Thread(target=hold)
thread.start()
thread.join()
print(resident() - before)
"""


def megabytes_kept(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", HOLDING, how], capture_output=True, text=True, timeout=60, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own accounts are read, and glibc's ways are meant")
def test_large_pieces_go_back_to_the_system() -> None:
    assert megabytes_kept("told") <= 4
    assert megabytes_kept("left alone") >= 8  # else nothing was to be done
