"""Parts: what of the linked interpreter serves one purpose alone, found by following who refers to what.

The linker is asked to keep its relocations (`--emit-relocs`): they name, for each place in the code and in the data, the
function or the constant that it refers to. What only functions of a part lead to goes where the part goes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

# A part: its modules, the paths they have in the mangled names of their functions, and functions through which the rest of it is
# entered. Identifiers follow their length there.
Part = tuple[list[str], str, str]
# Left out of every interpreter: threads, sockets and other interpreters, the tracing of each line, multiplying numbers of tens of
# thousands of digits by their Fourier transforms.
NEVER: Part = (
    ["_asyncio", "_interpchannels", "_interpqueues", "_interpreters", "_remote_debugging", "_socket", "_testinternalcapi"],
    r"8__asyncio|15__interpchannels|13__interpqueues|13__interpreters|17__remote_debugging|7__socket|17__testinternalcapi",
    r"20execute_instrumented$|3mul3fft(23mpn_mul_default_mpn_ctx|15mpn_ctx_mpn_mul|NtB5_17SerializedContext11deserialize)$",
)  # fmt: skip
# Left out of a module that has no use for it.
OPTIONAL: dict[str, Part] = {
    "compiler": (
        ["_symtable"],
        r"9__symtable",
        r"2vm7compileNt\w+14VirtualMachine(17compile_with_opts|32compile_string_object)|6stdlib4__ast(7compile|5parse|21preprocess_ast_object)$|9__symtable8symtable|33new_syntax_error_maybe_incomplete$"
        r"|8builtins8builtins7compile"
        r"|15PyTokenizerIter.*(13slot_iternext|8slot_new)",
    ),
    "east asian encodings": (
        ["_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw", "_multibytecodec"],
        r"10__codecs_(cn|hk|jp|kr|tw)|15__codecs_iso2022|15__multibytecodec", "",
    ),
    "compression": (["_bz2", "_lzma", "zlib"], r"4__bz2|5__lzma|4zlib4zlib", ""),
    "xml": (["_elementtree", "pyexpat"], r"12__elementtree|8__pyexpat|7pyexpat(6__model|7__errors)", ""),
    "names of letters": (["unicodedata"], r"11unicodedata11unicodedata", r"14unicode_names2"),
    "pickle": (["_pickle"], r"7__pickle", ""),
    "csv": (["_csv"], r"3csv4__csv", ""),
    "array": (["array"], r"5array5array", ""),
}  # fmt: skip
# What describes a module to the interpreter stays, for all are described at each start; what it refers to does not.
_DESCRIPTION = r"({})10module_def0E"
# The linker makes one of functions that are the same: small ones may be anybody's.
_OWN_BYTES = 70
_SHIM = "6vtable"
# Kinds of relocations (tool-conventions, Linking): those to a function, by its number or its place in the table, and to data.
_TO_FUNCTION = frozenset([0, 1, 2, 12, 18, 19, 24])
_TO_DATA = frozenset([3, 4, 5, 11, 14, 15, 16, 17, 21, 22, 23, 25])
_WITH_ADDEND = _TO_DATA | {8, 9}
_IMPORT, _FUNCTION, _EXPORT, _START, _ELEMENT, _CODE, _DATA = 2, 3, 7, 8, 9, 10, 11
_UNDEFINED, _EXPLICIT_NAME = 0x10, 0x40
_UNREACHABLE = b"\0\0\x0b"


class Reader:
    """Reads a WebAssembly section from its front."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def signed(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value - (1 << shift) if byte & 64 else value

    def bytes(self) -> bytes:
        size = self.number()
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> str:
        return self.bytes().decode()


def number(value: int, width: int = 0) -> bytes:
    out = bytearray()
    while value > 127 or len(out) + 1 < width:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def sections(wasm: bytes) -> list[tuple[int, str, bytes]]:
    """`(id, name of a custom section, content)`."""
    reader, found = Reader(wasm, 8), []
    while reader.at < len(wasm):
        kind, content = reader.byte(), reader.bytes()
        name = ""
        if kind == 0:
            inner = Reader(content)
            name = inner.text()
            content = content[inner.at :]
        found.append((kind, name, content))
    return found


def written(parts: Iterable[tuple[int, str, bytes]]) -> bytes:
    out = [b"\0asm\1\0\0\0"]
    for kind, name, content in parts:
        if kind == 0:
            content = number(len(name.encode())) + name.encode() + content
        out.append(bytes([kind]) + number(len(content)) + content)
    return b"".join(out)


# A function or a piece of data: ("f", index) or ("d", index of its symbol).
Node = tuple[str, int]


