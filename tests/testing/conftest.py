from __future__ import annotations

from spacetimedb_sdk.testing.pytest_plugin import (  # noqa: F401 - fixtures
    bad_network,
    lock_step,
    spacetimedb_client,
    spacetimedb_server,
)
