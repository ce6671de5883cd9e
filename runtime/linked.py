"""Linked modules: which of a module's functions and constants refers to which, as the linker's relocations tell it.

The linker is asked to keep its relocations (`--emit-relocs`): they name, for each place in the code and in the data, the
function or the constant that it refers to (tool-conventions, Linking). A compiler derives the address of one constant never
from another's, so what is not referred to from what runs is not read, and not called.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from spacetimedb_sdk.publishing.wasm_file import Reader, Section, WasmError, sections

# Kinds of relocations: to a function, by its number or its place in the table, to a constant, and to what neither is.
_TO_FUNCTION = frozenset([0, 1, 2, 12, 18, 19, 24, 26])
_TO_DATA = frozenset([3, 4, 5, 11, 14, 15, 16, 17, 21, 23, 25])
_TO_NEITHER = frozenset([6, 7, 8, 9, 10, 13, 20, 22])
_WITH_ADDEND = _TO_DATA | {8, 9, 22}
_UNDEFINED, _EXPLICIT_NAME = 0x10, 0x40
_SYMBOLS = 8
# Kinds of symbols, and of what is exported.
_FUNCTION_SYMBOL, _DATA_SYMBOL, _SECTION_SYMBOL = 0, 1, 3
_EXPORTED_FUNCTION, _EXPORTED_GLOBAL = 0, 3

# A function or a piece of data: ("f", its number) or ("d", the number of its symbol).
Node = tuple[str, int]


class WasmModule:
    """A module as Rust makes them: functions alone are imported, one table is filled from one place on."""

    def __init__(self, wasm: bytes) -> None:
        self.sections = sections(wasm)
        self.content = {kind: content for kind, content in self.sections if kind}
        self.imported = self._imported()
        self.code = self.content[Section.CODE]
        self.bodies = list(_items(self.code))
        self.functions: dict[str, int] = {}  # that are exported
        self.globals: set[str] = set()  # likewise
        reader = Reader(self.content[Section.EXPORT])
        for _ in range(reader.unsigned()):
            name, kind, index = reader.text(), reader.byte(), reader.unsigned()
            if kind == _EXPORTED_FUNCTION:
                self.functions[name] = index
            elif kind == _EXPORTED_GLOBAL:
                self.globals.add(name)
        self.started = {
            Reader(self.content[kind]).unsigned() for kind in (Section.START,) if kind in self.content
        }
        self.table = self._table()  # place in the table: function

    def _imported(self) -> int:
        reader = Reader(self.content.get(Section.IMPORT, b"\0"))
        count = reader.unsigned()
        for _ in range(count):
            reader.bytes(), reader.bytes()
            if reader.byte() != 0:
                raise WasmError("only functions are imported by such a module")
            reader.unsigned()
        return count

    def _table(self) -> dict[int, int]:
        reader = Reader(self.content[Section.ELEMENT])
        if (reader.unsigned(), reader.byte(), reader.byte()) != (1, 0, 0x41):
            raise WasmError("another kind of table than Rust's")
        first = reader.signed()
        reader.byte()
        return {place: reader.unsigned() for place in range(first, first + reader.unsigned())}

    def body(self, function: int) -> bytes:
        start, end = self.bodies[function - self.imported]
        return self.code[start:end]

    def signature(self, function: int) -> tuple[bytes, bytes]:
        """The types of what it is given, and of what it returns, a byte for each."""
        kinds, reader = [], Reader(self.content[Section.TYPE])
        for _ in range(reader.unsigned()):
            reader.byte()
            kinds.append((reader.bytes(), reader.bytes()))
        reader = Reader(self.content[Section.FUNCTION])
        numbers = [reader.unsigned() for _ in range(reader.unsigned())]
        return kinds[numbers[function - self.imported]]

    def calls(self) -> dict[int, set[int]]:
        """The functions that each function calls by number."""
        return {self.imported + i: calls_in(self.code, *place) for i, place in enumerate(self.bodies)}


class LinkedModule(WasmModule):
    """A module with its linker's symbols and relocations: `names` of its functions, and what refers to what in `links`."""

    def __init__(self, wasm: bytes) -> None:
        super().__init__(wasm)
        self.names: dict[int, set[str]] = defaultdict(
            set
        )  # a function has several where the compiler made one of two
        self.data = self.content[Section.DATA]
        self.segments = list(_segments(self.data))  # address, start within the data section, size
        self.data_symbols: dict[int, tuple[str, int, int, int]] = {}  # name, segment, offset, size
        self.links: dict[Node, set[Node]] = defaultdict(set)
        custom = {}
        for kind, content in self.sections:
            if kind == Section.CUSTOM:
                reader = Reader(content)
                name = reader.text()
                custom[name] = content[reader.at :]
        missing = {"linking", "reloc.CODE", "reloc.DATA"} - custom.keys()
        if missing:
            raise WasmError(
                f"this module was linked without --emit-relocs: it has no {', '.join(sorted(missing))}"
            )
        symbols = self._read_symbols(custom["linking"])
        functions = Ranges(
            (start, end, ("f", self.imported + i)) for i, (start, end) in enumerate(self.bodies)
        )
        constants = Ranges(
            (self.segments[segment][1] + offset, self.segments[segment][1] + offset + size, ("d", symbol))
            for symbol, (_, segment, offset, size) in self.data_symbols.items()
            if size
        )
        self._read_relocations(Reader(custom["reloc.CODE"]), symbols, functions)
        self._read_relocations(Reader(custom["reloc.DATA"]), symbols, constants)

    def _read_symbols(self, content: bytes) -> dict[int, Node]:
        symbols: dict[int, Node] = {}
        outer = Reader(content)
        outer.unsigned()
        while not outer.is_done:
            kind, reader = outer.byte(), Reader(outer.bytes())
            for number in range(reader.unsigned() if kind == _SYMBOLS else 0):
                kind, flags = reader.byte(), reader.unsigned()
                is_defined = not flags & _UNDEFINED
                if kind == _DATA_SYMBOL:
                    name = reader.text()
                    if is_defined:
                        self.data_symbols[number] = (
                            name,
                            reader.unsigned(),
                            reader.unsigned(),
                            reader.unsigned(),
                        )
                        symbols[number] = "d", number
                elif kind == _SECTION_SYMBOL:
                    reader.unsigned()
                else:
                    index = reader.unsigned()
                    name = reader.text() if is_defined or flags & _EXPLICIT_NAME else ""
                    if kind == _FUNCTION_SYMBOL:
                        symbols[number] = "f", index
                        self.names[index].add(name)
        return symbols

    def _read_relocations(self, reader: Reader, symbols: Mapping[int, Node], owners: Ranges) -> None:
        for member, first in owners.members:
            self.links[member].add(first)
        reader.unsigned()
        for _ in range(reader.unsigned()):
            kind, offset, symbol = reader.byte(), reader.unsigned(), reader.unsigned()
            if kind in _WITH_ADDEND:
                reader.signed()
            if kind in _TO_NEITHER:
                continue
            if kind not in _TO_FUNCTION | _TO_DATA:
                raise WasmError(f"a relocation of an unknown kind: {kind}")
            source = owners.at(offset)
            if source is None or symbol not in symbols:
                raise WasmError(f"a relocation at {offset} that nothing owns, or that leads nowhere")
            self.links[source].add(symbols[symbol])

    def reached(
        self,
        roots: Iterable[Node],
        shut: Collection[int] = (),
        instead: Mapping[Node, Collection[Node]] | None = None,
    ) -> set[Node]:
        """What is in use where `roots` are, as long as none of the functions `shut` is called; others than these refer to what
        `instead` has of them."""
        links: Mapping[Node, Collection[Node]] = {**self.links, **(instead or {})}
        found: set[Node] = set()
        waiting = list(roots)
        while waiting:
            node = waiting.pop()
            if node in found:
                continue
            found.add(node)
            if node[0] == "d" or node[1] not in shut:
                waiting.extend(links.get(node, ()))
        return found

    def place(self, symbol: int) -> tuple[int, int]:
        """Where in memory a piece of data lies, `(start, end)`."""
        _, segment, offset, size = self.data_symbols[symbol]
        start = self.segments[segment][0] + offset
        return start, start + size


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


