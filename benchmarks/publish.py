"""What a Python module costs inside a real SpacetimeDB: the file, building and publishing it, its calls, the server's memory.

    python -m benchmarks.publish [--module NAME ...] [--rust FILE.wasm ...] [--server URL] [--pid PID] [--calls N]

Without `--server` only files are built, timed and measured. With one (a SpacetimeDB of one's own, `make real-server`) each module is
published to it as a database that is deleted afterwards, and its reducer that takes no arguments is called N times over HTTP; `--pid`
is the server's process, whose memory is read. `--rust` names the same module compiled from Rust (`generate --lang rust`, or
the conformance module of the tests), which is treated alike. Needs the interpreter, `make runtime`.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

from spacetimedb_sdk.errors import HttpError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.publishing.build import build
from spacetimedb_sdk.publishing.instance import ModuleInstance
from spacetimedb_sdk.publishing.interpreter import ABI_1, ABI_2, find_interpreter
from spacetimedb_sdk.standalone.module_files import load_module

__all__ = ["Figures", "measure"]

_MODULES = ("tests.conformance.conformance_module", "game.rules")
_COMPILING_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Megabytes and seconds; `call_ms` are a median and a 99th percentile, `server_mb` the server's memory before the module
    came, with it, and the most that there was. None where no server, or no process of it, was named."""

    name: str
    file_mb: float
    packed_mb: float
    instance_mb: float
    build_s: float | None
    publish_s: float | None = None
    call_ms: tuple[float, float] | None = None
    server_mb: tuple[float, float, float] | None = None

    def rows(self) -> Iterable[tuple[str, str]]:
        yield "file", f"{self.file_mb:.1f} MB, {self.packed_mb:.1f} MB packed"
        yield "an instance's memory", f"{self.instance_mb:.1f} MB"
        if self.build_s is not None:
            yield "building", f"{self.build_s:.1f} s"
        if self.publish_s is not None:
            yield "publishing", f"{self.publish_s:.1f} s"
        if self.call_ms is not None:
            yield "a call over HTTP", "median {:.2f} ms, 99 of 100 within {:.2f} ms".format(*self.call_ms)
        if self.server_mb is not None:
            yield (
                "the server's memory",
                "{:.0f} MB before, {:.0f} MB with it, {:.0f} MB at most".format(*self.server_mb),
            )


def measure(
    name: str,
    wasm: bytes,
    build_s: float | None,
    *,
    server: str | None = None,
    pid: int | None = None,
    calls: int = 200,
) -> Figures:
    """The figures of one compiled module."""
    instance = ModuleInstance(wasm)
    instance.start()
    instance.describe()
    size = len(instance.memory) / 1e6
    sizes = len(wasm) / 1e6, len(zlib.compress(wasm, 6)) / 1e6, size
    if server is None:
        return Figures(name, *sizes, build_s)
    before = None if pid is None else _memory(pid)[0]
    token = HttpClient(server).identity().token
    http = HttpClient(server, token, timeout=_COMPILING_SECONDS)
    database = f"measured-{uuid4().hex[:12]}"
    began = time.perf_counter()
    http.publish(database, wasm)
    publish_s = time.perf_counter() - began
    try:
        times = sorted(_calls(http, database, calls))
        memory = None if pid is None or before is None else (before, *_memory(pid))
    finally:
        _delete(server, token, database)
    call_ms = (times[len(times) // 2], times[len(times) * 99 // 100]) if times else None
    return Figures(name, *sizes, build_s, publish_s, call_ms, memory)


def _calls(http: HttpClient, database: str, count: int) -> Iterable[float]:
    """Milliseconds of each call of the first reducer that takes nothing; none where there is none."""
    definition = http.schema(database)
    names = [
        item["name"]
        for item in definition["reducers"]
        if not item["params"]["elements"] and "none" in item["lifecycle"]
    ]
    for _ in range(count if names else 0):
        began = time.perf_counter()
        with suppress(HttpError):  # a reducer that refuses is as long on its way
            http.call(database, names[0])
        yield (time.perf_counter() - began) * 1000


def _delete(server: str, token: str, database: str) -> None:
    url = f"{server.rstrip('/')}/v1/database/{database}"
    request = Request(url, method="DELETE", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=30.0) as answer:
        answer.read()


def _memory(pid: int) -> tuple[float, float]:
    """A process's memory as it is, and the most that it was, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    now, most = (re.findall(rf"{field}:\s+(\d+) kB", status)[0] for field in ("VmRSS", "VmHWM"))
    return int(now) * 1024 / 1e6, int(most) * 1024 / 1e6


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--module", action="append", metavar="NAME", help=f"default: {', '.join(_MODULES)}")
    parser.add_argument("--rust", action="append", type=Path, default=[], metavar="FILE.wasm")
    parser.add_argument("--server", metavar="URL")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--calls", type=int, default=200, metavar="N")
    options = parser.parse_args(arguments)
    abi = ABI_1
    if options.server is not None:
        abi = ABI_2 if HttpClient(options.server).plans_migrations() else ABI_1
    found: list[tuple[str, bytes, float | None]] = []
    for name in options.module or _MODULES:
        module = load_module(name)
        began = time.perf_counter()
        wasm = build(name, module, find_interpreter(), abi=abi)
        found.append((f"{name} (Python)", wasm, time.perf_counter() - began))
    found += [(f"{path.name} (Rust)", path.read_bytes(), None) for path in options.rust]
    for name, wasm, seconds in found:
        print(name)
        for what, value in measure(
            name, wasm, seconds, server=options.server, pid=options.pid, calls=options.calls
        ).rows():
            print(f"  {what:<22}{value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
