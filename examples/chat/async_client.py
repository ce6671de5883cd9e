"""A chat client on the async client: `run()` owns the loop, and a scheduled event looks for what was typed.

    python async_client.py [--server localhost:3000] [--database chat] [--client NAME]

`--client NAME` makes a second copy on one machine a second user. Type to talk, `/name NAME`, `/quit`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from importlib.util import find_spec

if find_spec("spacetimedb_sdk") is None:
    raise SystemExit('The SDK is not installed: `pip install "../..[server]"` in this folder installs it.')

import conversation
import module_bindings
from spacetimedb_sdk import SpacetimeDBException, local_config
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import Identity

spacetime_client = SpacetimeDBAsyncClient(module_bindings)


def on_connect(auth_token: str, identity: Identity) -> None:
    # With this token a user comes back as the same one.
    local_config.set_string("auth_token", auth_token)
    check_commands(conversation.TypedLines())


def check_commands(lines: conversation.TypedLines) -> None:
    for line in lines.take():
        conversation.run_command(line)
    if lines.ended:
        spacetime_client.force_close()
    # An event fires once; an event that schedules itself again repeats.
    spacetime_client.schedule_event(0.05, check_commands, lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Chat, on the async client.")
    parser.add_argument("--server", default="localhost:3000")
    parser.add_argument("--database", default="chat")
    parser.add_argument("--client", help="whose settings to use")  # read by local_config
    options = parser.parse_args()

    local_config.init(".spacetimedb_chat")
    conversation.register_callbacks()
    spacetime_client.register_on_subscription_applied(conversation.on_subscription_applied)
    try:
        asyncio.run(
            spacetime_client.run(
                local_config.get_string("auth_token"),
                options.server,
                options.database,
                False,
                on_connect,
                conversation.QUERIES,
            )
        )
    except SpacetimeDBException as error:
        print(f"async_client.py: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
