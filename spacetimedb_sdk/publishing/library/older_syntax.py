"""Older syntax: a file of the interpreter's library, as far as the Python that runs here can read it.

The library is that of Python 3.14. What is newer in it than 3.11 are texts with expressions in them, nested as one likes, names
and parameters of types, and handlers of several exceptions without brackets; of none more is needed to see which functions call each other.
"""

from __future__ import annotations

import ast
import re

from ..imports import Source

__all__ = ["library_tree"]

_NEWER = (
    (re.compile(r"^([ \t]*(?:def|class)[ \t]+\w+)\[[^\n]*?\](?=[(:])", re.MULTILINE), r"\1"),
    (re.compile(r"^([ \t]*)type[ \t]+(\w+)(?:\[[^\n]*?\])?[ \t]*=", re.MULTILINE), r"\1\2 ="),
    (
        re.compile(r"^([ \t]*except[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)(?=[ \t]*:)", re.MULTILINE),
        r"\1(\2)",
    ),
)
# Where a text begins, and what only looks like one: comments.
_BEGIN = re.compile(r"#[^\n]*|(?<![\w])([A-Za-z]{0,2})(\"\"\"|'''|\"|')")


def library_tree(source: Source) -> ast.Module | None:
    """The file, parsed; None where it is too new for that."""
    text = source.text()
    try:
        return ast.parse(text)
    except SyntaxError:
        pass
    try:
        return ast.parse(_older(text))
    except SyntaxError:
        return None


def _older(text: str) -> str:
    kept, at = [], 0
    while (begin := _BEGIN.search(text, at)) is not None:
        kept.append(text[at : begin.start()])
        if begin[2] is None:
            at = begin.end()
            continue
        prefix = begin[1].lower()
        end = _end(text, begin.end(), begin[2], has_expressions="f" in prefix or "t" in prefix)
        is_short = "\n" not in text[begin.start() : end]
        # Plain texts may be names that are looked up.
        kept.append(text[begin.start() : end] if prefix == "" and is_short else '""')
        at = end
    older = "".join([*kept, text[at:]])
    for pattern, instead in _NEWER:
        older = pattern.sub(instead, older)
    return older


def _end(text: str, at: int, quote: str, *, has_expressions: bool) -> int:
    """Behind the text whose content begins `at`."""
    while at < len(text) and not text.startswith(quote, at):
        if text[at] == "\\" or (has_expressions and text.startswith("{{", at)):
            at += 2
        elif has_expressions and text[at] == "{":
            at = _behind_expression(text, at + 1)
        else:
            at += 1
    return at + len(quote)


def _behind_expression(text: str, at: int) -> int:
    while at < len(text) and text[at] != "}":
        begin = _BEGIN.match(text, at)
        if text[at] == "{":
            at = _behind_expression(text, at + 1)
        elif begin is not None and begin[2] is not None:
            prefix = begin[1].lower()
            at = _end(text, begin.end(), begin[2], has_expressions="f" in prefix or "t" in prefix)
        else:
            at += 1
    return at + 1
