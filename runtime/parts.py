"""Parts: what of the interpreter serves one purpose alone, and goes from a module that has no use for it.

A part is entered through functions that are named here, its *entries*, and by the import of its modules. What nothing reaches
any more once the entries call nothing and the modules' descriptions refer to nothing goes with them. That nothing else is
missing then is shown in three steps, and what cannot be shown stays:

1. In the linked module the relocations name every function and constant that a function or a constant refers to (`linked.py`).
   What is reached from the exported functions without going through an entry is *alive*. As long as no entry is called,
   nothing else is called or read: a function can only call what it refers to, or what it finds in memory, and into memory
   nothing but functions that are alive has written before, since a module starts without the compiler and without the modules
   (a test starts one in an interpreter that has been cut already).
2. wasm-opt moves code from function to function, and makes one of several functions that are the same, under the name of any of
   them: names say nothing behind it. What it leaves is the calls by number, which stand in the code, and the table, whose places
   keep their meaning, for their numbers are constants in the code and in memory like others. So behind it a function is *needed*
   if it is exported, if it stands at a place of the table where an alive function stood before, or if a needed function, other
   than an entry, calls it by number. No other function can be called.
3. This holds as long as no entry's body is that of another function as well, or inside another. So each entry is exported, which
   keeps it, and writes a number of its own to where nothing is: no two are the same then. An entry whose number does not stand
   in its own function, and there alone, counts as none afterwards: what it leads to is alive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.linked import LinkedModule, Node, WasmModule, calls_in
from spacetimedb_sdk.publishing.wasm_file import (
    Reader,
    Section,
    WasmError,
    sections,
    signed,
    unsigned,
    with_bodies,
    without_functions,
    written,
)


@dataclass(frozen=True)
class Part:
    """`modules` that are the part's, patterns for their `paths` in the mangled names of their functions (identifiers follow
    their length there), and for the whole names of the functions that are its `entries`. Each pattern has to be found: what an
    upgrade of the interpreter calls otherwise would stay in every module without a word."""

    modules: tuple[str, ...]
    paths: tuple[str, ...]
    entries: tuple[str, ...] = ()


# Left out of every interpreter: threads, sockets and other interpreters, and the tracing of each line.
NEVER = Part(
    ("_asyncio", "_interpchannels", "_interpqueues", "_interpreters", "_remote_debugging", "_socket", "_testinternalcapi"),
    ("8__asyncio", "15__interpchannels", "13__interpqueues", "13__interpreters", "17__remote_debugging", "7__socket", "17__testinternalcapi"),
    (r"_R\w+14ExecutingFrame20execute_instrumented",),
)  # fmt: skip
# Left out of a module that has no use for it.
OPTIONAL: dict[str, Part] = {
    "compiler": Part(
        ("_symtable",),
        ("9__symtable",),
        (
            r"_RINvM\w+2vm7compileNt\w+14VirtualMachine17compile_with_opts\w+",
            r"_RNvM\w+2vm7compileNt\w+14VirtualMachine32compile_string_object_with_flags",
            r"_RNv\w+6stdlib4__ast7compile",
            r"_RNv\w+6stdlib4__ast5parse",
            r"_RNv\w+6stdlib4__ast21preprocess_ast_object",
            r"_RNv\w+14VirtualMachine33new_syntax_error_maybe_incomplete",
            r"_RNCINv\w+9into_funcNv\w+8builtins7compileTT\w+",
            r"_RNCINv\w+9into_funcNv\w+9__symtable8symtableTT\w+",
            r"_RNv\w+15PyTokenizerIter\w+13slot_iternext\w+",
            r"_RNv\w+15PyTokenizerIter\w+8slot_new\w+",
        ),
    ),
    "east asian encodings": Part(
        ("_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw", "_multibytecodec"),
        ("10__codecs_cn", "10__codecs_hk", "10__codecs_jp", "10__codecs_kr", "10__codecs_tw", "15__codecs_iso2022", "15__multibytecodec"),
    ),
    "compression": Part(("_bz2", "_lzma", "zlib"), ("4__bz2", "5__lzma", "4zlib4zlib")),
    "xml": Part(("_elementtree", "pyexpat"), ("12__elementtree", "8__pyexpat", "7pyexpat6__model", "7pyexpat7__errors")),
    "names of letters": Part(
        ("unicodedata",), ("11unicodedata11unicodedata",),
        (r"_RNvC\w+14unicode_names24name", r"_RNvX\w+14unicode_names2NtB5_4Name\w+8Iterator4next"),
    ),
    "pickle": Part(("_pickle",), ("7__pickle",)),
    "csv": Part(("_csv",), ("3csv4__csv",)),
    "array": Part(("array",), ("5array5array",)),
}  # fmt: skip
# Functions that do nothing but to call an exported one, with the last of what they are given; None for those that do nothing at
# all. Numbers of tens of thousands of digits are multiplied by `numbers.rs`, so no module has Fourier transforms and their tables.
REPLACED: dict[str, str | None] = {
    r"_RNv\w+3mul3fft15mpn_ctx_mpn_mul": "python_multiply",
    r"_RNvM\w+3mul3fft\w+17SerializedContext11deserialize": None,
    r"_RINv\w+13drop_in_placeNt\w+3mul3fft7Context\w+": None,
}
# What describes a module to the interpreter stays, for all are described at each start; what it refers to is read at an import.
_DESCRIPTION = r"({})10module_def0E"
# What a server, or a tool that puts a module into the interpreter, asks for; libraries in C export all they have.
_EXPORTED = re.compile(r"memory|PYTHON_\w+|python_\w+|__(call|describe|preinit)_\w+")
_LEFT_OUT = "python_left_out"
_ENTRY = "an entry: "
# Numbers that entries write to the bottom of the stack, where nothing is before the stack is full.
_FIRST_MARK = 0x5EED_0000

Optimized = Callable[[bytes], bytes]


def finished(
    linked: bytes,
    optimized: Optimized,
    optional: Mapping[str, Part] = OPTIONAL,
    never: Part = NEVER,
    replaced: Mapping[str, str | None] = REPLACED,
) -> tuple[bytes, dict[str, Any]]:
    """The interpreter without what no module needs, and its optional parts as JSON has them: `modules`, `functions`, by number,
    and `data`, both as stretches `[start, end]`. WasmError where a function that is named here is not in it."""
    before = _Before(linked, optional, never, replaced)
    wasm = optimized(before.prepared())
    behind = WasmModule(wasm)
    if behind.table.keys() != before.module.table.keys():
        raise WasmError("the optimizer has changed places of the table")
    parts: dict[str, Any] = {"never": {"modules": never.modules, "functions": [], "data": []}}
    for name, part in optional.items():
        own = before.held(behind, before.entries[name])
        alive = before.alive(own.keys(), part)
        needed = _needed(behind, before.module.table, alive, set(own.values()))
        gone = sorted(
            {*range(behind.imported, behind.imported + len(behind.bodies))} - needed | set(own.values())
        )
        parts[name] = {"modules": part.modules, "functions": stretches(gone), "data": before.data(alive)}
    return written(
        (kind, _exports(content) if kind == Section.EXPORT else content)
        for kind, content in sections(wasm)
        if kind
    ), parts


class _Before:
    """The linked interpreter, before wasm-opt: what of it is alive without a part."""

    def __init__(
        self,
        linked: bytes,
        optional: Mapping[str, Part],
        never: Part,
        replaced: Mapping[str, str | None],
    ) -> None:
        self.module = module = LinkedModule(linked)
        _require(module, {**optional, "what is in no interpreter": never}, replaced)
        self._calls = module.calls()
        self._roots = {("f", index) for name, index in module.functions.items() if _EXPORTED.fullmatch(name)}
        self._roots |= {("f", index) for index in module.started}
        exported = {name for name in module.globals if _EXPORTED.fullmatch(name)}
        self._roots |= {
            ("d", symbol) for symbol, (name, *_) in module.data_symbols.items() if name in exported
        }
        self._never_entries = self._entries(never)
        self._bodies = {
            function: _calling(module, function, instead)
            for name, instead in replaced.items()
            for function in self._named((name,))
        }
        self._never = self._described(never) | {
            ("f", function): {("f", called) for called in calls_in(body, 0, len(body))}
            for function, body in self._bodies.items()
        }
        self._always = module.reached(self._roots, self._never_entries, self._never)
        # What nothing reaches is not to be kept by being exported.
        self.entries = {
            name: {function for function in self._entries(part) if ("f", function) in self._always}
            for name, part in optional.items()
        }
        marked = sorted(set().union(*self.entries.values()))
        self._marks = {function: _mark(_FIRST_MARK + i) for i, function in enumerate(marked)}

    def _entries(self, part: Part) -> set[int]:
        """The functions through which a part is entered: those that have no other name than such a one's."""
        return self._named(part.entries)

    def _named(self, patterns: Collection[str]) -> set[int]:
        """The functions whose names all are of these `patterns`."""
        matches = _whole(patterns)
        return {
            function for function, names in self.module.names.items() if names and all(map(matches, names))
        }

    def _described(self, part: Part) -> dict[Node, set[Node]]:
        """What the descriptions of the part's modules refer to, if these are not imported: functions that they call, and texts."""
        search = re.compile(_DESCRIPTION.format("|".join(part.paths))).search
        links = self.module.links
        found = {}
        for function, names in self.module.names.items():
            if any(map(search, names)):
                found["f", function] = {
                    (kind, index)
                    for kind, index in links.get(("f", function), ())
                    if (index in self._calls[function] if kind == "f" else not links.get((kind, index)))
                }
        return found

    def alive(self, entries: Collection[int], part: Part) -> set[Node]:
        """What is in use as long as the part is not."""
        shut = self._never_entries | set(entries)
        return self.module.reached(self._roots, shut, {**self._never, **self._described(part)})

    def data(self, alive: set[Node]) -> list[tuple[int, int]]:
        """The stretches of memory that are in use, but not where only that is which is `alive`."""
        return self._unused(self._always, alive)

    def _unused(self, used: set[Node], alive: set[Node]) -> list[tuple[int, int]]:
        gone, kept = (
            sorted(self.module.place(index) for kind, index in nodes if kind == "d")
            for nodes in (used - alive, alive)
        )
        return list(_minus(gone, kept))

    def prepared(self) -> bytes:
        """The module for wasm-opt: without what no module needs, its entries marked and exported, without notes of the linker."""
        module = self.module
        dead = {module.imported + i for i in range(len(module.bodies))} - {
            index for kind, index in self._always if kind == "f"
        }
        dead |= self._never_entries
        some = min(dead, default=module.imported)
        names = {_ENTRY + str(function): function for function in self._marks}
        changed = []
        for kind, content in module.sections:
            if kind == Section.CUSTOM and Reader(content).text().startswith(("reloc.", "linking")):
                continue
            if kind == Section.EXPORT:
                content = _exports(content, names)
            elif kind == Section.ELEMENT:
                # A place that nothing refers to would keep its function.
                listed = [some if function in dead else function for function in module.table.values()]
                first = next(iter(module.table))
                content = (
                    b"\1\0\x41"
                    + signed(first)
                    + b"\x0b"
                    + unsigned(len(listed))
                    + b"".join(map(unsigned, listed))
                )
            elif kind == Section.DATA:
                content = self._zeroed(content)
            changed.append((kind, content))
        wasm = without_functions(written(changed), dead, _LEFT_OUT, (0, 0))
        marked = {function: _marked(module.body(function), mark) for function, mark in self._marks.items()}
        return with_bodies(wasm, self._bodies | marked)

    def _zeroed(self, content: bytes) -> bytes:
        """The data section with zeros for what no module needs."""
        changed = bytearray(content)
        unused = self._unused(self.module.reached(self._roots), self._always)
        for address, at, size in self.module.segments:
            for start, end in unused:
                first, last = max(start, address), min(end, address + size)
                if first < last:
                    changed[at + first - address : at + last - address] = bytes(last - first)
        return bytes(changed)

    def held(self, behind: WasmModule, entries: Iterable[int]) -> dict[int, int]:
        """Those of the entries that are still what they were, with their numbers behind wasm-opt."""
        found = {}
        for function in entries:
            number = behind.functions[_ENTRY + str(function)]
            mark = self._marks[function]
            if mark in behind.body(number) and behind.code.count(mark) == 1:
                found[function] = number
        return found


