"""What others wrote, parsed: deep, long or none, it is a ValueError wherever it comes from."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.cli.tokens import TokenStore
from spacetimedb_sdk.errors import ConfigError, SchemaError, SignInError
from spacetimedb_sdk.publishing.project import project_definition
from spacetimedb_sdk.sign_in import provider
from spacetimedb_sdk.system.parsing import parsed_json, parsed_toml
from spacetimedb_sdk.system.token_claims import token_claims

DEEP = "[" * 100_000
LONG = "9" * 10_000


@pytest.mark.parametrize("text", [DEEP, '{"a":' * 50_000, LONG, "", "{", "\ud800", b"\xff", b"\xff\xfe\0"])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        parsed_json(text)


@pytest.mark.parametrize("text", [f"a = {DEEP}", f"a = {LONG}", "[", "a = {b = " * 5_000])
def test_what_is_no_toml_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parsed_toml(text)


def test_what_can_be_read_is_read() -> None:
    assert parsed_json(b'{"a": [1]}') == {"a": [1]}
    assert parsed_toml("[a]\nb = 1") == {"a": {"b": 1}}


@pytest.mark.parametrize("said", [DEEP, LONG, "5", "{"])
def test_a_token_says_nothing_where_its_claims_are_none(said: str) -> None:
    assert token_claims(f"a.{base64.urlsafe_b64encode(said.encode()).decode()}.b") == {}


@pytest.mark.parametrize("said", [DEEP, LONG, "{"])
def test_tokens_that_cannot_be_read_are_told(tmp_path: Path, said: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(said)
    with pytest.raises(ConfigError, match="cannot be read"):
        TokenStore(path)


@pytest.mark.parametrize("said", [DEEP, LONG, "{"])
def test_a_schema_that_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    path = tmp_path / "schema.json"
    path.write_text(said)
    assert main(["generate", "--schema", str(path), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "said", ["tool = 5", "tool.spacetimedb = 5", "[[tool]]", f"a = {DEEP}", f"a = {LONG}", "["]
)
def test_the_settings_of_a_project_without_a_module_are_told(tmp_path: Path, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(said)
    with pytest.raises(SchemaError, match=r"holds no module|cannot be read"):
        project_definition(tmp_path, pytest.fail)


@pytest.fixture
def serve_text() -> Iterator[Callable[[int, str], str]]:
    """Has a server answer so; its address."""
    answer = 200, ""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing: pytest shows what the test says."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever).start()

        def serve(status: int, text: str) -> str:
            nonlocal answer
            answer = status, text
            return f"http://127.0.0.1:{server.server_port}/"

        yield serve
        server.shutdown()


@pytest.mark.parametrize("said", [DEEP, LONG, "5", "{"])
def test_a_provider_that_says_nothing_that_can_be_read(
    said: str, serve_text: Callable[[int, str], str]
) -> None:
    for status in (200, 400):
        with pytest.raises(SignInError):
            provider._asked("issuer", serve_text(status, said))
