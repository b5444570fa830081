"""Sets up and runs the tests, from a fresh clone: python scripts/test.py [pytest options].

With --cov it tells which lines no test comes past, and takes half as much time again.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts import _debian, _environment, _node

# Thousands of requests that are all refused, or that are random, say little by the lines that they come past:
# those tests are marked ``no_cover`` (pytest-cov).
COVERAGE_REPORT = "--cov-report=term:skip-covered"
CORES = os.cpu_count() or 1
# Half as many again as cores, because tests also wait; whoever is done takes over from who is not.
WORKERS = ["-n", str(CORES + (CORES + 1) // 2), "--dist", "worksteal"]


def main(arguments: list[str]) -> int:
    if not _environment.is_in_venv():
        _environment.ensure("tests/requirements.txt")
        return _environment.continue_in_venv("test.py", arguments)
    for packages in (_debian.UNIX_ODBC, _debian.SQLITE_ODBC, _debian.REDIS, _debian.CLAMD, _debian.RABBITMQ):
        _debian.ensure(packages)
    if not any(map(shutil.which, _debian.BROWSERS)):
        _debian.ensure(_debian.CHROMIUM, with_needed=True)
    _node.ensure()
    import pytest

    # A hundred processes import the same files, and do not compile them anew, whatever this one was told.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    report = [COVERAGE_REPORT] if "--cov" in arguments else []
    return pytest.main([*WORKERS, *report, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
