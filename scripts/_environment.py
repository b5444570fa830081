"""The virtual environment that the other scripts run in. Standard library only: it comes before the rest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST, NEWEST = (3, 11), (3, 13)


def ensure(requirements: str) -> None:
    """Makes ``.venv`` and installs the pinned requirements, unless that was done already. Ends the process
    with a sentence about what is missing when it cannot."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"This needs Python 3.11, 3.12 or 3.13; this is {found}. Run it with one of them.")
    pins = ROOT / requirements
    stamp = VENV / f"installed-{requirements.replace('/', '-')}"
    digest = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest and PYTHON.exists():
        return
    print(f"Installing {requirements} into .venv (once; it takes a minute)…", flush=True)
    if not PYTHON.exists() and _run([sys.executable, "-m", "venv", str(VENV)]) != 0:
        sys.exit(
            "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"
        )
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    if _run([str(PYTHON), "-m", "pip", "install", *quiet, "-r", str(pins)]) != 0:
        sys.exit(f"pip could not install {requirements}; what it says above tells why.")
    stamp.write_text(digest)


def continue_in_venv(script: str, arguments: list[str]) -> int:
    """Goes on with the script in the environment's Python: as this process, so that whoever started it, and
    ends it by its id, has the script in hand. Windows gives what takes over another id, so there a child does
    it, and its exit code is answered."""
    command = [str(PYTHON), str(ROOT / "scripts" / script), *arguments]
    if os.name != "nt":
        sys.stdout.flush()
        sys.stderr.flush()
        os.chdir(ROOT)
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return _run(command)


def is_in_venv() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _run(command: list[str]) -> int:
    process = subprocess.Popen(command, cwd=ROOT)
    while True:
        # Ctrl-C reaches the child too, which ends in its own time; subprocess.run() would kill it.
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()
