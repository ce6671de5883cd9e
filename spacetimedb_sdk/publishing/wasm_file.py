"""WebAssembly files: read section by section, written again, and given other memory (WebAssembly core, section 5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import IntEnum

from ..errors import SpacetimeDBException

__all__ = [
    "Reader",
    "Section",
    "WasmError",
    "exported_functions",
    "first_data",
    "is_wasm",
    "sections",
    "signed",
    "unsigned",
    "with_bodies",
    "with_memory",
    "with_names",
    "with_stack",
    "without_functions",
    "written",
]

MAGIC = b"\0asm\1\0\0\0"
PAGE = 65536
# As much as an instance may take (512 MiB): a server gives what is asked for, up to 4 GiB, and gets none of it back.
_MOST_PAGES = 8192
# Stretches of zeros shorter than this stay in their segment: a segment of its own costs about as much.
_GAP = 64
_STEP = 64
_UNREACHABLE = b"\0\0\x0b"
# A global that may change, and begins as a constant of 32 bits.
_I32_VARIABLE = b"\x7f\1\x41"


class WasmError(SpacetimeDBException):
    """A file that is no WebAssembly module, or not one of the kind that is needed."""


class Section(IntEnum):
    CUSTOM = 0
    TYPE = 1
    IMPORT = 2
    FUNCTION = 3
    MEMORY = 5
    GLOBAL = 6
    EXPORT = 7
    START = 8
    ELEMENT = 9
    CODE = 10
    DATA = 11
    DATA_COUNT = 12


class Reader:
    """Reads a section, or a part of one, from `at` on. IndexError where it is cut short."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.data)

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def unsigned(self) -> int:
        """A LEB128 number."""
        return self._number()[0]

    def signed(self) -> int:
        """A LEB128 number with a sign."""
        value, bits, last = self._number()
        return value - (1 << bits) if last & 64 else value

    def _number(self) -> tuple[int, int, int]:
        data, at = self.data, self.at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                self.at = at
                return value, shift, byte

    def bytes(self) -> bytes:
        """Bytes with their count before them."""
        size = self.unsigned()
        if self.at + size > len(self.data):
            raise IndexError
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> str:
        return self.bytes().decode()


def is_wasm(data: bytes) -> bool:
    return data[:8] == MAGIC


def sections(data: bytes) -> list[tuple[int, bytes]]:
    """`(id, content)` in order. WasmError for what is no module."""
    if not is_wasm(data):
        raise WasmError("this is no WebAssembly module")
    reader, found = Reader(data, len(MAGIC)), []
    try:
        while not reader.is_done:
            found.append((reader.byte(), reader.bytes()))
    except IndexError:
        raise WasmError("this WebAssembly module is cut short") from None
    return found


def written(parts: Iterable[tuple[int, bytes]]) -> bytes:
    """The module that has those sections: the reverse of `sections`."""
    out = [MAGIC]
    for kind, content in parts:
        out += [bytes([kind]), unsigned(len(content)), content]
    return b"".join(out)


def first_data(wasm: bytes) -> int:
    """The lowest address that the module puts data at: Rust's have their stack below it, and nothing else."""
    lowest = None
    for kind, body in sections(wasm):
        if kind != Section.DATA:
            continue
        reader = Reader(body)
        for _ in range(reader.unsigned()):
            # Active segments of the only memory; others are not written by what compiles to one memory.
            if (reader.byte(), reader.byte()) != (0, 0x41):
                return 0
            address = reader.signed() & 0xFFFF_FFFF
            reader.byte()
            reader.bytes()
            lowest = address if lowest is None else min(lowest, address)
    return lowest or 0


def with_memory(wasm: bytes, memory: bytes) -> bytes:
    """The module with `memory` (whole pages) as what its memory holds from the start, without names and other notes."""
    segments = list(_segments(memory))
    content = unsigned(len(segments)) + b"".join(
        b"\0\x41" + signed(_as_i32(start)) + b"\x0b" + unsigned(end - start) + memory[start:end]
        for start, end in segments
    )
    pages = len(memory) // PAGE
    changed: dict[int, bytes] = {
        Section.MEMORY: b"\1\1" + unsigned(pages) + unsigned(max(pages, _MOST_PAGES)),
        Section.DATA: content,
        Section.DATA_COUNT: unsigned(len(segments)),
    }
    kept = ((kind, body) for kind, body in sections(wasm) if kind != Section.CUSTOM)
    return written((kind, changed.get(kind, body)) for kind, body in kept)


