"""What to tell others who want to join."""

from __future__ import annotations

import ipaddress

import pytest

from game.launcher.hosting.addresses import addresses_to_join


@pytest.mark.parametrize("listen", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000"])
def test_who_listens_on_this_machine_alone_has_nothing_to_tell(listen: str) -> None:
    assert addresses_to_join(listen) == ()


def test_a_named_address_is_told_as_it_is() -> None:
    assert addresses_to_join("192.168.1.20:4000") == ("192.168.1.20:4000",)


def test_all_addresses_are_those_of_the_network_with_the_port() -> None:
    addresses = addresses_to_join("0.0.0.0:4000")
    assert len(set(addresses)) == len(addresses)
    for address in addresses:
        host, _, port = address.rpartition(":")
        assert port == "4000"
        assert not ipaddress.ip_address(host).is_loopback
