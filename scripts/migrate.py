"""Brings the database to this code's schema: python scripts/migrate.py status | up | check."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.config import Settings
from app.db.backends import make_migration_target
from app.db.errors import DatabaseError
from app.db.migrations import load_migrations, pending, require_current, upgrade

USAGE = "usage: python scripts/migrate.py status | up | check"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in ("status", "up", "check"):
        print(USAGE, file=sys.stderr)
        return 2
    settings = Settings()
    target, migrations = make_migration_target(settings), load_migrations(settings.db_type)
    try:
        if arguments[0] == "up":
            done = upgrade(target, migrations)
            print("\n".join(f"applied {each.name}" for each in done) or "nothing to apply")
        elif arguments[0] == "check":
            require_current(target, migrations)
            print(f"the schema is current: {migrations[-1].name}")
        else:
            for each in target.applied():
                print(f"applied  {each.name}  {each.applied_at}")
            for waiting in pending(migrations, target.applied()):
                print(f"pending  {waiting.name}")
    except DatabaseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
