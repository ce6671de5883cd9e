"""What the pages promise is what the commands know."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from game.launcher.arguments import parser as game_parser
from spacetimedb_sdk import cli
from spacetimedb_sdk.cli import main
from spacetimedb_sdk.cli.errors import ExitCode
from spacetimedb_sdk.standalone import command as server_command
from tests.places import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")])
# A line of a shell; a synopsis that goes on below is none.
SHELL_LINE = re.compile(
    r"^ {4}(?:cd \S+ && )?python (?P<program>-m spacetimedb_sdk|run_game\.py)\b(?P<rest>.*)$(?!\n {12})",
    re.MULTILINE,
)
COMMANDS = (
    "init",
    "dev",
    "inspect",
    "generate",
    "vendor",
    "publish",
    "build",
    "describe",
    "call",
    "sql",
    "subscribe",
    "logs",
    "login",
    "logout",
    "identity",
)


def test_help_lists_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    listed = re.findall(r"^    (\w+)(?: |$)", shown, re.MULTILINE)
    assert set(listed) == {*COMMANDS, "start"}
    page = (ROOT / "docs" / "command-line.md").read_text()
    for code in ExitCode:
        assert re.search(rf"^  {code:d} ", shown, re.MULTILINE)
        assert f"| {code:d} |" in page
    for command in (*COMMANDS, "start"):
        assert f"`{command} " in page, "every command has its line in docs/command-line.md"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_named_on_the_page_is_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    readme = (ROOT / "README.md").read_text()
    synopses = re.findall(
        rf"^ +python -m spacetimedb_sdk {command}\b(.*(?:\n {{20,}}.*)*)", readme, re.MULTILINE
    )
    assert synopses or command in ("logout", "identity"), "the README shows how each command is written"
    options = {option for synopsis in synopses for option in re.findall(r"(?<=[ [(])--?[a-z-]+", synopsis)}
    assert options <= set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_on_the_pages_is_python(page: Path) -> None:
    text = page.read_text()
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL)):
        compile(block, f"{page.name}, block {number}", "exec")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / link).exists(), f"{page.name} links to {link}"


def shell_lines() -> Iterator[tuple[str, list[str]]]:
    """Program and arguments of every command on the pages that could be typed as it stands."""
    for page in PAGES:
        text = re.sub(r"\\\n\s*", " ", page.read_text(encoding="utf-8"))
        for line in SHELL_LINE.finditer(text):
            if not re.search(r"\[|\.\.\.|\(the ", line["rest"]):
                words = shlex.split(line["rest"], comments=True)
                yield line["program"], list(takewhile(lambda word: word not in ("<", ">", "|", "&&"), words))


def test_every_command_on_the_pages_is_taken() -> None:
    lines = list(shell_lines())
    assert len(lines) > 40
    for program, words in lines:
        try:
            if program == "run_game.py":
                game_parser().parse_args(words or ["play"])
            elif words[:1] == ["start"]:
                server_command._parse(words[1:])
            else:
                cli._parser(words).parse_args(words)
        except SystemExit:
            pytest.fail(f"{program} does not take {words}")
