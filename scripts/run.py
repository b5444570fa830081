"""Sets up and runs the service on SQLite, from a fresh clone: python scripts/run.py [--port N]."""

from __future__ import annotations

import argparse
import base64
import os
import re
import secrets
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts import _environment

ROOT = _environment.ROOT


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", help="the address to listen on (setting HOST)")
    parser.add_argument("--port", type=int, help="the port to listen on (setting PORT)")
    parser.add_argument("--no-seed", action="store_true", help="begin with an empty database")
    options = parser.parse_args(arguments)
    if not _environment.is_in_venv():
        _environment.ensure("requirements.txt")
        return _environment.continue_in_venv("run.py", arguments)

    os.chdir(ROOT)
    _write_env(ROOT / ".env")
    for name, value in (("HOST", options.host), ("PORT", options.port)):
        if value is not None:
            os.environ[name] = str(value)
    return _serve(seed=not options.no_seed)


def _write_env(path: Path) -> None:
    """A configuration to begin with: the example, with secrets of its own."""
    if path.exists():
        return
    signing, sealing = (
        base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode() for _ in range(2)
    )
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, value in (
        ("PMA_SIGNING_KEYS", f"k1:{signing}"),
        ("SECRET_KEYS", f"s1:{sealing}"),
        ("ENABLE_REGISTRATION", "true"),
        ("LOG_FORMAT", "text"),
        ("LOG_LEVEL", "WARNING"),
    ):
        text = re.sub(rf"^#? ?{name}=.*$", f"{name}={value}", text, count=1, flags=re.MULTILINE)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    print("Wrote .env with secrets of its own.", flush=True)


def _serve(*, seed: bool) -> int:
    from app.kernel.start_up import explained

    with explained():
        return _serve_with_settings(seed=seed)


def _serve_with_settings(*, seed: bool) -> int:
    from app.core import logs
    from app.core.config import Settings
    from app.db.backends import make_migration_target
    from app.db.migrations import load_migrations, upgrade
    from app.http.server import Server, require_free
    from app.main import create_app

    settings = Settings()
    require_free(settings)
    for migration in upgrade(make_migration_target(settings), load_migrations(settings.db_type)):
        print(f"Applied {migration.name}.", flush=True)
    seed = seed and not settings.is_production and settings.is_local_issuer_enabled
    if seed:
        from scripts import seed as demo

        print(demo.run(settings), flush=True)
    logs.configure(settings.log_level, settings.log_format)

    class Welcoming(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(
                    _welcome(settings.base_url, seeded=seed, has_console=settings.console_enabled), flush=True
                )

    server = Welcoming(create_app(settings), settings)
    try:
        server.run()
    except KeyboardInterrupt:
        # uvicorn has shut down in order and passes Ctrl-C on.
        print("Stopped.", flush=True)
    return 0 if server.started else 1


def _welcome(url: str, *, seeded: bool, has_console: bool) -> str:
    lines = [""]
    if has_console:
        lines += [f"The console of PM Assist: {url}/console/", ""]
    lines.append(f"The API runs at {url}   (documentation: {url}/docs; Ctrl-C ends it)")
    if seeded:
        from app.core.demo_accounts import DEMO_PASSWORD
        from scripts.seed import OWNER_EMAIL

        pick = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"{}\"])'"
        first = 'python3 -c \'import json,sys; print(json.load(sys.stdin)["items"][0]["id"])\''
        both = '-H "Authorization: Bearer $TOKEN" -H "X-PMA-Token: $PMA"'
        lines += [
            "",
            "The page to sign in at names the people of the demo; one press lets you in as any of them.",
            f"Or by commands, as {OWNER_EMAIL}, password {DEMO_PASSWORD}:",
            "",
            f"  TOKEN=$(curl -s {url}/auth/token -d username={OWNER_EMAIL} -d 'password={DEMO_PASSWORD}' \\",
            f"    | {pick.format('access_token')})",
            f'  PMA=$(curl -s -X POST {url}/auth/validate -H "Authorization: Bearer $TOKEN" \\',
            f"    | {pick.format('pma_token')})",
            f"  curl -s {url}/organizations {both}",
            f"  WORKSPACE=$(curl -s {url}/workspaces {both} | {first})",
            f"  curl -s {url}/workspaces/$WORKSPACE/projects {both}",
            f'  curl -s "{url}/workspaces/$WORKSPACE/tasks?state=IN_PROGRESS" {both}',
            f"  curl -s {url}/workspaces/$WORKSPACE/tasks/ENGINE-16 {both}",
            f"  curl -s {url}/workspaces/$WORKSPACE/okr/objectives {both}",
            f"  curl -s {url}/workspaces/$WORKSPACE/approvals {both}",
            f"  curl -s {url}/workspaces/$WORKSPACE/analytics/tasks {both}",
            f'  curl -s "{url}/workspaces/$WORKSPACE/analytics/okr?format=svg" {both} > okr.svg',
            "",
            "Or call what you like from the documentation:",
            "",
            f"  {url}/auth/oauth/authorize?return_to=/docs",
            "",
            "What a type of people hides: ask for /events and /tasks of the workspace EventFlow, once as",
            "admin@eventflow.com and once as customer1@eventflow.com (the same password).",
        ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