def _whole(patterns: Collection[str]) -> Callable[[str], object]:
    return re.compile("|".join(patterns) or "$^").fullmatch


def _require(module: LinkedModule, parts: Mapping[str, Part], replaced: Mapping[str, str | None]) -> None:
    """WasmError that lists what is named here and is not in the `module`."""
    known = [name for names in module.names.values() for name in names]
    patterns = [
        (part, pattern, _whole((pattern,))) for part, item in parts.items() for pattern in item.entries
    ]
    patterns += [
        (part, path, re.compile(_DESCRIPTION.format(path)).search) for part, item in parts.items() for path in item.paths
    ]  # fmt: skip
    patterns += [("what is replaced", pattern, _whole((pattern,))) for pattern in replaced]
    missing = [f"{pattern} ({part})" for part, pattern, matches in patterns if not any(map(matches, known))]
    missing += [f"{name} (exported)" for name in replaced.values() if name and name not in module.functions]
    if missing:
        raise WasmError(
            "the interpreter has no functions of these names, which runtime/parts.py expects: an upgrade has renamed them, or the "
            f"compiler has put them into others: {'; '.join(missing)}"
        )


def _calling(module: LinkedModule, function: int, instead: str | None) -> bytes:
    """A body for `function` that calls the exported function `instead` with its last arguments, or does nothing."""
    given, returned = module.signature(function)
    called = None if instead is None else module.functions[instead]
    wanted, back = (b"", b"") if called is None else module.signature(called)
    if not given.endswith(wanted) or returned != back:
        names = ", ".join(sorted(module.names[function]))
        raise WasmError(
            f"{names} is given {given.hex()} and returns {returned.hex()}: {instead or 'nothing'} cannot take its place"
        )
    passed = range(len(given) - len(wanted), len(given))
    calling = b"" if called is None else b"\x10" + unsigned(called)
    return b"\0" + b"".join(b"\x20" + unsigned(i) for i in passed) + calling + b"\x0b"


