"""What the pages promise is what the commands know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.cli.errors import ExitCode
from tests.places import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
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