def _items(section: bytes) -> Iterator[tuple[int, int]]:
    """Where the items of a section lie in it that begin with their size: the bodies of the code."""
    reader = Reader(section)
    for _ in range(reader.unsigned()):
        size = reader.unsigned()
        yield reader.at, reader.at + size
        reader.at += size


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    reader = Reader(data)
    for _ in range(reader.unsigned()):
        if (reader.unsigned(), reader.byte()) != (0, 0x41):
            raise WasmError("another kind of data than Rust's")
        address = reader.signed() & 0xFFFF_FFFF
        reader.byte()
        size = reader.unsigned()
        yield address, reader.at, size
        reader.at += size


# Operations with one number behind them, LEB128 with or without a sign: blocks, branches, variables, constants.
_ONE_NUMBER = frozenset([0x02, 0x03, 0x04, 0x0C, 0x0D, *range(0x20, 0x27), 0x41, 0x42])
_BYTES = {0x3F: 1, 0x40: 1, 0x43: 4, 0x44: 8, 0xD0: 1}
_CALL, _CALL_INDIRECT, _BRANCH_TABLE, _REFERENCE, _MORE = 0x10, 0x11, 0x0E, 0xD2, 0xFC


def calls_in(code: bytes, start: int, end: int) -> set[int]:
    """The functions that a body calls by number, or takes a reference to (WebAssembly core, 5.4)."""
    reader = Reader(code, start)
    for _ in range(reader.unsigned()):  # its variables
        reader.unsigned(), reader.byte()
    found = set()
    while reader.at < end:
        operation = reader.byte()
        if operation in (_CALL, _REFERENCE):
            found.add(reader.unsigned())
        elif operation in _ONE_NUMBER:
            reader.unsigned()
        elif operation == _CALL_INDIRECT or 0x28 <= operation <= 0x3E:
            reader.unsigned(), reader.unsigned()
        elif operation == _BRANCH_TABLE:
            for _ in range(reader.unsigned() + 1):
                reader.unsigned()
        elif operation in _BYTES:
            reader.at += _BYTES[operation]
        elif operation == _MORE:
            behind = {8: 2, 9: 1, 10: 2, 11: 1}.get(reader.unsigned(), 0)
            reader.at += behind  # not in one line: the number's own bytes have moved it
        elif operation == 0x1C or operation > 0xC4:
            raise WasmError(f"an operation that Rust does not use: {operation:#x}")
    return found
