"""What a small call passes at the server, from its message to its answer: each layer costs as much as the reducer."""

from __future__ import annotations

from spacetimedb_sdk.protocol.messages import v1
from tests.plugins.counting import python_calls
from tests.standalone.inbox import Inbox, payloads

# A few more than there are with Python 3.11; later ones enter fewer.
MOST_CALLS = 52
CALLS = 50


def test_a_call_passes_few_functions() -> None:
    session, frames = Inbox().session(1)
    call = v1.CLIENT_MESSAGE.encode(v1.CallReducer("nothing", b"", 7))
    session.receive_now(call)  # what is made once for all comes with it
    frames.clear()

    def go() -> None:
        for _ in range(CALLS):
            session.receive_now(call)

    assert python_calls(go) <= MOST_CALLS * CALLS
    answers = [v1.SERVER_MESSAGE.decode(payload) for payload in payloads(frames)]
    assert [type(answer) for answer in answers] == [v1.TransactionUpdate] * CALLS
