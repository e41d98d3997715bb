"""The policy for texts, applied to the input of every mutation before the mutation runs."""

from schema.texts.inputs import LINE, NAME, PROSE, SHEET, texts_of

__all__ = ["LINE", "NAME", "PROSE", "SHEET", "texts_of"]
