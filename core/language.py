"""Every sentence Dure says to a person exists in Korean and in English; a `Text` keeps the two together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language Dure speaks (언어). Korean is the default; English comes by `Accept-Language`."""

    KO = "ko"
    EN = "en"

    @classmethod
    def preferred(cls, accept_language: str | None) -> Language:
        """The better of the two for an `Accept-Language` header; Korean when neither or both are asked alike."""
        if not accept_language:
            return cls.KO
        weights = {"ko": 0.0, "en": 0.0}
        for part in accept_language.split(","):
            tag, _, quality = part.strip().partition(";q=")
            primary = tag.split("-")[0].lower()
            if primary in weights:
                try:
                    weights[primary] = max(weights[primary], float(quality or 1))
                except ValueError:
                    continue
        return cls.EN if weights["en"] > weights["ko"] else cls.KO


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages. Braces are filled by `format`."""

    ko: str
    en: str

    def in_(self, language: Language) -> str:
        return self.en if language is Language.EN else self.ko

    def format(self, values: Mapping[str, object]) -> Text:
        if not values:
            return self
        return Text(
            self.ko.format_map({key: _spoken(value, Language.KO) for key, value in values.items()}),
            self.en.format_map({key: _spoken(value, Language.EN) for key, value in values.items()}),
        )

    @property
    def both(self) -> str:
        """Korean first, then English: how descriptions are printed."""
        return self.ko if self.ko == self.en else f"{self.ko} · {self.en}"


def _spoken(value: object, language: Language) -> object:
    if isinstance(value, Text):
        return value.in_(language)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value