@dataclass
class Module:
    """A linked module with names and, where it was linked so, relocations."""

    wasm: bytes
    imported: int = 0
    names: dict[int, str] = field(default_factory=dict)
    bodies: list[tuple[int, int]] = field(default_factory=list)  # within the code section
    functions: dict[str, int] = field(default_factory=dict)  # that are exported
    table: dict[int, int] = field(default_factory=dict)  # place in the table: function
    segments: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # address, start within the data section, size
    data_symbols: dict[int, tuple[str, int, int, int]] = field(
        default_factory=dict
    )  # name, segment, offset, size
    links: dict[Node, set[Node]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.sections = sections(self.wasm)
        content = {kind: body for kind, _, body in self.sections if kind}
        custom = {name: body for kind, name, body in self.sections if not kind}
        self.code, self.data = content[_CODE], content[_DATA]
        self._read_imports(Reader(content[_IMPORT]))
        reader = Reader(content[_EXPORT])
        for _ in range(reader.number()):
            name, is_function, index = reader.text(), reader.byte() == 0, reader.number()
            if is_function:
                self.functions[name] = index
        self.exported = set(self.functions.values())
        if _START in content:
            self.exported.add(Reader(content[_START]).number())
        self._read_table(Reader(content[_ELEMENT]))
        reader = Reader(self.code)
        for _ in range(reader.number()):
            size = reader.number()
            self.bodies.append((reader.at, reader.at + size))
            reader.at += size
        self._read_segments(Reader(self.data))
        if "name" in custom:
            self._read_names(Reader(custom["name"]))
        if "linking" in custom:
            self._read_links(custom)

    def _read_imports(self, reader: Reader) -> None:
        for _ in range(reader.number()):
            reader.bytes(), reader.bytes()
            kind = reader.byte()
            if kind != 0:
                raise ValueError("only functions are imported by such a module")
            reader.number()
            self.imported += 1

    def _read_table(self, reader: Reader) -> None:
        for _ in range(reader.number()):
            flags = reader.number()
            if flags != 0 or reader.byte() != 0x41:
                raise ValueError("another kind of table than Rust's")
            at = reader.signed()
            reader.byte()
            for place in range(at, at + reader.number()):
                self.table[place] = reader.number()

    def _read_segments(self, reader: Reader) -> None:
        for _ in range(reader.number()):
            if reader.number() != 0 or reader.byte() != 0x41:
                raise ValueError("another kind of data than Rust's")
            address = reader.signed() & 0xFFFF_FFFF
            reader.byte()
            size = reader.number()
            self.segments.append((address, reader.at, size))
            reader.at += size

    def _read_names(self, reader: Reader) -> None:
        while reader.at < len(reader.data):
            kind, content = reader.byte(), reader.bytes()
            if kind == 1:
                inner = Reader(content)
                for _ in range(inner.number()):
                    index = inner.number()
                    self.names[index] = inner.text()

    def _read_links(self, custom: dict[str, bytes]) -> None:
        symbols: dict[int, Node] = {}
        reader = Reader(custom["linking"])
        reader.number()
        while reader.at < len(reader.data):
            kind, content = reader.byte(), reader.bytes()
            if kind == 8:
                self._read_symbols(Reader(content), symbols)
        # The section that a relocation stands in, and who lies where in it.
        owners = {"reloc.CODE": self._code_owners(), "reloc.DATA": self._data_owners()}
        for name, owner in owners.items():
            for member, first in owner.members:
                self.links[member].add(first)
            reader = Reader(custom[name])
            reader.number()
            for _ in range(reader.number()):
                kind, offset, index = reader.byte(), reader.number(), reader.number()
                if kind in _WITH_ADDEND:
                    reader.signed()
                if kind not in _TO_FUNCTION and kind not in _TO_DATA:
                    continue
                target = symbols.get(index)
                source = owner.at(offset)
                if target is not None and source is not None:
                    self.links[source].add(target)
                elif source is None:
                    raise ValueError(f"a relocation of nobody's at {offset} of {name}")

    def _read_symbols(self, reader: Reader, symbols: dict[int, Node]) -> None:
        for symbol in range(reader.number()):
            kind, flags = reader.byte(), reader.number()
            if kind == 1:
                name = reader.text()
                if not flags & _UNDEFINED:
                    self.data_symbols[symbol] = name, reader.number(), reader.number(), reader.number()
                    symbols[symbol] = "d", symbol
            elif kind == 3:
                reader.number()
            else:
                index = reader.number()
                if not flags & _UNDEFINED or flags & _EXPLICIT_NAME:
                    reader.bytes()
                if kind == 0:
                    symbols[symbol] = "f", index

    def _code_owners(self) -> Ranges:
        return Ranges((start, end, ("f", self.imported + i)) for i, (start, end) in enumerate(self.bodies))

    def _data_owners(self) -> Ranges:
        return Ranges(
            (self.segments[segment][1] + offset, self.segments[segment][1] + offset + size, ("d", symbol))
            for symbol, (_, segment, offset, size) in self.data_symbols.items()
            if size
        )

    def called(self) -> None:
        """Learn who calls whom from the code itself, where there are no relocations: only of calls by number, that is."""
        for i, (start, end) in enumerate(self.bodies):
            self.links["f", self.imported + i] = {("f", target) for target in calls_in(self.code, start, end)}

    def reached(self, without: set[int], roots: set[int] | None = None) -> set[Node]:
        """What is in use as long as none of the functions `without` runs; `roots` are those that are called from outside."""
        found: set[Node] = set()
        waiting: list[Node] = [("f", index) for index in (self.exported if roots is None else roots)]
        while waiting:
            node = waiting.pop()
            if node in found:
                continue
            found.add(node)
            if node[0] == "f" and node[1] in without:
                continue
            waiting.extend(self.links.get(node, ()))
        return found

    def place(self, symbol: int) -> tuple[int, int]:
        """Where in memory a piece of data lies."""
        _, segment, offset, size = self.data_symbols[symbol]
        start = self.segments[segment][0] + offset
        return start, start + size

    def entries(self, part: Part) -> set[int]:
        """The functions through which a part is entered."""
        search = re.compile(part[2]).search
        return {
            i
            for i, name in self.names.items()
            if part[2] and search(name) and not name.count(_SHIM) and self.size(i) > _OWN_BYTES
        }

    def size(self, function: int) -> int:
        start, end = self.bodies[function - self.imported]
        return end - start

    def shut(self, part: Part) -> None:
        """Forget what the descriptions of the part's modules refer to, but for texts."""
        search = re.compile(_DESCRIPTION.format(part[1])).search
        for function in [i for i, name in self.names.items() if search(name)]:
            called = calls_in(self.code, *self.bodies[function - self.imported])
            self.links["f", function] = {
                (kind, index)
                for kind, index in self.links["f", function]
                if (index in called if kind == "f" else not self.links.get((kind, index)))
            }


class Ranges:
    """Who lies where. Constants may share bytes, where the linker has merged them: those are one, named by the first of them."""

    def __init__(self, ranges: Iterable[tuple[int, int, Node]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._first: list[Node] = []
        self.members: list[tuple[Node, Node]] = []
        for start, end, node in sorted(ranges):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
                self.members.append((node, self._first[-1]))
            else:
                self._starts.append(start)
                self._ends.append(end)
                self._first.append(node)

    def at(self, offset: int) -> Node | None:
        i = bisect_right(self._starts, offset) - 1
        return self._first[i] if i >= 0 and offset < self._ends[i] else None


def left_out(module: Module, part: Part) -> tuple[set[int], list[tuple[int, int]]]:
    """What nothing needs any more without a part: functions, and stretches of memory."""
    before, links, entries = module.reached(set()), dict(module.links), module.entries(part)
    module.shut(part)
    after = module.reached(entries)
    module.links = defaultdict(set, links)
    dead = {index for kind, index in before - after if kind == "f"} | entries
    kept = [module.place(index) for kind, index in after if kind == "d"]
    gone = [module.place(index) for kind, index in before - after if kind == "d"]
    return dead, list(_minus(sorted(gone), sorted(kept)))


def _minus(gone: list[tuple[int, int]], kept: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The stretches of `gone` without what is also in `kept`, joined where they touch."""
    last: tuple[int, int] | None = None
    at = 0
    for start, end in gone:
        while at > 0 and kept[at - 1][1] > start:
            at -= 1
        while at < len(kept) and kept[at][1] <= start:
            at += 1
        overlapping = at
        while start < end:
            if overlapping < len(kept) and kept[overlapping][0] < end:
                piece = start, max(start, kept[overlapping][0])
                start = max(start, kept[overlapping][1])
                overlapping += 1
            else:
                piece, start = (start, end), end
            if piece[0] == piece[1]:
                continue
            if last is not None and piece[0] <= last[1]:
                last = last[0], max(last[1], piece[1])
            else:
                if last is not None:
                    yield last
                last = piece
    if last is not None:
        yield last


def without(module: Module, functions: set[int], data: list[tuple[int, int]], instead: int | None) -> bytes:
    """The module without the bodies of `functions`, which then call the function `instead`, without their places in its table,
    with zeros for `data`, and without relocations."""
    stub = _UNREACHABLE if instead is None else b"\0\x10" + number(instead) + b"\0\x0b"
    some = min(functions, default=0)
    out = []
    for kind, name, content in module.sections:
        if name.startswith("reloc.") or name == "linking":
            continue
        if kind == _CODE:
            bodies = [
                stub if module.imported + i in functions else content[start:end]
                for i, (start, end) in enumerate(module.bodies)
            ]
            content = number(len(bodies)) + b"".join(number(len(body)) + body for body in bodies)
        elif kind == _ELEMENT:
            places = sorted(module.table)
            listed = [some if module.table[place] in functions else module.table[place] for place in places]
            if places != list(range(places[0], places[0] + len(places))):
                raise ValueError("a table with gaps")
            content = (
                number(1) + b"\0\x41" + number(places[0]) + b"\x0b" + number(len(listed))
                + b"".join(map(number, listed))
            )  # fmt: skip
        elif kind == _DATA:
            changed = bytearray(content)
            for address, at, size in module.segments:
                for start, end in data:
                    first, last = max(start, address), min(end, address + size)
                    if first < last:
                        changed[at + first - address : at + last - address] = bytes(last - first)
            content = bytes(changed)
        out.append((kind, name, content))
    return written(out)


def calls_in(code: bytes, start: int, end: int) -> set[int]:
    """The functions that a body calls by number (WebAssembly core, 5.4)."""
    reader = Reader(code, start)
    for _ in range(reader.number()):  # its variables
        reader.number(), reader.byte()
    found = set()
    while reader.at < end:
        operation = reader.byte()
        if operation in (0x10, 0xD2):
            found.add(reader.number())
        elif operation in _ONE_NUMBER:
            reader.number()
        elif operation == 0x11 or 0x28 <= operation <= 0x3E:
            reader.number(), reader.number()
        elif operation == 0x0E:
            for _ in range(reader.number() + 1):
                reader.number()
        elif operation in _BYTES:
            reader.at += _BYTES[operation]
        elif operation == 0xFC:
            behind = {8: 2, 9: 1, 10: 2, 11: 1}.get(reader.number(), 0)
            reader.at += behind
        elif operation == 0x1C or operation > 0xC4:
            raise ValueError(f"an operation that Rust does not use: {operation:#x}")
    return found


# Operations with one number behind them, LEB128 with or without a sign: blocks, branches, variables, constants.
_ONE_NUMBER = frozenset([0x02, 0x03, 0x04, 0x0C, 0x0D, *range(0x20, 0x27), 0x41, 0x42])
_BYTES = {0x3F: 1, 0x40: 1, 0x43: 4, 0x44: 8, 0xD0: 1}


def finished(linked: bytes, optimized: Callable[[bytes], bytes]) -> tuple[bytes, dict[str, Any]]:
    """The interpreter without what no module needs, and its optional parts as JSON has them: `modules`, `functions`, by number,
    and `data`, both as stretches `[start, end]`."""
    module = Module(linked)
    small = without(module, *left_out(module, NEVER), module.functions["python_left_out"])
    module.shut(NEVER)
    module.links |= {("f", function): set() for function in module.entries(NEVER)}
    dead = {name: left_out(module, part) for name, part in OPTIONAL.items()}
    result = Module(optimized(small))
    result.called()
    numbers = {name: index for index, name in result.names.items()}
    parts: dict[str, Any] = {"never": {"modules": NEVER[0], "functions": [], "data": []}}
    for name, part in OPTIONAL.items():
        functions, data = dead[name]
        named = {numbers[module.names[index]] for index in functions if module.names.get(index) in numbers}
        # Functions that are the same may have become one: those that others call, too, stay.
        entries = result.entries(part) & named
        roots = result.exported | {index for index in result.table.values() if index not in named}
        kept = result.reached(entries, roots)
        gone = sorted(index for index in named if index in entries or ("f", index) not in kept)
        parts[name] = {"modules": part[0], "functions": stretches(gone), "data": data}
    return written(section for section in result.sections if section[0]), parts


def stretches(numbers: list[int]) -> list[tuple[int, int]]:
    """Numbers in order, as `(first, behind the last)` of those that follow each other."""
    found: list[tuple[int, int]] = []
    for value in numbers:
        if found and found[-1][1] == value:
            found[-1] = found[-1][0], value + 1
        else:
            found.append((value, value + 1))
    return found
