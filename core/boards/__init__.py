"""Boards of a program (게시판): notices, a library of documents, and publicity, posted by its staff.

A post is seen by its audience between two moments; what is withdrawn is kept and seen by staff alone.
"""

from core.boards.models import Audience, Board, Post
from core.boards.service import attach_to_post, detach_from_post, edit_post, publish_post, withdraw_post

__all__ = [
    "Audience",
    "Board",
    "Post",
    "attach_to_post",
    "detach_from_post",
    "edit_post",
    "publish_post",
    "withdraw_post",
]
