"""`dev`, as its user sees it: a game from an empty folder, served, changed, refused, mended, and ended by Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.http import HttpClient
from tests.plugins.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]

# A client that says that it has started, with which columns, and that it was ended.
CLIENT = """
import os, signal, sys, time
from module_bindings import Player
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("client ended", flush=True)))
print("client", os.environ["SPACETIMEDB_SERVER"], *Player.__annotations__, flush=True)
while True: time.sleep(60)
"""


class Dev:
    """`python -m spacetimedb_sdk dev` in a folder; `stdin` is a terminal's other end where one is given."""

    def __init__(self, folder: Path, *argv: str, stdin: int = subprocess.DEVNULL) -> None:
        self.said: list[str] = []
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "spacetimedb_sdk", "dev", "--listen", "127.0.0.1:0", *argv],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SDL_VIDEODRIVER": "dummy",
                "HOME": str(folder.parent),
            },
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def expect(self, text: str) -> str:
        """The next line that holds `text`."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except Empty:
                line = None
            assert line is not None, f"{text!r} was not said; so far: {self.said}"
            self.said.append(line)
            if text in line:
                return line

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.interrupt()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


Start = Callable[..., Dev]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def make(folder: Path, *argv: str, stdin: int = subprocess.DEVNULL) -> Dev:
            running = Dev(folder, *argv, stdin=stdin)
            stack.callback(running.close)
            return running

        yield make


@pytest.fixture
def game(tmp_path: Path) -> Path:
    """A new game, with a client that says what it is."""
    folder = tmp_path / "mygame"
    assert main(["init", str(folder)]) == 0
    (folder / "say.py").write_text(CLIENT)
    return folder


def change(path: Path, old: str, new: str) -> None:
    """As an editor saves: in one step."""
    text = path.read_text()
    assert old in text
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_text(text.replace(old, new))
    os.replace(scratch, path)


def python(folder: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    everything = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SDL_VIDEODRIVER": "dummy",
        "HOME": str(folder.parent),
        **environment,
    }
    return subprocess.run(
        [sys.executable, *argv], cwd=folder, env=everything, capture_output=True, text=True, check=False
    )


def rows(url: str, query: str) -> list[list[str]]:
    (answer,) = HttpClient(url).sql("mygame", query)
    found: list[list[str]] = answer["rows"]
    return found


def names(url: str) -> set[str]:
    """Of all who have come in."""
    return {name for (name,) in rows(url, "SELECT name FROM player")}


def test_a_session_from_an_empty_folder(game: Path, start: Start) -> None:
    dev = start(game, "--client", "python say.py")
    url = dev.expect("ready ").split()[1]

    def play(*argv: str) -> None:
        """For two seconds, in which a busy machine may not get as far as to come in."""
        done = python(game, *argv, "--seconds", "2", SPACETIMEDB_SERVER=url)
        assert done.returncode == 0, done.stderr

    dev.expect("client http://")

    # A changed rule is taken up by the running server; the client goes on.
    change(game / "rules" / "tables.py", "GEMS = 24", "GEMS = 25")
    assert dev.expect("loaded") == "reloaded rules"

    # A new table, and a column with a default: bindings, then the client, follow.
    change(
        game / "rules" / "tables.py",
        "    online: bool\n",
        "    online: bool\n    level: u32 = column(default=1)\n\n\n"
        "@module.table(public=True)\nclass Trophy(Row):\n    owner: Identity = column(primary_key=True)\n",
    )
    dev.expect("reloaded rules")
    assert "trophy.py" in dev.expect("bindings module_bindings:")
    dev.expect("client ended")
    assert dev.expect("client http://").endswith(" level")
    assert (game / "module_bindings" / "trophy.py").is_file()

    # The bot plays on it, the window shows it, and the game's own tests hold.
    until(lambda: {"bot 1", "bot 2"} <= names(url), lambda: play("bot.py", "--count", "2"))
    until(lambda: "Ann" in names(url), lambda: play("play.py", "--screenshot", "shot.png", "--name", "Ann"))
    assert (game / "shot.png").stat().st_size > 3000
    done = python(game, "-m", "pytest", "-q")
    assert done.returncode == 0, done.stdout

    # Ctrl-C ends everything.
    assert dev.interrupt() == 130
    dev.expect("client ended")
    with (
        pytest.raises(OSError, match="refused"),
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))),
    ):
        pass


def test_mistakes_are_shown_where_they_are_and_the_module_before_goes_on(game: Path, start: Start) -> None:
    dev = start(game, "--client", "python say.py")
    url = dev.expect("ready ").split()[1]
    change(game / "rules" / "players.py", "def join(", "def join((")
    said = dev.expect("not reloaded, the module before goes on")
    assert f"{game / 'rules' / 'players.py'}:" in said
    assert "SyntaxError" in said
    change(game / "rules" / "players.py", "def join((", "def join(")
    dev.expect("reloaded rules")
    change(
        game / "rules" / "world.py",
        "from math import hypot",
        "from math import hypot\nimport nothing_like_it",
    )
    assert "nothing_like_it" in dev.expect("not reloaded")
    assert rows(url, "SELECT * FROM gem")
    # The file that was missing is none of the module's yet.
    (game / "nothing_like_it.py").write_text("")
    dev.expect("reloaded rules")
    # And from now on it is: a helper beside the package is taken up, too.
    change_helper = game / "nothing_like_it.py"
    change_helper.write_text("raise RuntimeError('from the helper')\n")
    assert f"RuntimeError: from the helper ({change_helper}:1)" in dev.expect("not reloaded")


def test_a_module_that_is_broken_at_the_start_is_served_once_it_is_mended(game: Path, start: Start) -> None:
    change(game / "rules" / "players.py", "def join(", "def join((")
    dev = start(game, "--client", "")
    dev.expect("not served: ")
    dev.expect("waiting for a change")
    change(game / "rules" / "players.py", "def join((", "def join(")
    dev.expect("ready ")


def test_a_change_that_the_rows_cannot_follow_is_refused_with_the_way_out(game: Path, start: Start) -> None:
    dev = start(game, "--client", "", "--data-dir", "data")
    dev.expect("ready ")
    change(game / "rules" / "tables.py", "    score: u32\n", "    points: u32\n")
    change(game / "rules" / "players.py", "score=0", "points=0")
    change(game / "rules" / "world.py", "score=player.score", "points=player.points")
    assert "player" in dev.expect("refused: ")
    assert "--clear" in dev.expect("the module before goes on")
    assert dev.interrupt() == 130
    again = start(game, "--client", "", "--data-dir", "data")
    again.expect("refused: ")
    again.close()
    cleared = start(game, "--client", "", "--data-dir", "data", "--clear")
    cleared.expect("ready ")


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo terminal is POSIX's")
def test_on_a_terminal_it_asks_whether_the_rows_may_go(game: Path, start: Start) -> None:
    import pty

    user, terminal = pty.openpty()
    try:
        dev = start(game, "--client", "", "--data-dir", "data", stdin=terminal)
        dev.expect("ready ")
        for answer, said in ((b"n\n", "kept: "), (b"y\n", "ready ")):
            with_column = (game / "rules" / "tables.py").read_text()
            if "level: u32" in with_column:
                change(game / "rules" / "tables.py", "    level: u32\n", "")
                dev.expect("reloaded rules")
            change(game / "rules" / "tables.py", "    online: bool\n", "    online: bool\n    level: u32\n")
            dev.expect("refused: ")
            dev.expect("[y/N]")
            os.write(user, answer)
            dev.expect(said)
    finally:
        os.close(user)
        os.close(terminal)


def test_a_client_that_ends_is_told_of_and_started_again(game: Path, start: Start) -> None:
    (game / "say.py").write_text("print('only this', flush=True)\n")
    dev = start(game, "--client", "python say.py")
    dev.expect("only this")
    dev.expect("the client has ended (code 0)")
    (game / "say.py").write_text("print('and now that', flush=True)\nraise SystemExit(7)\n")
    dev.expect("and now that")
    dev.expect("the client has ended (code 7)")


def test_its_maker_sees_what_it_logs_and_is_its_owner_in_another_terminal(
    game: Path, start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(
        game / "rules" / "players.py",
        "    name = name.strip()",
        "    ctx.logger.info('%s comes', name)\n    name = name.strip()",
    )
    dev = start(game, "--client", "")
    url = dev.expect("ready http").split()[1]
    HttpClient(url).call("mygame", "join", ["Ann"])
    assert dev.expect("Ann comes") == "INFO spacetimedb_sdk.module.mygame: Ann comes"

    monkeypatch.chdir(game)
    monkeypatch.setenv("HOME", str(game.parent))
    private = ("sql", "mygame", "SELECT * FROM heading", "--server", url)
    capsys.readouterr()
    assert main(private) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["identity", "dx", "dy"]
    assert main(("logs", "mygame", "--server", url.replace("127.0.0.1", "localhost"))) == 0
    assert main((*private[:4], url, "--token", HttpClient(url).identity().token)) == 1
    assert "no such table" in capsys.readouterr().err
    assert dev.interrupt() == 130
    assert "token" not in (game.parent / ".spacetime_python_sdk" / "dev_tokens.json").read_text()


def test_other_settings_are_taken_up(game: Path, start: Start) -> None:
    settings = game / "pyproject.toml"
    change(settings, 'client = "python play.py"', 'client = "python say.py"')
    dev = start(game)
    dev.expect("ready http")
    dev.expect("client http")
    (game / "tell.py").write_text(CLIENT.replace('"client",', '"teller",'))
    change(settings, "python say.py", "python tell.py")
    dev.expect("teller http")
    change(settings, 'database = "mygame"', 'database = "mygame')
    dev.expect("the settings before go on")
    change(settings, 'database = "mygame', 'database = "othergame"')
    dev.expect("other settings in pyproject.toml: starting again")
    assert dev.expect("ready http").endswith(" othergame")
    dev.expect("teller http")
    assert dev.interrupt() == 130


@pytest.mark.parametrize(
    ("settings", "argv", "said"),
    [
        ("", [], "nothing says which module to serve"),
        (
            "[tool.spacetimedb]\nmodul = 'rules'\n",
            [],
            "knows module, database, bindings, client, listen, data-dir, not modul",
        ),
        ("[tool.spacetimedb]\nmodule = 3\n", [], "is a text"),
        ("[tool", [], "cannot be read"),
        ("tool = 5\n", [], "[tool.spacetimedb] is a table"),
        ("[tool]\nspacetimedb = 'rules'\n", [], "[tool.spacetimedb] is a table"),
        ("[[tool.spacetimedb]]\nmodule = 'rules'\n", [], "[tool.spacetimedb] is a table"),
        (
            "[tool.spacetimedb]\nmodule = 'rules'\nbindings = 'a\\u0000b'\n".replace("'a", '"a').replace(
                "b'\n", 'b"\n'
            ),
            [],
            "is a text",
        ),
        (f"a = {'[' * 5_000}", [], "nested too deeply"),
        (f"a = {'9' * 5_000}", [], "cannot be read"),
        ("", ["--module", "rules", "--client", "'"], "cannot be read"),
        ("", ["--module", "rules", "--listen", "here"], "no address to listen on"),
    ],
)
def test_settings_that_cannot_be_are_told_in_one_sentence(
    settings: str,
    argv: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    (tmp_path / "pyproject.toml").write_text(settings)
    (tmp_path / "rules.py").write_text(
        "from spacetimedb_sdk.module import Module\nmodule = Module('rules')\n"
    )
    assert main(["dev", *argv]) == 1
    error = capfd.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_the_folder_that_is_meant_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    game = tmp_path / "game"
    (game / "client").mkdir(parents=True)
    (game / "pyproject.toml").write_text('[tool.spacetimedb]\nmodule = "rules"\n')
    for folder in (tmp_path, game / "client"):
        monkeypatch.chdir(folder)
        ran = subprocess.run(
            [sys.executable, "-m", "spacetimedb_sdk", "dev"], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 1
        assert f"({game} is one)" in ran.stderr
