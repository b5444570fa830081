"""The console with the demo in it, served once for all of its tests, and one browser.

These tests run in the session's own loop (``pytestmark = session``), in which the service and the browser live.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import argon2.profiles
import pytest
import pytest_asyncio

from app.services.sign_in import Passwords
from scripts import seed
from tests.chromium import launching
from tests.console.house import House, Now
from tests.core.test_web_push import VAPID_KEY
from tests.databases import sqlite_database
from tests.harness import make_settings, serving
from tests.integrations.upstreams import EMAIL, TOKEN, FakeJira, jira_items
from tests.local_server import free_port
from tests.receivers import receiving


@pytest.fixture(scope="session")
def jira() -> Iterator[FakeJira]:
    """What the installation links to."""
    with FakeJira(jira_items(60)) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(
    migrated: Path, key_file: Path, tmp_path_factory: Any, jira: FakeJira
) -> AsyncIterator[House]:
    from playwright.async_api import async_playwright

    database = sqlite_database(migrated, tmp_path_factory.mktemp("console"))
    port = free_port()
    settings = make_settings(
        database,
        key_file,
        jira_base_url=jira.url,
        jira_user_email=EMAIL,
        jira_api_token=TOKEN,
        public_url=f"http://127.0.0.1:{port}",
        stream_poll_seconds=0.1,
        outbox_poll_seconds=0.2,
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
        # Mail can be chosen; nobody takes it in.
        smtp_host="127.0.0.1",
        smtp_port=1,
        smtp_security="none",
        mail_from="noreply@pm.example.com",
        vapid_private_key=VAPID_KEY,
        vapid_contact="mailto:ops@example.com",
    )
    cost, Passwords.cost = Passwords.cost, argon2.profiles.CHEAPEST
    try:
        await seed.fill(settings)
        async with (
            receiving() as receiver,
            serving(settings, Now(), port=port) as service,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(**launching())
            try:
                yield House(service, browser, receiver.url(""))
            finally:
                await browser.close()
    finally:
        Passwords.cost = cost
