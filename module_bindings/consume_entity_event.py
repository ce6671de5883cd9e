"""The public event table `consume_entity_event`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class ConsumeEntityEvent(TableRow):
    """One row of `consume_entity_event`; its class methods are the event table."""

    consumed_entity_id: int
    consumer_entity_id: int

    @classmethod
    def filter_by_consumed_entity_id(cls, consumed_entity_id: int) -> Rows[ConsumeEntityEvent]:
        """The rows whose `consumed_entity_id` equals the value."""
        return cls._filter("consumed_entity_id", consumed_entity_id)

    @classmethod
    def filter_by_consumer_entity_id(cls, consumer_entity_id: int) -> Rows[ConsumeEntityEvent]:
        """The rows whose `consumer_entity_id` equals the value."""
        return cls._filter("consumer_entity_id", consumer_entity_id)
