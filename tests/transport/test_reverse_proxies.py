"""A server behind a reverse proxy, with TLS and a path in front: both faces, HTTP and the command line find it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp import web

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until

from .test_tls import Certificate, certificate

__all__ = ["certificate"]


class ReverseProxy:
    """Forwards `/game/...` to a server, WebSockets too; everything else is not found."""

    def __init__(self, target: str, context: ssl.SSLContext | None) -> None:
        self._target = target
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    def __enter__(self) -> ReverseProxy:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()
        # Here, and not where it is closed: a test may have a loop of its own there, as playwright's are.
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/game/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        url = f"{self._target}/{request.match_info['path']}?{request.query_string}"
        kept = {"Authorization", "Content-Type"}
        headers = {name: value for name, value in request.headers.items() if name in kept}
        async with aiohttp.ClientSession(headers=headers) as session:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                offered = request.headers["Sec-WebSocket-Protocol"].split(",")
                async with session.ws_connect(url, protocols=offered, max_msg_size=0) as behind:
                    front = web.WebSocketResponse(protocols=[behind.protocol or ""])
                    await front.prepare(request)
                    await asyncio.wait(
                        [
                            asyncio.ensure_future(_pump(front, behind)),
                            asyncio.ensure_future(_pump(behind, front)),
                        ],
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    await front.close()
                    return front
            async with session.request(request.method, url, data=await request.read()) as answer:
                return web.Response(status=answer.status, body=await answer.read())


async def _pump(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    target: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)
        elif message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)


@pytest.fixture(params=["http", "https", "wss"])
def place(
    request: pytest.FixtureRequest, embedded: str, certificate: Certificate
) -> Iterator[tuple[str, ssl.SSLContext | None]]:
    """The URL of the server behind the proxy, and the context that trusts it."""
    secure = request.param != "http"
    with ReverseProxy(f"http://{embedded}", certificate.context if secure else None) as proxy:
        trust = ssl.create_default_context(cafile=str(certificate.path)) if secure else None
        yield f"{request.param}://127.0.0.1:{proxy.port}/game/", trust


def test_both_faces(place: tuple[str, ssl.SSLContext | None]) -> None:
    url, trust = place
    with SpacetimeDBClient.init(
        None,
        url,
        "conformance",
        trust is not None,
        bindings,
        ssl_context=trust,
        timeout=PATIENCE,
        verify_schema=True,
    ) as client:
        until(lambda: client.is_connected, client)
        assert client.reducers.nothing().result(PATIENCE).committed

    async def run() -> None:
        async with SpacetimeDBAsyncClient(bindings) as face:
            await face.connect(
                None, url, "conformance", trust is not None, ssl_context=trust, timeout=PATIENCE
            )
            assert (await face.call_reducer("nothing")).committed

    asyncio.run(run())


def test_http(place: tuple[str, ssl.SSLContext | None]) -> None:
    url, trust = place
    client = HttpClient(url, ssl_context=trust)
    client.ping()
    assert client.server_url.endswith("/game")
    assert client.call("conformance", "nothing") is None
    assert client.schema("conformance")


def test_the_command_line(embedded: str, capsys: pytest.CaptureFixture[str]) -> None:
    with ReverseProxy(f"http://{embedded}", None) as proxy:
        assert main(["describe", "conformance", "--server", f"http://127.0.0.1:{proxy.port}/game"]) == 0
    assert "item" in capsys.readouterr().out
