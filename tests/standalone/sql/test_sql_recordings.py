"""The recorded SQL statements of a real server, asked of ours: statuses, columns, rows and counts are the same, and the texts of
what it refuses, but for those that its parser words."""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import Any

from spacetimedb_sdk.module import Module
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import module
from tests.places import RECORDINGS
from tests.plugins.waiting import PATIENCE
from tests.standalone.http_client import JSON, new_identity

RECORDED = RECORDINGS / "server-1.2.0" / "sql.jsonl"
# A parser of its own says these in words of its own.
_PARSERS_WORDS = (
    "sql parser error",
    "Unsupported",
    "Multi-part",
    "Mixed wildcard",
    "A FROM clause",
    "Multi-table",
)


def _answer(status: int, body: str) -> dict[str, Any]:
    if status != 200:
        return {"status": status, "text": body}
    (result,) = json.loads(body)
    columns = [element["name"]["some"] for element in result["schema"]["elements"]]
    if not columns:
        return {"status": status, "changed": list(result["stats"].values())}
    return {"status": status, "columns": columns, "rows": sorted(result["rows"], key=json.dumps)}


def _is_same(then: dict[str, Any], now: dict[str, Any]) -> bool:
    if then["status"] == 200 or now["status"] == 200:
        return then == now
    texts = then["text"], now["text"]
    worded = any(text.startswith(_PARSERS_WORDS) or "Unique constraint" in text for text in texts)
    return then["status"] == now["status"] and (worded or texts[0] == texts[1])


def test_every_statement_is_answered_as_recorded() -> None:
    differences = []
    count = 0
    with Server(Module("first"), compatibility="1.2", publishable={"conformance": module}) as server:
        owner, token = new_identity(server)
        connection = http.client.HTTPConnection(server.host, timeout=PATIENCE)

        def ask(method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
            connection.request(method, path, body.encode(), {"Authorization": f"Bearer {token}", **headers})
            response = connection.getresponse()
            return response.status, response.read().decode()

        with contextlib.closing(connection):
            assert ask("PUT", "/v1/database/recorded", "conformance", {})[0] == 200
            for line in RECORDED.read_text(encoding="utf-8").splitlines():
                then = json.loads(line.replace("OWNER", owner))
                if "call" in then:
                    path = f"/v1/database/recorded/call/{then['call']}"
                    assert ask("POST", path, json.dumps(then["args"]), JSON)[0] == 200
                    continue
                text = then.pop("sql")
                count += 1
                now = _answer(*ask("POST", "/v1/database/recorded/sql", text, {}))
                if not _is_same(then, now):
                    differences.append((text, then, now))
    assert count > 900
    assert differences == []
