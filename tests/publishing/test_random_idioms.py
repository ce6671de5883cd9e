"""Modules without the optional parts of their interpreter: whatever they do, in whatever order, they miss none."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
import wasmtime

from spacetimedb_sdk.publishing.build import build
from spacetimedb_sdk.publishing.bundle import gather
from spacetimedb_sdk.publishing.freeze import freeze, recorded
from spacetimedb_sdk.publishing.instance import ModuleInstance
from spacetimedb_sdk.publishing.interpreter import ABI_1, find_interpreter
from spacetimedb_sdk.publishing.parts import needs
from spacetimedb_sdk.publishing.wasm_file import without_functions
from tests.module.hosted.python_host import PythonHost

from .idioms import IDIOMS, module
from .wasm_host import WasmModule

pytestmark = pytest.mark.runtime

SENDER, CONNECTION = bytes(range(32)), bytes(16)
CALLS = 25
MODULE = "tests.publishing.idioms"
REDUCERS = [reducer.name for reducer in module.definition().reducers]
MISS, RUN = REDUCERS.index("miss"), REDUCERS.index("run")


@pytest.fixture(scope="module")
def wasm() -> bytes:
    return build(MODULE, module, find_interpreter(), abi=ABI_1, compiler=False)


@pytest.fixture(scope="module")
def expected() -> list[str]:
    return [repr(function()) for function in IDIOMS]


def orders(count: int) -> Iterator[list[tuple[int, bool]]]:
    """Sequences of calls: an idiom, and whether garbage is collected behind it. Each idiom comes in the first of them."""
    for seed in range(count):
        chance = random.Random(seed)
        numbers = (
            chance.sample(range(len(IDIOMS)), len(IDIOMS))
            if seed == 0
            else chance.choices(range(len(IDIOMS)), k=CALLS)
        )
        yield [(number, chance.random() < chance.choice((0.05, 0.5))) for number in numbers]


def fails(wasm: bytes, expected: list[str], count: int) -> list[str]:
    """What went otherwise than here, with the calls before it, in `count` instances of the module."""
    found = []
    for order in orders(count):
        host = PythonHost(module)
        inside = WasmModule(wasm, host)
        for at, (number, collected) in enumerate(order):
            name = IDIOMS[number].__name__
            before = [IDIOMS[called].__name__ for called, _ in order[:at]]
            args = number.to_bytes(4, "little") + bytes([collected])
            try:
                failed = inside.call_reducer(RUN, SENDER, CONNECTION, at, args)
            except Exception as error:  # noqa: BLE001 - whatever ends the instance
                last = "\n".join(text for _, _, _, text in host.logged[-2:])
                found.append(f"{name} ends the instance, behind {before}: {last} {error}")
                break
            said = host.logged[-1][3]
            if failed is not None or said != expected[number]:
                found.append(f"{name}, behind {before}: {failed!r} {said}, not {expected[number]}")
    return found


def test_none_of_the_parts_is_in_the_module() -> None:
    interpreter = find_interpreter()
    bundle = gather(MODULE, interpreter.library, definition=b"", seed=0)
    assert [name for name, part in interpreter.parts(ABI_1).items() if needs(bundle, part.modules)] == []


def test_a_module_starts_without_what_it_will_go_without() -> None:
    """What ran before might be called later, by what it has left in memory."""
    interpreter = find_interpreter()
    bundle = gather(MODULE, interpreter.library, definition=b"described", seed=0, abi=ABI_1)
    parts = interpreter.parts(ABI_1).values()
    absent = [name for part in parts for name in part.modules if name != "_symtable"]
    wasm = interpreter.wasm(ABI_1)
    content = bundle.compiled_content(absent, recorded(wasm, bundle.content(absent, compiler="recorded")))
    for part in parts:
        wasm = without_functions(wasm, part.functions, "python_left_out", (0, 0))
    assert ModuleInstance(freeze(wasm, content)).describe() == b"described"


def test_what_was_left_out_says_so_where_it_is_asked_for(wasm: bytes) -> None:
    host = PythonHost(module)
    assert WasmModule(wasm, host).call_reducer(MISS, SENDER, CONNECTION, 1, b"") is None
    no_csv, no_bz2, *others = [text for _, _, _, text in host.logged]
    assert no_csv.endswith("anywhere in the module is enough: No module named '_csv'")
    assert no_bz2.endswith("anywhere in the module is enough: No module named '_bz2'")
    assert others == [
        "LookupError the names of letters were left out when this module was published, for no line of it seemed to need them: "
        "a plain `import unicodedata` anywhere in the module has them stay",
        "RuntimeError what runs inside a database can be neither traced nor profiled",
    ]


def test_a_fault_of_the_interpreter_says_why_and_which_lines_were_running(wasm: bytes) -> None:
    host = PythonHost(module)
    with pytest.raises(wasmtime.Trap):
        WasmModule(wasm, host).call_reducer(REDUCERS.index("deep"), SENDER, CONNECTION, 1, b"")
    fault, lines = [text for _, _, _, text in host.logged]
    assert "Python's compiler was left out when this module was published" in fault
    assert "publish it with --compiler" in fault
    assert lines.splitlines()[0] == "Traceback (most recent call last):"
    assert re.fullmatch(r'  File "tests/publishing/idioms\.py", line \d+, in deep', lines.splitlines()[-1])


def test_what_modules_do_in_any_order_misses_no_part(wasm: bytes, expected: list[str]) -> None:
    assert fails(wasm, expected, 4) == []


@pytest.mark.soak
def test_what_modules_do_in_hundreds_of_orders_misses_no_part(wasm: bytes, expected: list[str]) -> None:
    assert fails(wasm, expected, 400) == []
