"""What anyone may learn about a certificate from its number: whether it holds, and for whom and what.

Balances, lots and people are never shown here; the view has no room for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from html import escape
from string import Template

from core.documents.certificate import day_words
from core.language import Text


class VerificationState(StrEnum):
    """Whether a certificate holds (효력). The values are those of a certificate's status."""

    VALID = "issued"  # 유효
    USED = "used"  # 사용됨
    RETURNED = "returned"  # 반환됨
    LAPSED = "lapsed"  # 기간만료
    REVOKED = "revoked"  # 취소됨

    @classmethod
    def on(cls, today: date, *, status: str, valid_until: date) -> VerificationState:
        """The state on a day: an issued certificate past its last day has lapsed, swept up or not."""
        state = cls(status)
        return cls.LAPSED if state is cls.VALID and today > valid_until else state


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationView:
    """The part of a certificate that is public."""

    number: str
    state: VerificationState
    program: Text
    holder: Text = Text("기업명", "Company")  # what the one it was issued to is called
    company: str
    category: Text
    benefit: Text
    effect: Text  # `effect_words` of what it gives
    issued_on: date
    valid_until: date
    seal: int | None = None  # the number of the seal it is under


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """The part of a plugin's document that is public: what it is, whether it holds, and its facts by their labels."""

    number: str
    document: Text  # what kind of document it is
    state: VerificationState
    facts: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True)
class _Verdict:
    tone: str  # a class of the style sheet
    mark: str
    word: Text
    sentence: Text


_VERDICTS = {
    VerificationState.VALID: _Verdict(
        "good",
        "✓",
        Text("유효", "Valid"),
        Text("발급되어 효력이 있는 확인서입니다.", "This certificate was issued and holds."),
    ),
    VerificationState.USED: _Verdict(
        "spent",
        "●",
        Text("사용됨", "Used"),
        Text("이미 사용된 확인서입니다. 다시 사용할 수 없습니다.", "It has been used and cannot be used again."),
    ),
    VerificationState.RETURNED: _Verdict(
        "bad",
        "✕",
        Text("반환됨", "Returned"),
        Text("마일리지가 반환되어 효력이 없습니다.", "Its points were returned; it no longer holds."),
    ),
    VerificationState.LAPSED: _Verdict(
        "bad",
        "✕",
        Text("기간만료", "Lapsed"),
        Text("유효기간이 지나 효력이 없습니다.", "Its validity has ended; it no longer holds."),
    ),
    VerificationState.REVOKED: _Verdict(
        "bad",
        "✕",
        Text("취소됨", "Revoked"),
        Text("취소되어 효력이 없습니다.", "It was revoked; it no longer holds."),
    ),
}
_CERTIFICATE = Text("마일리지 확인서", "Certificate")
_HOLDS = Text("발급되어 효력이 있습니다.", "It was issued and holds.")
_UNKNOWN = _Verdict(
    "bad",
    "?",
    Text("확인되지 않는 번호", "Unknown number"),
    Text(
        "이 번호로 발급된 확인서가 없습니다. 확인서에 적힌 번호와 한 글자씩 대조하세요.",
        "No certificate was issued under this number. Compare it with the printed one, character by character.",
    ),
)

