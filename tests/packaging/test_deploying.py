"""docs/deploying.md: each of its files does what the page says."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import ConnectError, HttpError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module, ReducerContext, Row, column, u32
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.system.requirements import EXTRAS
from tests.codegen.golden import conformance as bindings
from tests.conformance.conformance_module import module as conformance
from tests.places import DOCS, ROOT
from tests.plugins.waiting import until
from tests.transport.test_tls import Certificate, certificate

__all__ = ["certificate"]

FILES = DOCS / "deploying"
PAGE = (DOCS / "deploying.md").read_text(encoding="utf-8")

shop = Module("shop")


@shop.table(public=True)
class Item(Row):
    """What a backup is to have."""

    item_id: u32 = column(primary_key=True, auto_inc=True)
    name: str


@shop.reducer
def add(ctx: ReducerContext, name: str) -> None:
    ctx.db[Item].insert(Item(item_id=0, name=name))


def text(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


def test_the_page_names_each_file() -> None:
    assert set(re.findall(r"\(deploying/([\w.-]+)\)", PAGE)) == {path.name for path in FILES.iterdir()}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def nginx(folder: Path, certificate: Certificate, target: str) -> Iterator[str]:
    """The file of the page, with the test's own certificate and ports; its address."""
    port = free_port()
    site = text("nginx.conf").replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    site = site.replace("http://127.0.0.1:3000", target)
    site = re.sub(r"(ssl_certificate(?:_key)?\s+)[^;]+", rf"\g<1>{certificate.path}", site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "\n".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    whole = (
        f"daemon off; pid {folder / 'nginx.pid'}; error_log {folder / 'errors'};\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{site}\n}}"
    )
    (folder / "nginx.conf").write_text(whole)
    program = shutil.which("nginx") or "nginx"
    with subprocess.Popen(
        [program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
    ) as process:
        try:
            until(lambda: process.poll() is not None or _listens(port))
            assert process.poll() is None, (folder / "errors").read_text()
            yield f"https://127.0.0.1:{port}/game"
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")
def test_players_come_through_nginx_and_strangers_get_no_figures(
    tmp_path: Path, certificate: Certificate
) -> None:
    context = ssl.create_default_context(cafile=str(certificate.path))
    with (
        Server(conformance, database="conformance") as server,
        nginx(tmp_path, certificate, server.url) as url,
    ):
        client = SpacetimeDBClient.init(None, url, "conformance", None, bindings, ssl_context=context)
        with client:
            until(lambda: client.is_connected, client)
            assert client.reducers.nothing().result(60).committed
        outside = HttpClient(url, ssl_context=context)
        outside.ping()
        with pytest.raises((HttpError, ConnectError), match="403"):
            outside._request("GET", "/v1/metrics")


def started(command: list[str], folder: Path) -> None:
    """Run the server as the file does, with a folder, a module and a port of the test, until it is ready."""
    given = {
        "--module": "chat_module",
        "--listen": "127.0.0.1:0",
        "--database": "chat",
        "--data-dir": str(folder),
    }
    arguments = list(command[command.index("-m") + 1 :])
    for position, argument in enumerate(arguments):
        if argument in given:
            arguments[position + 1] = given[argument]
        elif argument == "--owner-token":
            arguments[position + 1] = str(folder / "owner.token")
    with subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT / "examples" / "chat",
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'examples' / 'chat'}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready http://")
        process.terminate()
        process.wait(60)
    assert (folder / "chat.sqlite").exists()


def test_the_service_starts_a_server(tmp_path: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", text("spacetimedb-game.service"), re.MULTILINE)
    started(shlex.split(line), tmp_path / "data")


def test_the_container_starts_a_server_with_what_it_needs(tmp_path: Path) -> None:
    file = text("Dockerfile")
    parts = [json.loads(found) for found in re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", file, re.MULTILINE)]
    started([*parts[0], *parts[1]], tmp_path / "data")
    installed = set(re.findall(r'[\s"]((?:websocket-client|aiohttp|sqlglot|PyJWT|blake3)[^\s"]*)', file))
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert installed == {
        "websocket-client",
        *json.loads(re.findall(r"^server = (\[.*\])$", pyproject, re.MULTILINE)[0]),
    }
    assert "server" in EXTRAS


def test_a_backup_stops_the_service_copies_and_starts_it_again(tmp_path: Path) -> None:
    data, backups, told = tmp_path / "data", tmp_path / "backups", tmp_path / "told"
    with Server(shop, database="shop", data_dir=str(data)) as server:
        HttpClient(server.url).call("shop", "add", ["sword"])
    programs = tmp_path / "bin"
    programs.mkdir()
    # In place of the system's: one that notes what it is asked, and a clock that makes each name another.
    (programs / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    (programs / "date").write_text(f"#!/bin/sh\nwc -l < {told} | tr -d ' '\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    told.touch()
    command = [str(FILES / "backup.sh"), "mygame", str(data), str(backups)]
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for _ in range(9):
        subprocess.run(command, env=environment, check=True)
    assert told.read_text().splitlines() == ["stop mygame", "start mygame"] * 9
    assert len(list(backups.iterdir())) == 7
    newest = max(backups.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    with Server(shop, database="shop", data_dir=str(newest)) as server:
        assert [item.name for item in server.run(lambda database: database.rows(Item))] == ["sword"]
    shutil.rmtree(data)
    assert subprocess.run(command, env=environment, check=False, stderr=subprocess.DEVNULL).returncode
    assert told.read_text().splitlines()[-1] == "start mygame"
