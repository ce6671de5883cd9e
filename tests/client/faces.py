"""One way to drive either client, so that a behaviour is written once and shown on both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until


class Log(list[Any]):
    """What callbacks said, in order; whoever waits is woken by each entry."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = asyncio.Event()

    def append(self, entry: Any) -> None:
        super().append(entry)
        self.changed.set()

    def noting(self, name: str, result: Any = None) -> Callable[..., Any]:
        """A callback that notes its name and arguments."""

        def note(*args: Any) -> Any:
            self.append((name, *args))
            return result

        return note

    def named(self, name: str) -> list[Any]:
        return [entry for entry in self if entry[0] == name]


class Face:
    """A client that is being driven through its own methods."""

    client: SpacetimeDBClient | SpacetimeDBAsyncClient
    bindings: ModuleType = bindings
    is_async = False

    def __init__(self, host: str, log: Log) -> None:
        self.host = host
        self.log = log

    async def start(self, token: str | None = None, *, subscribe: Iterable[str] = (), **options: Any) -> None:
        raise NotImplementedError

    async def until(self, condition: Callable[[], Any]) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError

    @property
    def frame(self) -> SpacetimeDBClient:
        """The frame face: of the async client it is `.client`, as programs of 0.7 use it."""
        return self.client.client if isinstance(self.client, SpacetimeDBAsyncClient) else self.client

    def call(self, name: str, *args: Any) -> Any:
        """Call a reducer at once, whichever client it is; what it returns may be waited for."""
        return getattr(self.client.reducers, name)(*args)

    async def settle(self) -> None:
        """Wait for the answer to a call that does nothing: all that was asked before has been answered then."""
        before = len(self.log.named("settled"))
        self.client.register_on_reducer("nothing", note := self.log.noting("settled"))
        self.call("nothing")
        await self.until(lambda: len(self.log.named("settled")) > before)
        self.client.unregister_on_reducer("nothing", note)


class BasicFace(Face):
    client: SpacetimeDBClient

    async def start(self, token: str | None = None, *, subscribe: Iterable[str] = (), **options: Any) -> None:
        self.client = SpacetimeDBClient.init(
            token,
            self.host,
            "conformance",
            False,
            self.bindings,
            on_connect=self.log.noting("connect"),
            on_disconnect=self.log.noting("disconnect"),
            on_identity=self.log.noting("identity"),
            on_error=self.log.noting("error"),
            **options,
        )
        if subscribe:
            self.client.register_on_subscription_applied(self.log.noting("applied"))
            self.client.subscribe(subscribe)
            await self.until(lambda: self.log.named("applied"))
        await self.until(lambda: self.log.named("identity"))

    async def until(self, condition: Callable[[], Any]) -> None:
        until(condition, self.client, what=lambda: f"so far: {self.log}")

    async def stop(self) -> None:
        self.client.close()


class AsyncFace(Face):
    client: SpacetimeDBAsyncClient
    is_async = True

    def __init__(self, host: str, log: Log) -> None:
        super().__init__(host, log)
        self.client = SpacetimeDBAsyncClient(self.bindings)
        self.task: asyncio.Task[None] | None = None

    async def start(self, token: str | None = None, *, subscribe: Iterable[str] = (), **options: Any) -> None:
        self.client.register_on_subscription_applied(self.log.noting("applied"))
        on_error = options.pop("on_error", self.log.noting("error"))
        self.task = asyncio.create_task(
            self.client.run(
                token,
                self.host,
                "conformance",
                False,
                self.log.noting("identity"),
                subscribe,
                on_error=on_error,
                **options,
            )
        )
        await self.until(lambda: self.log.named("applied" if subscribe else "identity"))

    async def until(self, condition: Callable[[], Any]) -> None:
        assert self.task is not None
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.log.changed.clear()
                woken = asyncio.create_task(self.log.changed.wait())
                await asyncio.wait((woken, self.task), return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
                if self.task.done() and not condition():
                    await self.task
                    raise AssertionError(f"run() returned; so far: {self.log}")

    async def stop(self) -> None:
        self.client.force_close()
        if self.task is not None:
            await self.task


# Both clients over v1.bsatn, and every other protocol through one of them.
CONNECTIONS: dict[str, tuple[type[Face], str]] = {
    "basic": (BasicFace, "v1"),
    "async": (AsyncFace, "v1"),
    "basic-v1.json": (BasicFace, "v1.json"),
    "async-v2": (AsyncFace, "v2"),
    "basic-v3": (BasicFace, "v3"),
}