def _needed(
    behind: WasmModule, table: Mapping[int, int], alive: set[Node], entries: Collection[int]
) -> set[int]:
    """The functions that can be called behind wasm-opt; `table` is that of before."""
    found: set[int] = set()
    waiting = [index for name, index in behind.functions.items() if not name.startswith(_ENTRY)]
    waiting += behind.started
    waiting += [index for place, index in behind.table.items() if ("f", table[place]) in alive]
    calls = behind.calls()
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.add(function)
            if function not in entries:
                waiting.extend(calls.get(function, ()))
    return found


def _exports(content: bytes, more: Mapping[str, int] | None = None) -> bytes:
    """An export section of only what is asked for, with `more` functions."""
    reader, items = Reader(content), []
    for _ in range(reader.unsigned()):
        start = reader.at
        name, _kind, _number = reader.text(), reader.byte(), reader.unsigned()
        if _EXPORTED.fullmatch(name):
            items.append(content[start : reader.at])
    for name, function in (more or {}).items():
        items.append(unsigned(len(name)) + name.encode() + b"\0" + unsigned(function))
    return unsigned(len(items)) + b"".join(items)


def _mark(number: int) -> bytes:
    """Instructions that write `number` to the bottom of the stack."""
    return b"\x41\0\x41" + signed(number) + b"\x36\2\0"


def _marked(body: bytes, mark: bytes) -> bytes:
    reader = Reader(body)
    for _ in range(reader.unsigned()):  # its variables
        reader.unsigned(), reader.byte()
    return body[: reader.at] + mark + body[reader.at :]


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


def stretches(numbers: list[int]) -> list[tuple[int, int]]:
    """Numbers in order, as `(first, behind the last)` of those that follow each other."""
    found: list[tuple[int, int]] = []
    for value in numbers:
        if found and found[-1][1] == value:
            found[-1] = found[-1][0], value + 1
        else:
            found.append((value, value + 1))
    return found
