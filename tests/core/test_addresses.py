"""Addresses of other systems that can be none, told before anything is asked there."""

from __future__ import annotations

import pytest

from app.core.addresses import problem_with
from tests.http_client import httpx

BAD = {
    "https://xn--.atlassian.net": "host",
    "https://xn--zzzz.atlassian.net": "host",
    "https://a..atlassian.net": "host",
    "https://.atlassian.net": "host",
    "https://a.atlassian.net.": "host",
    "https://-a.atlassian.net": "host",
    "https://a-.atlassian.net": "host",
    "https://a%2eb.atlassian.net": "host",
    "https://a*b.atlassian.net": "host",
    "https://": "host",
    "https:///a": "host",
    f"https://{'a' * 64}.atlassian.net": "host",
    f"https://{'a.' * 130}atlassian.net": "host",
    "https://[::1": "host",
    "https://[::1%25eth0]": "host",
    "https://[::g]": "host",
    "https://256.1.1.1": "host",
    "https://127.1": "host",
    "https://2130706433": "host",
    "https://a.atlassian.net:0": "port",
    "https://a.atlassian.net:": "port",
    "https://a.atlassian.net:99999": "port",
    "https://a.atlassian.net:x": "port",
    "https://@a.atlassian.net": "user",
    "https://a:b@a.atlassian.net": "user",
    "https://a\\@b.atlassian.net": "not_a_url",
    "https://a b.atlassian.net": "not_a_url",
    "https://\u00e4.atlassian.net": "not_a_url",
    "https://a\u2024atlassian.net": "not_a_url",
    "https://a.atlassian.net/\n": "not_a_url",
    f"https://a.atlassian.net/{'a' * 2000}": "not_a_url",
    "ftp://a.atlassian.net": "scheme",
    "a.atlassian.net": "scheme",
    "": "scheme",
}
GOOD = (
    "https://a.atlassian.net", "HTTPS://A.Atlassian.NET/", "https://xn--bcher-kva.example",
    "https://jira_test.corp:8443/jira", "http://127.0.0.1:8080", "http://localhost", "https://[::1]:8443/x",
    "https://dev.azure.com/My%20Org",
)  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_what_can_be_no_address(url: str) -> None:
    assert problem_with(url) == BAD[url]


@pytest.mark.parametrize("url", GOOD)
def test_what_can_be_one_and_is_one_to_the_client(url: str) -> None:
    assert problem_with(url) is None
    assert httpx.URL(url).host
