"""Seals every secret at rest with the newest key: python scripts/rotate_keys.py

Put a new key in front of SECRET_KEYS and restart the service; run this; then drop the old key and restart
again. It can run beside the service, be interrupted, and be run again.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.config import Settings
from app.kernel.start_up import explained
from app.parts import Parts
from app.services import connections, connectors, webhooks


async def main() -> int:
    parts = Parts(Settings())
    async with parts.opened():
        box = parts.credentials.box
        if box is None:
            print("SECRET_KEYS is not set: there is nothing to rotate", file=sys.stderr)
            return 2
        done, unreadable = await connections.rotate(parts.database, box)
        more, others = await webhooks.rotate_keys(parts.database, box)
        last, rest = await connectors.rotate_keys(parts.database, box, parts.connectors.sources)
    unreadable += others + rest
    print(f"sealed {done + more + last} with key {box.key_id}")
    for place in unreadable:
        print(f"cannot be opened with any key there is: {place}", file=sys.stderr)
    return int(bool(unreadable))


if __name__ == "__main__":
    with explained():
        sys.exit(asyncio.run(main()))
