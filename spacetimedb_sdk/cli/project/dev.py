"""`dev`: serves a project's module, and follows what its maker changes.

Three processes: this one watches and decides; the server (`dev_server`) holds the module; the client is any command. What the
module cannot follow leaves the one before in its place.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

from ...errors import ConfigError
from ...http import HttpClient
from ...system.command_beside import CommandBeside, reached_here
from ...system.file_names import real_path
from ...system.requirements import require
from .. import output
from ..errors import CommandError
from ..tokens import StoredToken, identity_in, served_by_dev
from .dev_processes import ClientProcess, ServerProcess
from .dev_server import Answer, ServeOptions
from .dev_settings import DevSettings, read_settings

if TYPE_CHECKING:
    from watchfiles import Change

__all__ = ["Dev", "add_dev"]

_SETTINGS = "pyproject.toml"

# Milliseconds: editors write a file in several steps, and save several files at once.
_DEBOUNCE = 300
_LOOK = 200


def add_dev(parser: argparse.ArgumentParser) -> None:
    default = "(default: [tool.spacetimedb] in pyproject.toml)"
    parser.add_argument("--module", metavar="PACKAGE.MODULE", help=f"the module to serve {default}")
    parser.add_argument(
        "--client", metavar="CMD", help=f"the command to start beside it; '' for none {default}"
    )
    parser.add_argument(
        "--bindings", metavar="DIR", help=f"the folder of the bindings; '' for none {default}"
    )
    parser.add_argument("--database", metavar="NAME", help="the database's name (default: the module's)")
    parser.add_argument("--listen", metavar="HOST:PORT", help="where (default: 127.0.0.1:3000)")
    parser.add_argument("--data-dir", metavar="DIR", help="the folder that keeps the rows (default: none)")
    parser.add_argument(
        "--inspect", action="store_true", help="open a page beside it that shows the database"
    )
    parser.add_argument("--clear", action="store_true", help="begin without the rows that were kept")
    parser.set_defaults(run=dev)


def dev(options: argparse.Namespace) -> None:
    """Serve and follow until Ctrl-C."""
    require("`dev`", "server", "dev-server", *(("inspect",) if options.inspect else ()))
    read = partial(read_settings, options, Path.cwd())
    settings = read()
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)):  # Windows has no SIGHUP
        if number is not None:
            signal.signal(number, _interrupt)
    with Dev(settings, read, clear=options.clear, inspect=options.inspect) as running:
        running.follow()


def _interrupt(number: int, frame: FrameType | None) -> None:
    # However this process is asked to end, what it started ends with it.
    raise KeyboardInterrupt


class Dev:
    """What is running now, and what the files of the module are. Closing it ends all it started."""

    def __init__(
        self,
        settings: DevSettings,
        read: Callable[[], DevSettings],
        *,
        clear: bool = False,
        inspect: bool = False,
    ) -> None:
        self.settings = settings
        self._read = read
        # Whether a server has run: from then on what keeps another one from running is told, and waited for.
        self._has_served = False
        self._clear = clear
        self._inspect = inspect
        self._inspector: CommandBeside | None = None
        self._token: StoredToken | None = None
        self._server: ServerProcess | None = None
        self._client: ClientProcess | None = None
        self._files: frozenset[str] = frozenset()
        # Whether what is served is what the files say.
        self._up_to_date = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        """End all that it started."""
        for process in (self._client, self._inspector, self._server):
            if process is not None:
                process.close()
        self._client = self._inspector = self._server = None
        self._forget_token()

    def follow(self) -> None:
        """Start, then follow every change until KeyboardInterrupt."""
        while True:
            changes = self._watch()
            # It looks from the first step on: what changes while the server starts must not be missed.
            next(changes)
            self._start()
            for changed in changes:
                self._look_after_processes()
                paths = {path for _, path in changed}
                if str(Path.cwd() / _SETTINGS) in paths and self._takes_other_settings():
                    break
                if any(path.endswith(".py") for path in paths):
                    self.changed(path for path in paths if path.endswith(".py"))

    def _watch(self) -> Iterator[set[tuple[Change, str]]]:
        from watchfiles import PythonFilter, watch

        ignored = [real_path(each) for each in (self.settings.bindings, self.settings.data_dir) if each]
        return watch(
            Path.cwd(),
            watch_filter=PythonFilter(ignore_paths=ignored, extra_extensions=(_SETTINGS,)),
            debounce=_DEBOUNCE,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
        )

    def _takes_other_settings(self) -> bool:
        """What the settings say now: True where all is to start again."""
        try:
            settings = self._read()
        except CommandError as error:
            output.note(f"the settings before go on: {error}")
            return False
        before, self.settings = self.settings, settings
        if settings == before:
            return False
        if replace(before, client=settings.client) == settings:
            output.line(f"client {' '.join(settings.client) or 'none'}")
            self._start_client()
            return False
        output.line(f"other settings in {_SETTINGS}: starting again")
        self._end()
        return True

    def changed(self, paths: Iterable[str]) -> None:
        """Take up what was changed: the module first, then what draws it."""
        given = {str(real_path(path)) for path in paths}
        if self._server is None:
            self._start()
            return
        # While the module cannot be taken up, any file may be the one that it lacks.
        if given & self._files or not self._up_to_date:
            self._reload()
        if self._server is not None and any(self._is_clients(path) for path in given):
            self._start_client()

    # The server

    def _start(self) -> None:
        settings = self.settings
        self._server = ServerProcess(
            ServeOptions(
                settings.module,
                settings.database,
                settings.listen,
                settings.bindings,
                settings.data_dir,
                self._clear,
            )
        )
        answer = self._server.answer()
        if answer.kind == "ready":
            self._has_served = True
            self._clear, self._up_to_date = False, True
            output.line(f"ready {answer.url} {answer.database}")
            self._keep_token(answer)
            self._open_inspector(answer)
            self._taken_up(answer)
            self._start_client()
            return
        self._server.close()
        self._server = None
        if answer.kind == "unable" and not self._has_served:
            raise CommandError(answer.text)
        if answer.kind == "refused":
            self._ask_to_clear(answer)
        else:
            output.note(f"not served: {answer.text}")
            output.note("waiting for a change of the files")

    def _open_inspector(self, answer: Answer) -> None:
        """Once: the page comes back by itself when the server does."""
        if self._inspect and self._inspector is None:
            self._inspector = CommandBeside(
                ["inspect", answer.database, "--server", reached_here(answer.url)],
                {"SPACETIMEDB_TOKEN": answer.token},
            )

    def _keep_token(self, answer: Answer) -> None:
        """Let `logs`, `sql` and `inspect` of this user be the owner for as long as the server runs."""
        url = HttpClient(reached_here(answer.url)).server_url
        self._token = StoredToken(url, answer.database, str(identity_in(answer.token)), answer.token)
        try:
            served_by_dev().add(self._token)
        except ConfigError as error:
            output.note(f"logs, sql and inspect need the owner's token: {error}")

    def _forget_token(self) -> None:
        token, self._token = self._token, None
        if token is not None:
            with suppress(ConfigError):  # it was told when the token was kept
                served_by_dev().remove(token)

    def _reload(self) -> None:
        assert self._server is not None
        answer = self._server.reload()
        self._up_to_date = answer.kind == "reloaded"
        match answer.kind:
            case "reloaded":
                output.line(f"reloaded {self.settings.module}")
                self._taken_up(answer)
                if answer.bindings:
                    self._start_client()
            case "refused":
                self._ask_to_clear(answer)
            case _ if self._server.has_ended():
                output.note(f"not reloaded: {answer.text}")
            case _:
                output.note(f"not reloaded, the module before goes on: {answer.text}")

    def _taken_up(self, answer: Answer) -> None:
        self._files = frozenset(answer.files)
        if answer.bindings:
            # Those of a table or a reducer say more than those that change every time.
            named = sorted(answer.bindings, key=lambda name: (name.startswith("_"), name))
            shown = ", ".join(named[:4]) + (", ..." if len(answer.bindings) > 4 else "")
            output.line(f"bindings {self.settings.bindings}: {len(answer.bindings)} files changed ({shown})")

    def _ask_to_clear(self, answer: Answer) -> None:
        """Say why the rows cannot follow; on a terminal, ask whether they may go."""
        goes_on = self._server is not None
        output.note(f"refused: {answer.text}")
        if not sys.stdin.isatty():
            before = "the module before goes on" if goes_on else "nothing is served"
            output.note(f"{before}: undo the change, or start again with --clear to begin without the rows")
            return
        output.note("begin again without the rows? [y/N] ")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            output.note("kept: the change waits until it is undone or the rows may go")
            return
        if self._server is not None:
            self._server.close()
            self._server = None
        self._clear = True
        self._start()

    # The client

    def _is_clients(self, path: str) -> bool:
        """Whether a changed file may be the client's: neither the module's nor a test."""
        if path in self._files:
            return False
        return not Path(path).is_relative_to(Path.cwd().resolve() / "tests")

    def _start_client(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        if not self.settings.client or self._server is None:
            return
        try:
            self._client = ClientProcess(self.settings.client, self._server.url, self._server.database)
        except OSError as error:
            output.note(f"the client {self.settings.client[0]} cannot be started: {error.strerror or error}")

    def _look_after_processes(self) -> None:
        if self._client is not None and (code := self._client.ended()) is not None:
            self._client = None
            output.note(
                f"the client has ended (code {code}): it starts again with the next change; Ctrl-C ends all"
            )
        if self._server is not None and self._server.has_ended():
            self._server.close()
            self._server = None
            output.note("the server has ended: it starts again with the next change")
