"""`publish --check` says what `publish` would: also what servers of 1.x do not know. Only the interpreter is left out."""

from __future__ import annotations

import pytest
from pytest_mock import MockerFixture

from tests.cli.conftest import Run

MODULE = "tests.conformance.conformance_2x_module"


@pytest.fixture(autouse=True)
def nothing_to_find(mocker: MockerFixture) -> None:
    mocker.patch("spacetimedb_sdk.publishing.interpreter.find_interpreter")
    mocker.patch("spacetimedb_sdk.publishing.build.check_module", return_value=[])


def test_what_the_servers_asked_for_do_not_know_is_an_error(run: Run) -> None:
    shown = run("publish", "any", "--module", MODULE, "--check", "--abi", "1.x")
    assert shown.code == 1
    assert "servers of 1.x know neither views nor procedures, and this module has view " in shown.err
    assert "will work" not in shown.out


def test_where_no_generation_is_asked_for_it_is_a_remark(run: Run) -> None:
    shown = run("publish", "any", "--module", MODULE, "--check")
    assert shown.code == 0
    assert "servers of 1.x know neither views nor procedures" in shown.err
    assert "will work inside a database" in shown.out


def test_a_module_for_both_has_no_remark(run: Run) -> None:
    for abi in ([], ["--abi", "1.x"], ["--abi", "2.x"]):
        shown = run("publish", "any", "--module", "tests.conformance.conformance_module", "--check", *abi)
        assert (shown.code, shown.err) == (0, "")
