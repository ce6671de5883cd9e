"""`python -m spacetimedb_sdk start`: the embedded server as a process."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CommandError, SpacetimeDBException
from ..module import Module
from ..system.command_beside import CommandBeside, reached_here
from ..system.command_line import OneSentenceParser
from ..system.console import LogFormatter
from ..system.parent import follow_parent
from ..system.plain_text import error_text, one_line
from ..system.requirements import require
from ..system.whole_files import is_stream
from .addresses import listen_address
from .module_files import ModuleFiles, load_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from .hosting.auth import SigningKey
    from .hosting.host import DatabaseHost
    from .hosting.limits import Limits
    from .hosting.stop_signals import StopSignals
    from .server import ServerHandle

__all__ = ["main"]

# How often files are looked at for changes.
_LOOK_SECONDS = 1.0
_LEVELS = ("debug", "info", "warning", "error")


def main(argv: list[str]) -> int:
    """Serves a module until Ctrl-C, SIGTERM or, with `--parent`, the end of stdin; returns the exit code.

    `argv` is what follows `start`. Prints `ready http://127.0.0.1:PORT DATABASE` once it listens; what keeps it from
    that is one sentence on stderr and a code that is not 0.
    """
    try:
        options = _parse(argv)
    except SystemExit as leaving:  # argparse has said what was wrong, or printed the help
        return leaving.code if isinstance(leaving.code, int) else 2
    terminal = logging.StreamHandler()
    terminal.setFormatter(LogFormatter())
    logging.basicConfig(level=options.log_level.upper(), handlers=[terminal])
    try:
        listen = listen_address(options.listen)
        if options.inspect:
            require("the inspector", "inspect")
        if options.reload:
            # What is compiled is told apart by its second and size alone: too coarse for who edits and runs.
            sys.dont_write_bytecode = True
        module = load_module(options.module)
        asyncio.run(_serve(module, listen, options))
    except KeyboardInterrupt:  # where the loop has no signal handlers
        return 0
    except SpacetimeDBException as error:
        sys.stderr.write(f"error: {one_line(error_text(error))}\n")
        return 1
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = OneSentenceParser(
        prog="python -m spacetimedb_sdk start",
        description="Serves a Python module as a SpacetimeDB database.",
    )
    parser.add_argument("--module", required=True, metavar="PACKAGE.MODULE", help="the Python module to run")
    parser.add_argument(
        "--listen",
        default="127.0.0.1:3000",
        metavar="HOST:PORT",
        help="where; port 0 is any free one (%(default)s)",
    )
    parser.add_argument("--database", metavar="NAME", help="the database's name (default: the module's)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seeds ctx.rng (%(default)s)")
    _add_storage(parser)
    _add_owners_choices(parser)
    _add_bounds(parser)
    parser.add_argument(
        "--reload", action="store_true", help="take the module up again when its files change, or on SIGHUP"
    )
    parser.add_argument(
        "--inspect",
        action="store_true",
        help="open a page beside it that shows the database, on this machine alone",
    )
    parser.add_argument("--log-level", choices=_LEVELS, default="warning", help="(%(default)s)")
    parser.add_argument(
        "--parent",
        action="store_true",
        help="end when stdin closes; the lines `hold` and `go on` there have all timers wait, and go on",
    )
    options = parser.parse_args(argv)
    options.limits = _limits(parser, options.limit) if options.limit else None
    return options


def _add_storage(parser: argparse.ArgumentParser) -> None:
    """Where commits are kept, and what they outlive."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="the folder that keeps the database and the key that signs tokens; without it the data is in memory and "
        "the key in your configuration folder",
    )
    parser.add_argument(
        "--clear",
        action="store_true",
        help="begin anew: remove what --data-dir keeps of this database first; its key and other databases stay",
    )
    parser.add_argument("--in-memory", action="store_true", help="keep no data, in --data-dir only the key")
    parser.add_argument(
        "--sync",
        choices=("normal", "full"),
        default="normal",
        help="what a confirmed commit outlives: normal, the process; full, the machine's power too (%(default)s)",
    )
    parser.add_argument(
        "--accept-loss",
        action="store_true",
        help="go on where confirmed commits are missing from --data-dir, with those that are there",
    )


def _add_owners_choices(parser: argparse.ArgumentParser) -> None:
    """Who owns databases, whom the server believes, and what others may publish."""
    parser.add_argument(
        "--owner-token",
        type=Path,
        metavar="FILE",
        help="write the token of the database's owner there, for sql, logs and login; only you can read it",
    )
    parser.add_argument(
        "--trust-issuer",
        action="append",
        default=[],
        metavar="URL[=AUDIENCE]",
        help="take tokens of this OpenID Connect issuer too, those made for AUDIENCE alone; may be repeated (default: none)",
    )
    parser.add_argument(
        "--publishable",
        action="append",
        default=[],
        metavar="PACKAGE.MODULE",
        help="a module that clients may publish databases of, by this name; may be repeated (default: none)",
    )


def _add_bounds(parser: argparse.ArgumentParser) -> None:
    """What clients may take of the server."""
    parser.add_argument(
        "--reducer-timeout",
        type=_timeout,
        default=10.0,
        metavar="SECONDS",
        help="end and undo a reducer that takes longer; none lets it run (%(default)s)",
    )
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what clients may make the server hold: connections=500, queued_bytes=64M and others, see docs/standalone.md; "
        "may be repeated",
    )


