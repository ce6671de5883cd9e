"""A mistake on a command line is told in one line, with what was meant."""

from __future__ import annotations

import argparse

import pytest

from spacetimedb_sdk.system.command_line import OneSentenceParser


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = OneSentenceParser(prog="game")
    parser.add_argument("--level", choices=("easy", "hard"))
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    commands.add_parser("serve").add_argument("--listen")
    commands.add_parser("sell").add_argument("what")
    return parser


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("srve", "did you mean serve"),
        ("serve --lisen x", "did you mean --listen"),
        ("--level esy serve", "did you mean easy"),
        ("sell", "the following arguments are required: what"),
        ("serve zebra", "unrecognized arguments: zebra"),
    ],
)
def test_the_sentence_names_the_remedy(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    with pytest.raises(SystemExit) as left:
        parser.parse_args(line.split())
    assert left.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert said in sentence
    assert "--help)" in sentence
