"""`publish` and `build`: a module written in Python, on a real SpacetimeDB or as a file for other tools."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import (
    AuthenticationError,
    CommandError,
    ConnectCause,
    ConnectError,
    ConnectionLost,
    DatabaseNotFoundError,
    HttpError,
    SpacetimeDBException,
)
from ..http import HttpClient
from ..sats.schema.versions import read_schema
from ..types import Identity
from . import output
from .session import Session, add_server_options
from .tokens import StoredToken, identity_in

if TYPE_CHECKING:
    from ..module import Module
    from ..publishing.interpreter import Interpreter

__all__ = ["add_build", "add_publish"]

T = TypeVar("T")

# Compiling an interpreter takes forty seconds of a server's processor, which a busy one has in ten minutes. One that is given
# up goes on with it, and the next attempt takes as much longer.
_PUBLISH_SECONDS = 3600.0
_SAY_EACH_SECONDS = 30.0


def _add_module_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--module", metavar="PACKAGE.MODULE", required=True, help="the module written in Python"
    )
    parser.add_argument(
        "--seed", metavar="N", type=int, default=0, help="seeds ctx.rng (default: %(default)s)"
    )
    parser.add_argument(
        "--abi",
        choices=("1.x", "2.x"),
        help="the generation of servers to build for (default: asked of the server, or 2.x for a file)",
    )
    parser.add_argument(
        "--compiler",
        action="store_true",
        help="keep Python's compiler in the file (default: only where a line seems to need it)",
    )


def add_publish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", metavar="DATABASE")
    _add_module_options(parser)
    add_server_options(parser)
    parser.add_argument("--clear", action="store_true", help="delete what the database holds first")
    parser.add_argument(
        "--break-clients",
        action="store_true",
        help="send clients away where the change asks for it: those built for what there was may not get on with it",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="only name what will not work inside a database, with file and line; nothing is sent",
    )
    parser.set_defaults(run=publish)


def add_build(parser: argparse.ArgumentParser) -> None:
    _add_module_options(parser)
    parser.add_argument("--out", metavar="FILE.wasm", type=Path, required=True, help="the file to write")
    parser.set_defaults(run=build)


def publish(options: argparse.Namespace) -> None:
    """Build the module for the server's generation, and hand it over."""
    if options.check:
        _check(options.module, options.abi)
        return
    from ..publishing.interpreter import find_interpreter
    from ..publishing.server import generation_of, is_embedded, refuse_fatal_changes
    from ..standalone.module_files import load_module

    module = load_module(options.module)  # a mistake of one's own is told before a server is asked
    session = Session(options.server, options.database, options.token)
    embedded = session.run(is_embedded)
    generation = None if embedded else session.run(generation_of)
    interpreter = None if embedded else find_interpreter()
    if (generation, options.abi) == ("1.x", "2.x"):
        raise CommandError(
            f"{session.server_url} is a SpacetimeDB of 1.x, which runs nothing built for 2.x: leave --abi out"
        )
    owner = session.run(lambda http: _owner_of(http, options.database))
    if owner is not None and generation != "2.x" and _is_another(owner, session.token):
        raise CommandError(
            f"{options.database} at {session.server_url} belongs to {owner}: give its owner's token with --token, or "
            "choose another name"
        )
    if owner is not None and generation == "1.x" and not options.clear:
        stored = session.run(lambda http: http.schema(options.database))
        refuse_fatal_changes(options.database, read_schema(stored), module.definition())
    if session.token is None:
        # The publisher owns the database: the identity is kept, to be its owner the next time too.
        issued = session.http.identity()
        kept = StoredToken(session.server_url, "", str(issued.identity), issued.token)
        session.store.add(kept)
        session.stored = kept
        output.note(f"publishing as {issued.identity}, whose token is kept in {session.store.path}")
    _say_names(module, embedded=embedded)
    if generation is None or interpreter is None:
        output.note(f"{session.server_url} is an embedded server, which is told the module's name alone")
        _send(session, options, options.module.encode())
    else:
        output.note(f"{session.server_url} is a SpacetimeDB of {generation}")
        built = _built(options, options.abi or generation, module, interpreter)
        output.note(
            f"sending {len(built) / 1e6:.1f} MB; the server compiles it, which can take a minute or two"
        )
        is_change = generation == "2.x" and owner is not None and not options.clear
        _send(session, options, built, plans=is_change and options.break_clients)
    output.line(f"{options.database} at {session.server_url} runs {options.module}")