def with_stack(wasm: bytes, size: int) -> bytes:
    """The module with `size` bytes of stack, of those that the linker has put at the bottom of its memory. WasmError where the first
    global is no place of a stack."""
    out = []
    for kind, body in sections(wasm):
        if kind == Section.GLOBAL:
            reader = Reader(body)
            count, variable = reader.unsigned(), body[reader.at : reader.at + 3]
            reader.at += len(variable)
            if variable != _I32_VARIABLE or reader.signed() != first_data(wasm) or size > first_data(wasm):
                raise WasmError("this module does not have its stack at the bottom of its memory")
            body = unsigned(count) + variable + signed(size) + body[reader.at :]
        out.append((kind, body))
    return written(out)


def with_names(wasm: bytes, module: str, functions: Mapping[str, str]) -> bytes:
    """The module with names that an engine shows where it fails: its own, and other ones for exported `functions`."""
    numbers = exported_functions(wasm)
    named = sorted((numbers[name], shown) for name, shown in functions.items() if name in numbers)
    listed = unsigned(len(named)) + b"".join(unsigned(number) + _text(shown) for number, shown in named)
    own = _text(module)
    parts = b"\0" + unsigned(len(own)) + own + b"\1" + unsigned(len(listed)) + listed
    return wasm + written([(Section.CUSTOM, _text("name") + parts)])[len(MAGIC) :]


def _text(text: str) -> bytes:
    encoded = text.encode()
    return unsigned(len(encoded)) + encoded


def exported_functions(wasm: bytes) -> dict[str, int]:
    """The numbers of the functions that are exported, by their names."""
    found = {}
    for kind, body in sections(wasm):
        if kind == Section.EXPORT:
            reader = Reader(body)
            for _ in range(reader.unsigned()):
                name, is_function, number = reader.text(), reader.byte() == 0, reader.unsigned()
                if is_function:
                    found[name] = number
    return found


def with_bodies(wasm: bytes, bodies: Mapping[int, bytes]) -> bytes:
    """The module with other bodies for the functions of those numbers."""
    first = 0
    out = []
    for kind, body in sections(wasm):
        if kind == Section.IMPORT:
            first = Reader(body).unsigned()  # nothing but functions is imported from a host
        if kind == Section.CODE:
            reader = Reader(body)
            count = reader.unsigned()
            parts = [unsigned(count)]
            for number in range(first, first + count):
                own = reader.bytes()
                content = bodies.get(number, own)
                parts += [unsigned(len(content)), content]
            body = b"".join(parts)
        out.append((kind, body))
    return written(out)


def without_functions(
    wasm: bytes, functions: Collection[int], instead: str, arguments: Iterable[int] = ()
) -> bytes:
    """The module with the bodies of `functions`, by their number, taken out: one that is called all the same calls the exported
    function `instead` with `arguments`, numbers of 32 bits; it does not return."""
    called = exported_functions(wasm).get(instead)
    given = b"".join(b"\x41" + signed(_as_i32(argument)) for argument in arguments)
    stub = _UNREACHABLE if called is None else b"\0" + given + b"\x10" + unsigned(called) + _UNREACHABLE[1:]
    return with_bodies(wasm, dict.fromkeys(functions, stub))


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


def unsigned(value: int, width: int = 0) -> bytes:
    """LEB128 of at least `width` bytes."""
    out = bytearray()
    while value > 127 or len(out) + 1 < width:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """LEB128 of a number with a sign."""
    out = bytearray()
    while True:
        byte, value = value & 127, value >> 7
        is_last = (value == 0 and not byte & 64) or (value == -1 and bool(byte & 64))
        out.append(byte | (0 if is_last else 128))
        if is_last:
            return bytes(out)
