"""TLS is verified unless a program brings a context of its own: a server nobody vouches for gets no token."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from spacetimedb_sdk import ConnectError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import until
from tests.transport.raw_server import RawConnection, RawServer


@dataclass
class Certificate:
    """A server that vouches for itself, and what it was told."""

    path: Path
    context: ssl.SSLContext
    requests: list[str]

    def serve(self, connection: RawConnection) -> None:
        with self.context.wrap_socket(connection.socket, server_side=True) as connection.socket:
            self.requests.append(connection.read_request())
            connection.welcome()
            connection.until_gone()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody in particular")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return Certificate(path, context, [])


def basic(host: str, connected: Callable[[], Any], **options: Any) -> None:
    client = SpacetimeDBClient.init("a-token", host, "conformance", True, bindings, **options)
    try:
        until(lambda: client.is_connected, client)
        connected()
    finally:
        client.close()


def asynchronous(host: str, connected: Callable[[], Any], **options: Any) -> None:
    client = SpacetimeDBAsyncClient(bindings)

    def on_connect(*_: Any) -> None:
        connected()
        client.force_close()

    asyncio.run(client.run("a-token", host, "conformance", True, on_connect, **options))


faces = pytest.mark.parametrize("connect", [basic, asynchronous])


@faces
def test_a_server_nobody_vouches_for_is_refused_and_hears_no_token(
    connect: Callable[..., None], certificate: Certificate
) -> None:
    with (
        RawServer(certificate.serve) as server,
        pytest.raises(ConnectError, match=r"TLS failed.*self.signed certificate.*SSL_CERT_FILE"),
    ):
        connect(server.host, lambda: pytest.fail("connected"))
    assert certificate.requests == []


@faces
def test_a_context_of_the_programs_own_decides(
    connect: Callable[..., None], certificate: Certificate
) -> None:
    reached: list[bool] = []
    with RawServer(certificate.serve) as server:
        context = ssl.create_default_context(cafile=str(certificate.path))
        connect(server.host, lambda: reached.append(True), ssl_context=context)
    assert reached == [True]
    assert "Authorization: Bearer a-token" in certificate.requests[0]


def test_another_hosts_certificate_is_refused(certificate: Certificate) -> None:
    with RawServer(certificate.serve) as server:
        context = ssl.create_default_context(cafile=str(certificate.path))
        elsewhere = server.host.replace("127.0.0.1", "localhost")
        with pytest.raises(ConnectError, match="TLS failed"):
            basic(elsewhere, lambda: pytest.fail("connected"), ssl_context=context)
    assert certificate.requests == []


def test_http_is_verified_too(certificate: Certificate) -> None:
    with RawServer(certificate.serve) as server:
        with pytest.raises(ConnectError, match="TLS failed"):
            HttpClient(f"https://{server.host}", "a-token").ping()
        with pytest.raises(ConnectError, match="TLS failed"):
            basic(server.host, lambda: pytest.fail("connected"), verify_schema=True)
    assert certificate.requests == []
