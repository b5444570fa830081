"""Brings the database to this code's schema.

    python scripts/migrate.py status | up | check
    python scripts/migrate.py script [FIRST [LAST]] [--dialect mssql|sqlite]

script prints what up would run, for a DBA to run instead: from migration FIRST (1) to LAST (the newest). It
needs no connection.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.config import Settings
from app.db.backends import make_migration_target, migration_script
from app.db.migrations import load_migrations, pending, require_current, upgrade
from app.db.statements import DIALECTS
from app.kernel.start_up import explained


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("status", "up", "check"):
        commands.add_parser(name)
    script = commands.add_parser("script")
    script.add_argument("first", type=int, nargs="?", default=1)
    script.add_argument("last", type=int, nargs="?")
    script.add_argument("--dialect", choices=DIALECTS)
    given = parser.parse_args(arguments)
    if given.command == "script":
        return _script(given.first, given.last, given.dialect)
    return _run(given.command)


def _script(first: int, last: int | None, dialect: str | None) -> int:
    chosen = next(each for each in DIALECTS if each == (dialect or Settings().db_type))
    migrations = load_migrations(chosen)
    last = len(migrations) if last is None else last
    if not 1 <= first <= last <= len(migrations):
        print(f"there are migrations 1 to {len(migrations)}", file=sys.stderr)
        return 2
    print(migration_script(chosen, migrations[first - 1 : last]), end="")
    return 0


def _run(command: str) -> int:
    settings = Settings()
    target, migrations = make_migration_target(settings), load_migrations(settings.db_type)
    if command == "up":
        done = upgrade(target, migrations)
        print("\n".join(f"applied {each.name}" for each in done) or "nothing to apply")
    elif command == "check":
        require_current(target, migrations)
        print(f"the schema is current: {migrations[-1].name}")
    else:
        for each in target.applied():
            print(f"applied  {each.name}  {each.applied_at}")
        for waiting in pending(migrations, target.applied()):
            print(f"pending  {waiting.name}")
    return 0


if __name__ == "__main__":
    with explained():
        sys.exit(main(sys.argv[1:]))
