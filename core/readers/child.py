"""What runs in a child: give up what is not needed, then read one file after another, until the parent is gone."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, TypeAlias

import orjson

from core.readers.frames import END, LENGTH, MAX_FRAME, STARTED, WALL_CLOCK, framed

Reader: TypeAlias = Callable[[dict[str, Any], bytes], Iterator[dict[str, Any]]]
READERS = {"workbook": "core.workbooks.reading:answer"}
"""What a parent may ask for: a function that is given a query and a file, and yields JSON messages."""

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
OPEN_FILES = 16
IDLE_SECONDS = 600  # without a request, after which a child ends
FAT = 128 * 1024**2  # bytes; a child that holds more after a file makes room for a new one


def main() -> None:
    told = orjson.loads(sys.argv[1])
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    for path in READERS.values():
        _reader(path)
    import python_calamine  # noqa: F401 - loaded while files may still be opened

    confine(told["parent"], told["memory"])
    serve(incoming, outgoing, told["seconds"])


def confine(parent: int, memory: int) -> None:
    """Take what this process may never need from it; on systems other than Linux, as much of it as they allow."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        os._exit(0)  # it was gone before this process asked to end with it
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_AS, memory),
    ]
    for kind, most in limits:
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise
    for each in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(each, signal.SIG_DFL)
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # meant for the parent, which may finish what it does
        signal.signal(each, signal.SIG_IGN)


def serve(incoming: int, outgoing: int, seconds: int) -> None:
    """Answer one request after another."""
    while True:
        signal.setitimer(signal.ITIMER_REAL, IDLE_SECONDS)
        header = _received(incoming)
        _grant(seconds)
        data = _received(incoming)
        query = orjson.loads(header)
        _send(outgoing, STARTED)
        try:
            for message in _reader(READERS[query["reader"]])(query["query"], data):
                _send(outgoing, orjson.dumps(message))
        except (MemoryError, RecursionError):
            os._exit(3)
        except Exception as error:
            _send(outgoing, orjson.dumps({"failed": type(error).__name__}))
        del data
        _send(outgoing, END)
        if _resident() > FAT:
            os._exit(0)


def _grant(seconds: int) -> None:
    """So many seconds of processor time for one file, and more by the clock; the parent measures that too."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    signal.setitimer(signal.ITIMER_REAL, WALL_CLOCK * seconds + 5)


def _reader(path: str) -> Reader:
    module, _, name = path.partition(":")
    found: Reader = getattr(import_module(module), name)
    return found


def _received(incoming: int) -> bytes:
    (length,) = LENGTH.unpack(_exactly(incoming, LENGTH.size))
    return _exactly(incoming, length)


def _exactly(incoming: int, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        piece = os.read(incoming, min(count - len(found), 1024**2))
        if not piece:
            os._exit(0)  # the parent is gone, or has no more to read
        found += piece
    return bytes(found)


def _send(outgoing: int, content: bytes) -> None:
    if len(content) > MAX_FRAME:
        raise MemoryError
    left = memoryview(framed(content))
    while left:
        left = left[os.write(outgoing, left) :]


def _resident() -> int:
    """Bytes this process holds; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - no more of the library than needed
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0
