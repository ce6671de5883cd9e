"""ClientCache under the import path of spacetimedb-sdk 0.7; it lives in `spacetimedb_sdk.client.rows.cache`."""

from .client.rows.cache import ClientCache

__all__ = ["ClientCache"]
