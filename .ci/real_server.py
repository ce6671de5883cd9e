"""Builds a real SpacetimeDB 1.2.0, starts it and publishes the conformance module, and the official Blackholio if it is
named; or stops it."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from spacetimedb_sdk.errors import ConnectError, SpacetimeDBException
from spacetimedb_sdk.http import HttpClient

ROOT = Path(__file__).resolve().parent.parent
VERSION = "1.2.0"
CONFORMANCE = "conformance"
BLACKHOLIO = "blackholio"
START_SECONDS = 120.0


def build(folder: Path) -> Path:
    """The server's program, built from its crates the first time (about twenty minutes on two cores)."""
    program = folder / "bin" / "spacetimedb-standalone"
    if program.exists():
        return program
    cargo = shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo" / "bin"))
    if cargo is None:
        raise SystemExit("building SpacetimeDB needs cargo: install Rust from https://rustup.rs")
    print(f"building SpacetimeDB {VERSION}; this takes a while, once")
    crate = f"spacetimedb-standalone@{VERSION}"
    subprocess.run([cargo, "install", crate, "--locked", "--root", str(folder)], check=True)
    return program


def in_python(name: str, folder: Path) -> Path:
    """The file that a module written in Python is published as (needs the interpreter, `make runtime`)."""
    from spacetimedb_sdk.publishing.build import build as build_module
    from spacetimedb_sdk.publishing.interpreter import ABI_1, find_interpreter
    from spacetimedb_sdk.standalone.module_files import load_module

    folder.mkdir(parents=True, exist_ok=True)
    wasm = folder / f"{name}.wasm"
    wasm.write_bytes(build_module(name, load_module(name), find_interpreter(), abi=ABI_1))
    return wasm


def is_up(url: str) -> bool:
    try:
        HttpClient(url, timeout=1.0).ping()
    except ConnectError:
        return False
    return True


def start(folder: Path, url: str, modules: dict[str, Path]) -> None:
    """Start it where it does not run, and publish each of `modules` as the database of its name."""
    for database, wasm in modules.items():
        if not wasm.is_file():
            raise SystemExit(f"no module at {wasm}: name it with {database.upper()}_WASM=FILE")
    program = build(folder)
    if not is_up(url):
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        keys = ["--jwt-pub-key-path", str(data / "key.pub"), "--jwt-priv-key-path", str(data / "key")]
        with (folder / "log").open("ab") as log:
            server = subprocess.Popen(
                [program, "start", "-l", urlsplit(url).netloc, "--data-dir", data, *keys],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (folder / "pid").write_text(str(server.pid))
        deadline = time.monotonic() + START_SECONDS
        while not is_up(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"SpacetimeDB did not start: see {folder / 'log'}")
            time.sleep(0.1)
    for database, wasm in modules.items():
        publish(folder, url, database, wasm)
    print(f"SpacetimeDB {VERSION} at {url} with {' and '.join(modules)}; `make stop-real-server` ends it")


def publish(folder: Path, url: str, database: str, wasm: Path) -> None:
    """As the owner of the first publication, whose token is kept in `folder`."""
    token_file = folder / "token"
    if not token_file.exists():
        token_file.touch(mode=0o600)
        token_file.write_text(HttpClient(url).identity().token)
    HttpClient(url, token_file.read_text(), timeout=3600.0).publish(database, wasm.read_bytes())


def stop(folder: Path) -> None:
    pid_file = folder / "pid"
    if not pid_file.exists():
        raise SystemExit("no server was started here")
    try:
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
    except ProcessLookupError:
        print("it had ended already")
    pid_file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--url", default="http://127.0.0.1:3000")
    parser.add_argument("--wasm", type=Path, default=ROOT / "tests" / "conformance" / "conformance.wasm")
    parser.add_argument("--blackholio", type=Path)
    parser.add_argument(
        "--python",
        metavar="PACKAGE.MODULE",
        help="a Python module to publish as `conformance` in place of --wasm",
    )
    args = parser.parse_args()
    if args.python is not None:
        args.wasm = in_python(args.python, args.folder)
    modules = {CONFORMANCE: args.wasm} | ({BLACKHOLIO: args.blackholio} if args.blackholio else {})
    try:
        if args.action == "start":
            start(args.folder, args.url, modules)
        else:
            stop(args.folder)
    except (SpacetimeDBException, subprocess.CalledProcessError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
