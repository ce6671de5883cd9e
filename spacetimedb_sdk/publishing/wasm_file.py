"""WebAssembly files: their sections, as far as it takes to put other memory into a module (WebAssembly core, section 5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum

from ..errors import SpacetimeDBException

__all__ = ["Section", "WasmError", "first_data", "is_wasm", "sections", "with_memory", "without_functions"]

MAGIC = b"\0asm\1\0\0\0"
PAGE = 65536
# As much as an instance may take (512 MiB): a server gives what is asked for, up to 4 GiB, and gets none of it back.
_MOST_PAGES = 8192
# Stretches of zeros shorter than this stay in their segment: a segment of its own costs about as much.
_GAP = 64
_STEP = 64


class WasmError(SpacetimeDBException):
    """A file that is no WebAssembly module, or not one of the kind that is needed."""


class Section(IntEnum):
    CUSTOM = 0
    IMPORT = 2
    MEMORY = 5
    EXPORT = 7
    CODE = 10
    DATA = 11
    DATA_COUNT = 12


def is_wasm(data: bytes) -> bool:
    return data[:8] == MAGIC


def sections(data: bytes) -> list[tuple[int, bytes]]:
    """`(id, content)` in order. WasmError for what is no module."""
    if not is_wasm(data):
        raise WasmError("this is no WebAssembly module")
    at, found = len(MAGIC), []
    try:
        while at < len(data):
            kind = data[at]
            size, at = _read_unsigned(data, at + 1)
            if at + size > len(data):
                raise IndexError
            found.append((kind, data[at : at + size]))
            at += size
    except IndexError:
        raise WasmError("this WebAssembly module is cut short") from None
    return found


def first_data(wasm: bytes) -> int:
    """The lowest address that the module puts data at: Rust's have their stack below it, and nothing else."""
    lowest = None
    for kind, body in sections(wasm):
        if kind != Section.DATA:
            continue
        count, at = _read_unsigned(body, 0)
        for _ in range(count):
            # Active segments of the only memory; others are not written by what compiles to one memory.
            if body[at : at + 2] != b"\0\x41":
                return 0
            address, at = _read_unsigned(body, at + 2)
            size, at = _read_unsigned(body, at + 1)
            at += size
            lowest = address if lowest is None else min(lowest, address)
    return lowest or 0


def with_memory(wasm: bytes, memory: bytes) -> bytes:
    """The module with `memory` (whole pages) as what its memory holds from the start, without names and other notes."""
    segments = list(_segments(memory))
    content = _unsigned(len(segments)) + b"".join(
        b"\0\x41" + _signed(_as_i32(start)) + b"\x0b" + _unsigned(end - start) + memory[start:end]
        for start, end in segments
    )
    out = [MAGIC]
    for kind, body in sections(wasm):
        match kind:
            case Section.CUSTOM:
                continue
            case Section.MEMORY:
                pages = len(memory) // PAGE
                body = b"\1\1" + _unsigned(pages) + _unsigned(max(pages, _MOST_PAGES))
            case Section.DATA:
                body = content
            case Section.DATA_COUNT:
                body = _unsigned(len(segments))
        out.append(bytes([kind]) + _unsigned(len(body)) + body)
    return b"".join(out)


def without_functions(wasm: bytes, functions: Collection[int], instead: str) -> bytes:
    """The module with the bodies of `functions`, by their number, taken out: one that is called all the same calls the exported
    function `instead`, which does not return."""
    called = _exported(wasm, instead)
    first = 0
    stub = b"\0\0\x0b" if called is None else b"\0\x10" + _unsigned(called) + b"\0\x0b"
    out = [MAGIC]
    for kind, body in sections(wasm):
        if kind == Section.IMPORT:
            first, _ = _read_unsigned(body, 0)  # nothing but functions is imported from a host
        if kind == Section.CODE:
            count, at = _read_unsigned(body, 0)
            bodies = []
            for number in range(first, first + count):
                size, start = _read_unsigned(body, at)
                at = start + size
                bodies.append(stub if number in functions else body[start:at])
            body = _unsigned(count) + b"".join(_unsigned(len(item)) + item for item in bodies)
        out.append(bytes([kind]) + _unsigned(len(body)) + body)
    return b"".join(out)


def _exported(wasm: bytes, name: str) -> int | None:
    """The number of the function that is exported as `name`."""
    for kind, body in sections(wasm):
        if kind != Section.EXPORT:
            continue
        count, at = _read_unsigned(body, 0)
        for _ in range(count):
            size, at = _read_unsigned(body, at)
            found, is_function = body[at : at + size], body[at + size] == 0
            number, at = _read_unsigned(body, at + size + 1)
            if is_function and found == name.encode():
                return number
    return None


def _segments(memory: bytes) -> Iterable[tuple[int, int]]:
    """Where something other than zeros lies, as `(start, end)`."""
    zeros = bytes(_STEP)
    start: int | None = None
    end = 0
    for at in range(0, len(memory), _STEP):
        if memory[at : at + _STEP] == zeros[: len(memory) - at]:
            continue
        if start is not None and at - end > _GAP:
            yield start, end
            start = None
        if start is None:
            start = at
        end = min(at + _STEP, len(memory))
    if start is not None:
        yield start, end


def _as_i32(address: int) -> int:
    """An address as the signed constant that an instruction holds."""
    return address if address < 1 << 31 else address - (1 << 32)


def _read_unsigned(data: bytes, at: int) -> tuple[int, int]:
    """A LEB128 number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


def _unsigned(value: int) -> bytes:
    out = bytearray()
    while True:
        byte, value = value & 127, value >> 7
        out.append(byte | (128 if value else 0))
        if not value:
            return bytes(out)


def _signed(value: int) -> bytes:
    out = bytearray()
    while True:
        byte, value = value & 127, value >> 7
        is_last = (value == 0 and not byte & 64) or (value == -1 and bool(byte & 64))
        out.append(byte | (0 if is_last else 128))
        if is_last:
            return bytes(out)
