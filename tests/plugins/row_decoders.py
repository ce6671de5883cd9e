"""Tests marked `both_decoders` run twice: rows are read by plain Python, and by the accelerator where it is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spacetimedb_sdk.sats.bsatn import accelerated

__all__ = ["pytest_generate_tests", "rows_read_by"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_decoders"):
        compiled = pytest.param("accelerator", marks=pytest.mark.accelerator)
        metafunc.parametrize("rows_read_by", ["python", compiled], indirect=True)


# Of every test: what a marked one does not name itself would be left out again.
@pytest.fixture(autouse=True)
def rows_read_by(request: pytest.FixtureRequest) -> Iterator[str]:
    """What reads rows, `python` or `accelerator`; for tests that are not so marked whatever does."""
    if not hasattr(request, "param"):
        yield "any"
        return
    wanted = request.param == "accelerator"
    assert accelerated.use(wanted) is wanted
    yield request.param
    accelerated.use(True)
