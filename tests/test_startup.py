"""Start-up: what a program has loaded when it has imported a client, connected, or asked for help. By names, not by time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from spacetimedb_sdk.protocol.codecs.offered import SUBPROTOCOLS, OfferedCodecs
from spacetimedb_sdk.protocol.codecs.subprotocol import ProtocolSchema
from spacetimedb_sdk.sats.algebraic_type import Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from tests.places import ROOT

FRAME_CLIENT = "from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient"
ASYNC_CLIENT = "from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient"
V1 = {"protocol.messages.v1", "protocol.codecs.v1", "protocol.codecs.v1_bsatn"}
V1_JSON = {"protocol.codecs.v1_json", "protocol.rows.json_rows", "sats.json.decoding", "sats.json.encoding"}
V2 = {"protocol.messages.v2", "protocol.codecs.v2_bsatn"}


def loaded(program: str) -> set[str]:
    """The modules there are after `program`; those of the SDK without its name."""
    text = f"import sys, websocket\nbefore = set(sys.modules)\n{program}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.removeprefix("spacetimedb_sdk.") for name in done.stdout.split()}


def test_the_frame_client_loads_no_event_loop_and_no_subprotocol() -> None:
    found = loaded(FRAME_CLIENT)
    assert not found & (V1 | V1_JSON | V2)
    assert not found & {"asyncio", "concurrent.futures", "json", "random", "uuid", "importlib.util"}
    assert not found & {"http", "codegen", "module", "standalone", "testing", "client.loop_work"}


def test_the_async_client_adds_its_event_loop_alone() -> None:
    found = loaded(f"{FRAME_CLIENT}\n{ASYNC_CLIENT}")
    ours = {name for name in found - loaded(FRAME_CLIENT) if "spacetimedb" in name or "." in name}
    others = {name for name in ours if name.partition(".")[0] not in sys.stdlib_module_names}
    assert others == {
        "spacetimedb_async_client",
        "client.connecting",
        "client.loop_work",
        "transport.event_loop",
    }
    assert not found & (V1 | V1_JSON | V2)


@pytest.mark.parametrize(
    ("protocol", "spoken"),
    [("v1", V1), ("v1.json", V1 - {"protocol.codecs.v1_bsatn"} | V1_JSON), ("v2", V2), ("v3", V2)],
)
def test_a_connection_loads_what_it_speaks(protocol: str, spoken: set[str]) -> None:
    program = (
        "import module_bindings\n"
        "from spacetimedb_sdk.client.core import ClientCore\n"
        "from spacetimedb_sdk.client.options import ConnectOptions, make_codecs\n"
        "core = ClientCore(module_bindings.MODULE)\n"
        f"codecs = make_codecs(core.bindings, core.cache, ConnectOptions(protocol={protocol!r}))\n"
        "assert 'spacetimedb_sdk.protocol.codecs.offered' in sys.modules\n"
        "early = [name for name in sys.modules if 'protocol.messages.v' in name]\n"
        "assert not early, early\n"
        "for subprotocol in codecs: codecs[subprotocol]\n"
    )
    found = loaded(program)
    assert spoken <= found
    assert not found & ((V1 | V1_JSON | V2) - spoken)


def test_help_loads_no_client_and_no_command() -> None:
    found = loaded(
        "import contextlib, io\n"
        "from spacetimedb_sdk.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
    )
    assert not found & {"asyncio", "client", "http", "protocol", "sats", "standalone", "transport"}
    assert {name for name in found if name.startswith("cli.")} == {
        "cli.arguments",
        "cli.errors",
        "cli.output",
    }


def test_each_offered_codec_speaks_what_it_is_offered_as() -> None:
    schema = ProtocolSchema(CodecSpace(Typespace(), {}), {}, {})
    codecs = OfferedCodecs(SUBPROTOCOLS, schema, message_limit=1)
    assert {name: codec.subprotocol for name, codec in codecs.items()} == {
        name: name for name in SUBPROTOCOLS
    }
    assert codecs[SUBPROTOCOLS[0]] is codecs[SUBPROTOCOLS[0]]
    with pytest.raises(KeyError):
        OfferedCodecs(SUBPROTOCOLS[:1], schema, message_limit=1)[SUBPROTOCOLS[1]]