def _limits(parser: argparse.ArgumentParser, settings: list[str]) -> Limits:
    from .hosting.limits import Limits

    try:
        return Limits.parse(settings)
    except ValueError as error:
        parser.error(f"argument --limit: {error}")


def _timeout(text: str) -> float | None:
    """Seconds, or None for `none`."""
    if text == "none":
        return None
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


async def _serve(module: Module, listen: tuple[str, int], options: argparse.Namespace) -> None:
    from .hosting.stop_signals import StopSignals

    stopping = asyncio.Event()
    with StopSignals(asyncio.get_running_loop(), stopping) as asked_to_stop:
        await _serve_until(stopping, asked_to_stop, module, listen, options)


async def _serve_until(
    stopping: asyncio.Event,
    asked_to_stop: StopSignals,
    module: Module,
    listen: tuple[str, int],
    options: argparse.Namespace,
) -> None:
    from .hosting.full_collections import FullCollections
    from .hosting.trusted_issuers import TrustedIssuers
    from .server import default_database_name, serve

    name = options.database or default_database_name(module)
    if options.clear:
        _clear(options.data_dir, name)
    loop = asyncio.get_running_loop()
    beside = contextlib.ExitStack()
    async with serve(
        module,
        database=name,
        listen=listen,
        seed=options.seed,
        key=_key(options.data_dir),
        data_dir=None if options.in_memory else options.data_dir,
        sync=options.sync,
        accept_loss=options.accept_loss,
        publishable={name: load_module(name) for name in options.publishable},
        limits=options.limits,
        reducer_timeout=options.reducer_timeout,
        issuers=TrustedIssuers(options.trust_issuer),
    ) as running:
        asked_to_stop.on_first = running.hurry
        if options.owner_token is not None:
            _write_token(options.owner_token, running.owner_token)
        print(f"ready {running.url} {name}", flush=True)
        if options.parent:
            _obey_parent(loop, running.database_host, stopping)
        else:
            _introduce(running, options)
        running.database_host.on_rest = beside.enter_context(FullCollections()).rest
        reloading = loop.create_task(_keep_reloading(running, options.module)) if options.reload else None
        try:
            if options.inspect:
                beside.enter_context(_inspector(running, name))
            await running.until(stopping)
        finally:
            beside.close()
            if reloading is not None:
                reloading.cancel()
                await asyncio.gather(reloading, return_exceptions=True)


def _inspector(running: ServerHandle, name: str) -> CommandBeside:
    """The page that shows the database to its owner; it says on this output where it is."""
    return CommandBeside(
        ["inspect", name, "--server", reached_here(running.url)], {"SPACETIMEDB_TOKEN": running.owner_token}
    )


def _clear(data_dir: Path | None, name: str) -> None:
    from .storage.clearing import clear
    from .storage.commit_log import database_file

    if data_dir is None:
        raise CommandError("--clear removes what --data-dir keeps: give that, too")
    path = database_file(data_dir, name)
    sys.stderr.write(f"cleared {path}\n" if clear(path) else f"nothing to clear: there is no {path}\n")


async def _keep_reloading(running: ServerHandle, name: str) -> None:
    """Takes the module up again when its files have changed, looked at once a second, or when SIGHUP asks for it."""
    asked = asyncio.Event()
    with contextlib.suppress(AttributeError, NotImplementedError):  # Windows has no SIGHUP
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    files = ModuleFiles(name)
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), _LOOK_SECONDS)
        if not files.changed() and not asked.is_set():
            continue
        asked.clear()
        try:
            running.database_host.change_module(files.load_again())
        except SpacetimeDBException as error:
            sys.stderr.write(f"not reloaded, the module before goes on: {one_line(error_text(error))}\n")
            sys.stderr.flush()
        except (
            Exception
        ):  # a module may raise anything: the next change of its files is looked at all the same
            logging.getLogger("spacetimedb_sdk.standalone").exception("not reloaded")
        else:
            print(f"reloaded {name}", flush=True)


def _write_token(path: Path, token: str) -> None:
    """For the user's eyes only, also where the file was there before."""
    try:
        if is_stream(path):
            path.write_text(token)
            return
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token)
    except OSError as error:
        raise CommandError(f"--owner-token {path} cannot be written: {error.strerror}") from error


def _introduce(running: ServerHandle, options: argparse.Namespace) -> None:
    """What a person wants to know; a parent wants the first line alone."""
    host = running.database_host
    kept = "in memory" if options.in_memory or options.data_dir is None else options.data_dir.resolve()
    print(f"database {host.name} {host.database.identity}")
    print(f"data     {kept}", flush=True)


def _key(data_dir: Path | None) -> SigningKey:
    from .hosting.auth import SigningKey, user_key_folder

    return SigningKey.in_folder(data_dir or user_key_folder())


def _obey_parent(loop: asyncio.AbstractEventLoop, host: DatabaseHost, stopping: asyncio.Event) -> None:
    """Ends with the process that started this one with `--parent`, and does what that says meanwhile."""
    words = {"hold": host.hold_timers, "go on": host.let_timers_go_on}

    def on_loop(act: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself meanwhile
            loop.call_soon_threadsafe(act)

    def said(line: str) -> None:
        # What a later version may say, this one need not understand.
        if line in words:
            on_loop(words[line])

    follow_parent(lambda: on_loop(stopping.set), said)