def _send(session: Session, options: argparse.Namespace, program: bytes, *, plans: bool = False) -> None:
    from ..publishing.refusals import PublishRefused

    http = HttpClient(session.server_url, session.token, timeout=_PUBLISH_SECONDS)
    began = time.monotonic()
    try:
        plan = None
        if plans:
            plan = _patiently(lambda: http.migration_plan(options.database, program))
            for line in plan.text.strip().splitlines():
                output.note(line)
        _patiently(lambda: http.publish(options.database, program, clear=options.clear, plan=plan))
    except HttpError as error:
        raise PublishRefused(options.module, options.database, error) from error
    except ConnectError as error:
        if error.cause is not ConnectCause.LOST:
            raise
        raise ConnectionLost(
            f"{session.server_url} ended it while it took {options.module}: its own log says why, and whether it still runs"
        ) from error
    output.note(f"the server took {time.monotonic() - began:.0f} s")


def _patiently(work: Callable[[], T]) -> T:
    """What `work` returns; says each half minute that it goes on: a busy server compiles for many."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            outcome.set_exception(error)

    # A daemon: whoever presses Ctrl-C does not wait for the server.
    began = time.monotonic()
    threading.Thread(target=run, daemon=True, name="publish").start()
    while not wait([outcome], _SAY_EACH_SECONDS).done:
        output.note(f"the server is at it ({time.monotonic() - began:.0f} s)")
    return outcome.result()


def build(options: argparse.Namespace) -> None:
    """Write the finished module to a file."""
    from ..publishing.interpreter import find_interpreter
    from ..standalone.module_files import load_module

    module = load_module(options.module)
    _say_names(module)
    built = _built(options, options.abi or "2.x", module, find_interpreter())
    try:
        options.out.write_bytes(built)
    except OSError as error:
        raise SpacetimeDBException(f"cannot write {options.out}: {error.strerror}") from error
    output.line(f"{options.out}: {len(built) / 1e6:.1f} MB")


def _owner_of(http: HttpClient, database: str) -> Identity | None:
    """Whose the database is, None where there is none yet. CommandError for a name that none can have."""
    try:
        return http.database(database).owner_identity
    except DatabaseNotFoundError:
        return None
    except HttpError as error:
        if error.status != 400:
            raise
        raise CommandError(
            f"{database!r} is no database name: lower-case letters, digits and single hyphens between them"
        ) from error


def _is_another(owner: Identity, token: str | None) -> bool:
    """Whether the token, or a new one, is surely not the owner's; an issuer of its own need not tell the identity in it."""
    try:
        return token is None or identity_in(token) != owner
    except AuthenticationError:
        return False


def _built(options: argparse.Namespace, abi: str, module: Module, interpreter: Interpreter) -> bytes:
    from ..publishing import build as building

    began = time.monotonic()
    try:
        built = building.build(
            options.module,
            module,
            interpreter,
            abi=abi,
            seed=options.seed,
            compiler=options.compiler or None,
            progress=output.note,
        )
    except building.CheckError as error:
        for finding in error.findings:
            output.note(str(finding))
        raise _will_not_work(options.module, len(error.findings)) from error
    except building.StartError as error:
        for line in error.log.splitlines():
            output.note(line)
        raise
    output.note(f"built {options.module} in {time.monotonic() - began:.0f} s")
    return built


def _say_names(module: Module, *, embedded: bool = False) -> None:
    """And what of the module does nothing inside a real server."""
    from ..publishing.build import migrations_given, names_given

    for line in (names_given(module), None if embedded else migrations_given(module)):
        if line is not None:
            output.note(line)


def _check(name: str, abi: str | None) -> None:
    from ..publishing.build import AbiError, check_module, definition_for
    from ..publishing.interpreter import find_interpreter
    from ..standalone.module_files import load_module

    module = load_module(name)
    try:
        definition_for(module, abi or "1.x", output.note)
    except AbiError as error:
        if abi is not None:
            raise
        output.note(str(error))
    _say_names(module)
    findings = check_module(name, find_interpreter(), output.note)
    for finding in findings:
        output.line(str(finding))
    if findings:
        raise _will_not_work(name, len(findings))
    output.line(f"{name} will work inside a database, as far as can be seen beforehand")


def _will_not_work(name: str, lines: int) -> SpacetimeDBException:
    return SpacetimeDBException(f"{lines} line{'s' * (lines != 1)} of {name} will not work inside a database")
