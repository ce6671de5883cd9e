"""A chat client on the basic client: this program owns its loop and calls `update()` in it.

    python basic_client.py [--server localhost:3000] [--database chat] [--client NAME]

`--client NAME` makes a second copy on one machine a second user. Type to talk, `/name NAME`, `/quit`.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

if find_spec("spacetimedb_sdk") is None:
    raise SystemExit('The SDK is not installed: `pip install "../..[server]"` in this folder installs it.')

import conversation
import module_bindings
from spacetimedb_sdk import SpacetimeDBException, local_config
from spacetimedb_sdk.spacetimedb_client import Address, Identity, SpacetimeDBClient


def on_connect() -> None:
    SpacetimeDBClient.instance.subscribe(conversation.QUERIES)


def on_identity(auth_token: str, identity: Identity, address: Address) -> None:
    # With this token a user comes back as the same one.
    local_config.set_string("auth_token", auth_token)


def on_disconnect(reason: str) -> None:
    conversation.show(f"Disconnected: {reason}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Chat, on the basic client.")
    parser.add_argument("--server", default="localhost:3000")
    parser.add_argument("--database", default="chat")
    parser.add_argument("--client", help="whose settings to use")  # read by local_config
    options = parser.parse_args()

    local_config.init(".spacetimedb_chat")
    conversation.register_callbacks()
    client = SpacetimeDBClient.init(
        local_config.get_string("auth_token"),
        options.server,
        options.database,
        False,
        module_bindings,
        on_connect=on_connect,
        on_identity=on_identity,
        on_disconnect=on_disconnect,
    )
    client.register_on_subscription_applied(conversation.on_subscription_applied)
    lines = conversation.TypedLines()
    try:
        while not lines.ended:
            client.update(timeout=0.05)
            # Reducers can be called once the connection stands; what was typed before waits until then.
            if client.is_connected:
                for line in lines.take():
                    conversation.run_command(line)
    except SpacetimeDBException as error:
        print(f"basic_client.py: {error}", file=sys.stderr)
        return 3
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
