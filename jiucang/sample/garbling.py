"""Text read in the wrong encoding, as mark-up of a planted artefact."""

from __future__ import annotations


def read_as_gbk(text: str) -> str:
    """UTF-8 bytes taken for GBK; raises UnicodeDecodeError where a byte pair would not survive.

    >>> read_as_gbk("加强安全防范").encode("gbk").decode("utf-8")
    '加强安全防范'
    """
    return text.encode("utf-8").decode("gbk")


def read_as_latin(text: str) -> str:
    """GBK bytes taken for ISO 8859-1.

    >>> read_as_latin("校园").encode("latin-1").decode("gbk")
    '校园'
    """
    return text.encode("gbk").decode("latin-1")


def garbled(text: str) -> str:
    """A planted artefact: the text as UTF-8 read as GBK."""
    return f"⟦{read_as_gbk(text)}⇒{text}|mojibake⟧"


def garbled_latin(text: str) -> str:
    """A planted artefact: the text as GBK read as Latin-1."""
    return f"⟦{read_as_latin(text)}⇒{text}|mojibake⟧"
