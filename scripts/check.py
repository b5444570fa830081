"""The whole gate: format, lint, types, import contracts, queries, tests. python scripts/check.py"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts import _environment

STEPS = (
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("lint", ["-m", "ruff", "check", "."]),
    ("types", ["-m", "mypy"]),
    ("import contracts", ["-c", "from importlinter.cli import lint_imports_command as run; run()"]),
    ("queries", ["scripts/check_queries.py"]),
    ("T-SQL", ["scripts/check_tsql.py"]),
    ("tests", ["scripts/test.py"]),
)


def main() -> int:
    if not _environment.is_in_venv():
        _environment.ensure("tests/requirements.txt")
        return _environment.continue_in_venv("check.py", [])
    failed = []
    for name, command in STEPS:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, *command], cwd=_environment.ROOT, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