_PAGE = Template("""\
<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>$word · $document 진위 확인</title>
<style>
:root { color-scheme: light; --ink: #1b2430; --grey: #5b6470; --line: #d4d9e0; --navy: #1d3557 }
* { box-sizing: border-box }
body { margin: 0; padding: 1.5rem 1rem; background: #f2f4f7; color: var(--ink); word-break: keep-all;
  overflow-wrap: anywhere; font: 1rem/1.6 "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem; background: #fff; border: 1px solid var(--line);
  border-top: 4px solid var(--navy); border-radius: 4px }
h1 { margin: 0 0 1.25rem; font-size: 1.125rem; color: var(--navy) }
.state { margin: 0 0 1.5rem; padding: 1rem; border-left: 6px solid; border-radius: 2px }
.state strong { display: block; font-size: 1.5rem; line-height: 1.3 }
.state p { margin: .35rem 0 0; color: var(--ink) }
.good { color: #14602f; background: #e9f6ee }
.spent { color: #6b4a00; background: #fdf5e2 }
.bad { color: #96151c; background: #fdecec }
dl { margin: 0; display: grid; grid-template-columns: minmax(6rem, max-content) 1fr }
dt, dd { margin: 0; padding: .6rem 0; border-top: 1px solid var(--line) }
dt { padding-right: 1rem; color: var(--grey) }
small { display: block; font-size: .8125rem; color: var(--grey) }
footer { max-width: 34rem; margin: 1rem auto 0; font-size: .875rem; color: var(--grey) }
</style>
</head>
<body>
<main>
<h1>$document 진위 확인 <small lang="en">$document_en verification</small></h1>
<div class="state $tone" role="status">
<strong><span aria-hidden="true">$mark</span> $word</strong>
<p>$sentence <small lang="en">$word_en. $sentence_en</small></p>
</div>
<dl>
$rows
$seal
</dl>
</main>
<footer>종이나 파일로 받은 $document의 내용이 이 화면과 다르면 이 화면이 맞습니다.</footer>
</body>
</html>
""")


def verification_html(view: VerificationView | DocumentView | None, number: str) -> str:
    """The public page about certificate `number`; with no view, the page that says the number is not known."""
    verdict = _VERDICTS[view.state] if view else _UNKNOWN
    document, sentence = _CERTIFICATE, verdict.sentence
    if isinstance(view, DocumentView):
        document = view.document
        sentence = _HOLDS if view.state is VerificationState.VALID else sentence
    return _PAGE.substitute(
        tone=verdict.tone,
        mark=verdict.mark,
        document=escape(document.ko),
        document_en=escape(document.en),
        word=escape(verdict.word.ko),
        word_en=escape(verdict.word.en),
        sentence=escape(sentence.ko),
        sentence_en=escape(sentence.en),
        rows="\n".join(_row(label, value) for label, value in _facts(view, number)),
        seal=_seal(view) if isinstance(view, VerificationView) else "",
    )


def _seal(view: VerificationView) -> str:
    """Under which seal it is, and the proof of that; relative to the page's own address."""
    if view.seal is None:
        return _row(Text("봉인", "Seal"), Text("봉인 전", "Not sealed yet"))
    words = _spoken(Text("증명 내려받기", "Download the proof"))
    link = f'<a href="{escape(view.number)}/proof.json" download>{words}</a>'
    return f"<dt>{_spoken(Text('봉인', 'Seal'))}</dt><dd>제{view.seal}호 {link}</dd>"


def _facts(view: VerificationView | DocumentView | None, number: str) -> list[tuple[Text, Text]]:
    if view is None:
        return [(Text("입력한 번호", "Number given"), _same(number))]
    if isinstance(view, DocumentView):
        return [(Text("문서 번호", "Number"), _same(view.number)), *view.facts]
    return [
        (Text("확인서 번호", "Number"), _same(view.number)),
        (view.holder, _same(view.company)),
        (Text("제도", "Program"), view.program),
        (Text("적용사업", "Benefit"), view.benefit),
        (Text("구분", "Category"), view.category),
        (Text("우대 내용", "What it gives"), view.effect),
        (Text("발급일", "Issued on"), Text(day_words(view.issued_on), view.issued_on.isoformat())),
        (Text("유효기간", "Valid until"), Text(f"{day_words(view.valid_until)}까지", view.valid_until.isoformat())),
    ]


def _same(words: str) -> Text:
    return Text(words, words)


def _row(label: Text, value: Text) -> str:
    return f"<dt>{_spoken(label)}</dt><dd>{_spoken(value)}</dd>"


def _spoken(text: Text) -> str:
    english = f'<small lang="en">{escape(text.en)}</small>' if text.en != text.ko else ""
    return escape(text.ko) + english
