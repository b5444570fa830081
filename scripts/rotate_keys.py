"""Seals every secret at rest with the newest key: python scripts/rotate_keys.py

Put a new key in front of SECRET_KEYS and restart the service; run this; then drop the old key and restart
again. It can run beside the service, be interrupted, and be run again.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.caller import Tools
from app.core.clock import new_uuid7, system_clock
from app.core.config import Settings
from app.db.backends import make_database
from app.main import load_secrets
from app.services.connections import rotate
from app.services.start_up import explained


async def main() -> int:
    settings = Settings()
    box = await load_secrets(settings, Tools(system_clock, new_uuid7, os.urandom))
    if box is None:
        print("SECRET_KEYS is not set: there is nothing to rotate", file=sys.stderr)
        return 2
    database = make_database(settings)
    await database.open()
    try:
        done, unreadable = await rotate(database, box)
    finally:
        await database.close()
    print(f"sealed {done} with key {box.key_id}")
    for place in unreadable:
        print(f"cannot be opened with any key there is: {place}", file=sys.stderr)
    return int(bool(unreadable))


if __name__ == "__main__":
    with explained():
        sys.exit(asyncio.run(main()))
