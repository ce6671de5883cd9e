"""The server that `dev` runs: a process of its own, which takes the module up again on request.

It is asked by lines on its standard input, `reload`, and ends with it; it answers by one JSON object a line, `Answer`. The
module's own output goes to the terminal, by standard error.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal, TextIO

from ...codegen import generate as write_bindings
from ...errors import SpacetimeDBException
from ...standalone.errors import AddressError, ListenError, ModuleChangeRefused, StorageError
from ...standalone.module_files import load_module
from ...system.console import LogFormatter
from ...system.file_names import real_path
from ..generate import SDK

if TYPE_CHECKING:
    from ...module import Module
    from ...standalone.server import ServerHandle

__all__ = ["Answer", "ServeOptions", "main"]

_SDK_FOLDER = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ServeOptions:
    """What to serve, and where its bindings go; paths are those of the project's folder, the current one."""

    module: str
    database: str | None
    listen: str
    bindings: str | None
    data_dir: str | None
    clear: bool = False


@dataclass(frozen=True)
class Answer:
    """`ready` and `reloaded` tell of the module that is served now; the others why it is not what the files say.

    `failed` is a mistake in the module, `refused` a change that the stored rows cannot follow, `unable` what no change of
    the module mends. `files` are the module's, `bindings` the names of files that were written or removed.
    """

    kind: Literal["ready", "reloaded", "failed", "refused", "unable"]
    text: str = ""
    url: str = ""
    database: str = ""
    files: list[str] = field(default_factory=list)
    bindings: list[str] = field(default_factory=list)
    # Of the database's owner; it goes through a pipe alone.
    token: str = field(default="", repr=False)


def main(argument: str) -> int:
    """Serve until standard input ends. `argument` is a `ServeOptions` as JSON."""
    # Ctrl-C in a terminal goes to all its processes: this one ends in order, when `dev` closes its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # What is compiled is told apart by its second and size alone: too coarse for who edits and runs.
    sys.dont_write_bytecode = True
    # What the module logs is what its author looks for here: from INFO on.
    terminal = logging.StreamHandler()
    terminal.setFormatter(LogFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[terminal])
    options = ServeOptions(**json.loads(argument))
    try:
        module = load_module(options.module)
    except SpacetimeDBException as error:
        _answer(answers, Answer("failed", str(error)))
        return 1
    try:
        asyncio.run(_serve(module, options, answers))
    except (ModuleChangeRefused, StorageError) as error:
        _answer(answers, Answer("refused", str(error)))
    except (AddressError, ListenError) as error:
        _answer(answers, Answer("unable", str(error)))
    except SpacetimeDBException as error:
        _answer(answers, Answer("failed", str(error)))
    except Exception as error:  # noqa: BLE001 - the init reducer is the user's own and may raise anything
        _answer(answers, Answer("failed", f"the module does not start: {type(error).__name__}: {error}"))
    else:
        return 0
    return 1


async def _serve(module: Module, options: ServeOptions, answers: TextIO) -> None:
    from ...standalone.addresses import listen_address
    from ...standalone.hosting.auth import SigningKey, user_key_folder
    from ...standalone.server import default_database_name, serve
    from ...standalone.storage.clearing import clear
    from ...standalone.storage.commit_log import database_file

    name = options.database or default_database_name(module)
    data_dir = Path(options.data_dir) if options.data_dir else None
    if options.clear and data_dir is not None:
        clear(database_file(data_dir, name))
    key = SigningKey.in_folder(data_dir or user_key_folder())
    stopping, asked = asyncio.Event(), asyncio.Queue[None]()
    async with serve(
        module, database=name, listen=listen_address(options.listen), key=key, data_dir=data_dir
    ) as running:
        written = _generate(module, options)
        ready = Answer(
            "ready", "", running.url, name, _own_files(options), written, token=running.owner_token
        )
        _answer(answers, ready)
        loop = asyncio.get_running_loop()
        Thread(target=_read_orders, args=(loop, asked, stopping.set), daemon=True).start()
        reloading = loop.create_task(_keep_reloading(running, options, asked, answers))
        try:
            await running.until(stopping)
        finally:
            reloading.cancel()
            await asyncio.gather(reloading, return_exceptions=True)


def _read_orders(
    loop: asyncio.AbstractEventLoop, asked: asyncio.Queue[None], stop: Callable[[], None]
) -> None:
    # Reading the descriptor itself: a thread blocked in sys.stdin's own reader keeps the interpreter from ending.
    while data := os.read(0, 4096):
        for _ in range(data.count(b"\n")):
            loop.call_soon_threadsafe(asked.put_nowait, None)
    loop.call_soon_threadsafe(stop)


async def _keep_reloading(
    running: ServerHandle, options: ServeOptions, asked: asyncio.Queue[None], answers: TextIO
) -> None:
    while True:
        await asked.get()
        try:
            module = _load_again(options)
            running.database_host.change_module(module)
            written = _generate(module, options)
        except ModuleChangeRefused as error:
            _answer(answers, Answer("refused", "; ".join(error.reasons)))
        except Exception as error:  # noqa: BLE001 - the module may raise anything: the one before goes on
            said = (
                str(error) if isinstance(error, SpacetimeDBException) else f"{type(error).__name__}: {error}"
            )
            _answer(answers, Answer("failed", said))
        else:
            _answer(answers, Answer("reloaded", files=_own_files(options), bindings=written))


def _load_again(options: ServeOptions) -> Module:
    """The module as the files are now, helpers and all. What was loaded before stays where that fails."""
    own = _own_modules(options)
    before = {name: sys.modules.pop(name) for name in own}
    importlib.invalidate_caches()
    try:
        return load_module(options.module)
    except BaseException:  # whatever it is: half of a module must not stay
        for name in _own_modules(options):
            del sys.modules[name]
        sys.modules.update(before)
        raise


def _own_modules(options: ServeOptions) -> dict[str, str]:
    """Modules of the project by name, with their files: neither installed ones nor the SDK's."""
    here, bindings = Path.cwd(), real_path(options.bindings or "")
    own = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not file:
            continue
        path = real_path(file)
        if not path.is_relative_to(here) or path.is_relative_to(_SDK_FOLDER):
            continue
        if options.bindings and path.is_relative_to(bindings):
            continue
        if not any(part.startswith(".") or part == "site-packages" for part in path.relative_to(here).parts):
            own[name] = str(path)
    return own


def _own_files(options: ServeOptions) -> list[str]:
    return sorted(set(_own_modules(options).values()))


def _generate(module: Module, options: ServeOptions) -> list[str]:
    """Write the bindings; the names of files that are other than before."""
    if not options.bindings:
        return []
    folder = Path(options.bindings)
    before = _texts(folder)
    write_bindings(module.definition(), folder, module_name=module.name, sdk=SDK)
    after = _texts(folder)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.py")} if folder.is_dir() else {}


def _answer(answers: TextIO, answer: Answer) -> None:
    answers.write(json.dumps(asdict(answer)) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
