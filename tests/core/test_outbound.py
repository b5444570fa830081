"""Which addresses may be reached, and which URLs: judged against the list that Microsoft keeps."""

from __future__ import annotations

import ipaddress

import pytest
from AntiSSRF import IPAddressRanges
from pydantic import ValidationError

from app.core.client_address import parse_networks
from app.core.config import Settings
from app.core.outbound import OutboundRules
from tests.core.test_config import production, settings

PUBLIC = OutboundRules()


def reached(text: str, rules: OutboundRules = PUBLIC) -> bool:
    return rules.may_reach(ipaddress.ip_address(text))


@pytest.mark.parametrize("network", IPAddressRanges.recommended_latest)
def test_nothing_in_the_networks_that_microsoft_refuses(network: str) -> None:
    found = ipaddress.ip_network(network)
    for address in (found[0], found[-1], found[found.num_addresses // 2]):
        assert not PUBLIC.may_reach(address), address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.0.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "ff02::1",
        "4000::1",
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not reached(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "20.50.1.2", "168.63.129.17", "2606:4700::1111", "2a00:1450::1"]
)
def test_what_is_public(address: str) -> None:
    assert reached(address)


def test_networks_of_ones_own_may_be_reached_and_a_metadata_address_never() -> None:
    own = OutboundRules(parse_networks("10.20.0.0/16,169.254.0.0/16,fd00::/8,64:ff9b::/96,100.64.0.0/10"))
    assert reached("10.20.1.2", own)
    assert reached("fd12::1", own)
    assert not reached("10.21.0.1", own)
    for address in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200"):
        assert not reached(address, own)
    # A translator's address is judged by what it stands for too.
    assert reached("64:ff9b::8.8.8.8", own)
    assert reached("64:ff9b::10.20.0.1", own)
    assert not reached("64:ff9b::127.0.0.1", own)
    assert not reached("64:ff9b::169.254.169.254", own)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://hooks.example.com/x?code=1", None),
        ("https://hooks.example.com:8443/", None),
        ("https://[2606:4700::1111]/", None),
        ("http://hooks.example.com/", "scheme"),
        ("ftp://hooks.example.com/", "scheme"),
        ("https://hooks.example.com:80/", "port"),
        ("https://hooks.example.com:25/", "port"),
        ("https://hooks.example.com:0/", "port"),
        ("https://ada:secret@hooks.example.com/", "user"),
        ("https://hooks.example.com/#part", "fragment"),
        ("https://127.0.0.1/", "address"),
        ("https://[::ffff:127.0.0.1]/", "address"),
        ("https://[::127.0.0.1]/", "address"),
        ("https://169.254.169.254/latest/meta-data", "address"),
        ("https://127.1/", "host"),
        ("https://2130706433/", "host"),
        ("https://0177.0.0.1/", "host"),
        ("https://①②⑦.⓪.⓪.①/", "not_a_url"),
        ("https:///", "host"),
    ],
)
def test_what_a_url_says_by_itself(url: str, problem: str | None) -> None:
    assert PUBLIC.problem_with(url) == problem


def test_without_tls_only_where_a_setting_says_so() -> None:
    rules = OutboundRules(http=True)
    assert rules.problem_with("http://hooks.example.com/") is None
    assert rules.problem_with("http://hooks.example.com:443/") == "port"


def test_production_opens_networks_of_an_enterprise_and_no_others() -> None:
    assert production(outbound_networks="10.0.0.0/8, fd12:3456::/32, 64:ff9b::/96")
    for network in ("127.0.0.0/8", "169.254.169.254", "0.0.0.0/0", "::/0", "::1", "8.8.8.0/24"):
        with pytest.raises(ValidationError, match="OUTBOUND_NETWORKS"):
            production(outbound_networks=network)
    with pytest.raises(ValidationError, match="OUTBOUND_HTTP"):
        production(outbound_http=True)
    given: Settings = settings(outbound_networks="127.0.0.0/8", outbound_http=True)
    assert given.outbound_http
    with pytest.raises(ValidationError, match="outbound_networks"):
        settings(outbound_networks="10.0.0.0/33")
