"""What crosses the pipes between a parent and its child: frames, each a length of four bytes and so many bytes."""

from __future__ import annotations

import struct

LENGTH = struct.Struct(">I")
MAX_FRAME = 16 * 1024**2  # bytes of one frame a child answers
MAX_ANSWER = 64 * 1024**2  # bytes of all that it answers about one file
WALL_CLOCK = 3  # times the seconds of processor time a file may take, when others need the processor too
END = b"{}"  # the last frame of an answer
STARTED = b'{"started":true}'  # the whole request has come


def framed(content: bytes) -> bytes:
    return LENGTH.pack(len(content)) + content
