"""Command lines: a mistake in one is told in one sentence, with what was meant perhaps."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import NoReturn

from .plain_text import close_to

__all__ = ["OneSentenceParser"]

_CHOICE = re.compile(r"invalid choice: '(?P<given>[^']*)' \(choose from (?P<known>.*)\)", re.DOTALL)
_UNKNOWN = re.compile(r"unrecognized arguments: .*?(?P<given>--[\w-]+)", re.DOTALL)


class OneSentenceParser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is a `--help` away."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}{self._meant(message)} (see {self.prog} --help)\n")

    def _meant(self, message: str) -> str:
        if (choice := _CHOICE.search(message)) is not None:
            return close_to(choice["given"], re.findall(r"[\w.-]+", choice["known"]))
        if (unknown := _UNKNOWN.search(message)) is not None:
            return close_to(unknown["given"], _options(self))
        return ""


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Every option of a parser and of its commands."""
    # argparse has no public way to list them.
    yield from parser._option_string_actions  # noqa: SLF001
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                yield from _options(command)
