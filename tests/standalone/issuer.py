"""An OpenID Connect issuer on this machine: its discovery document and its keys, and tokens that it signs."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import threading
import time
from hashlib import sha256
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa

__all__ = ["Issuer", "rsa_key"]

CONFIGURATION = "/.well-known/openid-configuration"
KEYS = "/.well-known/jwks.json"


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class Issuer:
    """Runs in a thread of its own. Who opens its page has signed in as `signs_in` (None: has refused to), and is sent back with
    a code, once good; `keys` are those it lists, by `kid`; what `answers` has is said in the place of what
    it would say; while `open` is not set it says nothing."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"first": ec.generate_private_key(ec.SECP256R1())}
        self.answers: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []
        self.open = threading.Event()
        self.open.set()
        self.asked_while_closed = threading.Event()
        self.url = ""
        self.signs_in: str | None = "alice"
        # What is to be told for a code or a refresh token, with what was asked for it.
        self.grants: dict[str, dict[str, str]] = {}
        # What is answered, one after the other, to who asks whether a device's player has signed in; what /device leaves out.
        self.device_errors: list[str] = []
        self.left_out: set[str] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="issuer", daemon=True)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.open.set()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def token(
        self, subject: str = "alice", *, kid: str | None = "first", algorithm: str = "ES256", **claims: Any
    ) -> str:
        """A token that `keys[kid]` signs, good for an hour. A claim that is None is left out."""
        now = int(time.time())
        whole = {"iss": self.url, "sub": subject, "aud": "the-game", "iat": now, "exp": now + 3600, **claims}
        said = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(
            said, self.keys[kid or "first"], algorithm=algorithm, headers={"kid": kid} if kid else {}
        )

    def key_set(self) -> dict[str, Any]:
        return {"keys": [{**_public_jwk(key), "kid": kid, "use": "sig"} for kid, key in self.keys.items()]}

    def count(self, path: str) -> int:
        """How often it was asked for what is there."""
        return self.asked.count(path)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _listen(self) -> web.AppRunner:
        application = web.Application()
        application.router.add_get("/authorize", self._authorize)
        application.router.add_post("/token", self._token)
        application.router.add_post("/device", self._device)
        application.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        while not self.open.is_set():
            self.asked_while_closed.set()
            await asyncio.sleep(0.01)
        if request.path in self.answers:
            status, text = self.answers[request.path]
            return web.Response(
                status=status, text=text, headers={"Location": "/elsewhere"} if status == 302 else {}
            )
        if request.path == CONFIGURATION:
            places = {
                "jwks_uri": "keys",
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "device_authorization_endpoint": "device",
            }
            return web.json_response(
                {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in places.items()}}
            )
        return (
            web.json_response(self.key_set()) if request.path in ("/keys", KEYS) else web.Response(status=404)
        )

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        answer = {"error": "access_denied", "error_description": "not today"}
        if self.signs_in is not None:
            code = secrets.token_urlsafe(8)
            self.grants[code] = {**asked, "sub": self.signs_in}
            answer = {"code": code, "iss": self.url}
        back = f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}"
        return web.Response(status=302, headers={"Location": back})

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if "device_code" in form:
            return self._token_of_device(form, request)
        given = str(form.get("code") or form.get("refresh_token"))
        grant = self.grants.pop(given, None)
        challenge = base64.urlsafe_b64encode(sha256(str(form.get("code_verifier", "")).encode()).digest())
        if (
            grant is None
            or form["client_id"] != grant["client_id"]
            or ("code" in form and form["redirect_uri"] != grant["redirect_uri"])
            or ("code" in form and challenge.rstrip(b"=").decode() != grant["code_challenge"])
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        renewed = secrets.token_urlsafe(8)
        self.grants[renewed] = grant
        token = self.token(
            grant["sub"], aud=grant["client_id"], nonce=grant["nonce"] if "code" in form else None
        )
        return web.json_response({"id_token": token, "refresh_token": renewed, "token_type": "Bearer"})

    async def _device(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        code = secrets.token_urlsafe(8)
        self.grants[code] = {"client_id": str(form["client_id"]), "scope": str(form["scope"])}
        told = {
            "device_code": code,
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.url}/activate",
            "verification_uri_complete": f"{self.url}/activate?user_code=WDJB-MJHT",
            "expires_in": 60,
            "interval": 2,
        }
        return web.json_response({name: value for name, value in told.items() if name not in self.left_out})

    def _token_of_device(self, form: dict[str, Any], request: web.Request) -> web.Response:
        grant = self.grants.get(str(form["device_code"]))
        if grant is None or form["client_id"] != grant["client_id"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        error = self.device_errors.pop(0) if self.device_errors else None
        if error == "hangs up":
            assert request.transport is not None
            request.transport.close()
        if error is not None:
            return web.json_response({"error": error}, status=400)
        token = self.token(self.signs_in or "", aud=grant["client_id"])
        renewed = secrets.token_urlsafe(8)
        self.grants[renewed] = {**grant, "sub": self.signs_in or ""}
        return web.json_response({"id_token": token, "refresh_token": renewed, "token_type": "Bearer"})


def _public_jwk(key: Any) -> dict[str, Any]:
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    written: dict[str, Any] = json.loads(kind.to_jwk(key.public_key()))
    return written
