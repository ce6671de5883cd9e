"""A module of idioms: it runs one by its number, and fails in several ways."""

from __future__ import annotations

import importlib

from spacetimedb_sdk.module import Module, ReducerContext, u32

from . import plain, texts_into_code
from .kinds import IDIOMS

__all__ = ["module", "plain", "texts_into_code"]

module = Module("compiling")


@module.reducer
def run(ctx: ReducerContext, number: u32) -> None:
    try:
        answer = repr(IDIOMS[number]())
    except Exception as error:  # noqa: BLE001 - whatever fails is what is looked for
        answer = f"{type(error).__name__}: {error}"
    ctx.logger.info("%s", answer)


@module.reducer
def fail(ctx: ReducerContext, kind: u32) -> None:
    match kind:
        case 0:
            texts_into_code.evaluated()
        case 1:
            try:
                texts_into_code.evaluated()
            except RuntimeError as error:
                raise ValueError("another") from error
        case 2:
            importlib.import_module("".join(["statis", "tics"]))
        case 3:
            __import__("z" + "lib").crc32(b"")
        case 4:
            importlib.import_module("json.no" + "thing")
        case 5:
            raise ValueError("of its own")
