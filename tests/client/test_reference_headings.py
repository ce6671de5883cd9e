"""Each heading of the API reference, what it names, and the tests that prove it."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import pytest

from spacetimedb_sdk import local_config
from spacetimedb_sdk.events import ReducerEvent, TransactionUpdateMessage
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.types import Address, Identity
from tests.codegen.golden.conformance import Item, add_item_reducer

BASIC, ASYNC = SpacetimeDBClient, SpacetimeDBAsyncClient
BEHAVIOUR = "tests.client.test_behaviour"
BASIC_TESTS = "tests.client.test_basic_client"
ASYNC_TESTS = "tests.client.test_async_client"

# heading -> (owner, names it promises), (module of tests, tests)
HEADINGS: dict[str, tuple[tuple[Any, list[str]], tuple[str, list[str]]]] = {
    "Type Identity": (
        (Identity, ["from_string", "from_bytes", "__str__", "__eq__"]),
        (
            "tests.test_types",
            ["test_an_identity_is_its_hex_digits", "test_other_types_and_widths_are_not_equal"],
        ),
    ),
    "Type Address": (
        (Address, ["from_string", "from_bytes", "__str__", "__eq__"]),
        ("tests.test_types", ["test_an_address_is_32_digits_and_nothing_when_all_are_zero"]),
    ),
    "Type ReducerEvent": (
        (ReducerEvent, ["caller_identity", "caller_address", "reducer_name", "status", "message", "args"]),
        (BASIC_TESTS, ["test_events_take_the_arguments_of_the_reference_and_of_the_old_sdk"]),
    ),
    "Type {TABLE}": (
        (Item, ["is_table_class", "primary_key", "register_row_update", "iter", "filter_by_name"]),
        (BEHAVIOUR, ["test_rows_come_change_and_go_with_the_reducer_that_did_it"]),
    ),
    "Method filter_by_{COLUMN}": (
        (Item, [f"filter_by_{name}" for name in ("item_id", "name", "kind", "level", "owner", "position")]),
        (BEHAVIOUR, ["test_every_scalar_arrives_as_it_was_sent", "test_compounds_arrive_as_they_were_sent"]),
    ),
    "Method iter": (
        (Item, ["iter"]),
        (BASIC_TESTS, ["test_snapshots_are_lists_that_next_works_on"]),
    ),
    "Method register_row_update": (
        (Item, ["register_row_update"]),
        ("tests.client.test_reference_programs", ["test_the_basic_client", "test_the_async_client"]),
    ),
    "Function {REDUCER_NAME}": (
        (add_item_reducer, ["add_item", "reducer_name", "_decode_args"]),
        (BEHAVIOUR, ["test_arguments_that_do_not_fit_are_refused_before_they_are_sent"]),
    ),
    "Function register_on_{REDUCER_NAME}": (
        (add_item_reducer, ["register_on_add_item"]),
        (BEHAVIOUR, ["test_a_failed_reducer_changes_nothing_and_tells_why"]),
    ),
    "Async: run": (
        (ASYNC, ["run"]),
        (
            ASYNC_TESTS,
            ["test_generated_functions_work_inside_events_and_callbacks", "test_one_run_per_client"],
        ),
    ),
    "Async: subscribe": (
        (ASYNC, ["subscribe"]),
        (ASYNC_TESTS, ["test_generated_functions_work_inside_events_and_callbacks"]),
    ),
    "Async: register_on_subscription_applied": (
        (ASYNC, ["register_on_subscription_applied"]),
        (BEHAVIOUR, ["test_subscribing_anew_replaces_and_tells_only_the_difference"]),
    ),
    "Async: force_close": (
        (ASYNC, ["force_close"]),
        (
            ASYNC_TESTS,
            [
                "test_force_close_from_another_thread",
                "test_force_close_before_the_start_means_run_returns_at_once",
            ],
        ),
    ),
    "Async: schedule_event": (
        (ASYNC, ["schedule_event"]),
        (ASYNC_TESTS, ["test_events_fire_after_their_delay_and_may_arm_themselves_again"]),
    ),
    "Basic: init": (
        (BASIC, ["init", "instance"]),
        (BASIC_TESTS, ["test_callbacks_of_the_connection_come_in_order_and_all_of_them_in_update"]),
    ),
    "Basic: subscribe": (
        (BASIC, ["subscribe"]),
        (BEHAVIOUR, ["test_subscribing_anew_replaces_and_tells_only_the_difference"]),
    ),
    "Basic: register_on_event": (
        (BASIC, ["register_on_event"]),
        (BEHAVIOUR, ["test_order_of_a_transaction_is_cache_rows_event_reducer"]),
    ),
    "Basic: unregister_on_event": (
        (BASIC, ["unregister_on_event"]),
        (BASIC_TESTS, ["test_what_was_unregistered_is_not_called_any_more"]),
    ),
    "Basic: register_on_subscription_applied": (
        (BASIC, ["register_on_subscription_applied"]),
        (BASIC_TESTS, ["test_on_connect_may_subscribe_and_closing_inside_a_callback_is_fine"]),
    ),
    "Basic: unregister_on_subscription_applied": (
        (BASIC, ["unregister_on_subscription_applied"]),
        (BASIC_TESTS, ["test_what_was_unregistered_is_not_called_any_more"]),
    ),
    "Basic: update": (
        (BASIC, ["update"]),
        (BASIC_TESTS, ["test_update_never_waits_unless_asked_to"]),
    ),
    "Basic: close": (
        (BASIC, ["close"]),
        (BASIC_TESTS, ["test_a_call_made_just_before_close_still_arrives"]),
    ),
    "Type TransactionUpdateMessage": (
        (TransactionUpdateMessage, ["caller_identity", "status", "message", "reducer_name", "args"]),
        (BASIC_TESTS, ["test_events_take_the_arguments_of_the_reference_and_of_the_old_sdk"]),
    ),
    "local_config": (
        (local_config, ["init", "set_config", "get_string", "set_string"]),
        ("tests.test_local_config", ["test_settings_come_back", "test_places_and_defaults"]),
    ),
}

SIGNATURES = {
    BASIC.init: [
        "auth_token",
        "host",
        "address_or_name",
        "ssl_enabled",
        "autogen_package",
        "on_connect",
        "on_disconnect",
        "on_identity",
        "on_error",
    ],
    ASYNC.run: ["auth_token", "host", "address_or_name", "ssl_enabled", "on_connect", "subscription_queries"],
    ASYNC.schedule_event: ["delay_secs", "callback"],
    BASIC.subscribe: ["queries"],
    BASIC.register_on_event: ["callback"],
}


@pytest.mark.parametrize("heading", HEADINGS)
def test_what_a_heading_names_is_there_and_has_its_tests(heading: str) -> None:
    (owner, names), (module, tests) = HEADINGS[heading]
    for name in names:
        assert hasattr(owner, name), f"{heading}: {name} is missing"
    for test in tests:
        assert callable(getattr(import_module(module), test))


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__qualname__)
def test_arguments_stand_in_the_order_of_the_reference(function: Any) -> None:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    positional = [p.name for p in parameters if p.kind in kinds and p.name not in ("self", "cls")]
    assert positional == SIGNATURES[function]
