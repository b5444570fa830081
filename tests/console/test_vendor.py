"""What the console takes from others is what its manifest says, and what ``scripts/vendor.py`` makes of the pins."""

from __future__ import annotations

import hashlib
import json

import pytest

from scripts import _node, vendor

LICENCES = {"MIT", "Apache-2.0", "ISC", "BSD-3-Clause"}


def test_files_and_licences_are_those_of_the_manifest() -> None:
    manifest = json.loads((vendor.PLACE / vendor.MANIFEST).read_text(encoding="utf-8"))
    lies_there = {path.name for path in vendor.PLACE.iterdir() if not path.name.endswith(".d.ts")}
    assert lies_there == {*manifest["files"], vendor.MANIFEST}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((vendor.PLACE / name).read_bytes()).hexdigest() == digest, name
    assert {each["license"] for each in manifest["packages"]} <= LICENCES
    told = (vendor.PLACE / vendor.LICENSES).read_text(encoding="utf-8")
    for each in manifest["packages"]:
        assert f"{each['name']} {each['version']} ({each['license']})" in told


@pytest.mark.slow
@pytest.mark.skipif(not _node.installed().exists(), reason="what runs on Node.js is not installed")
def test_it_is_what_the_script_makes_of_the_pins() -> None:
    for name, content in vendor.make(_node.installed()).items():
        assert (vendor.PLACE / name).read_bytes() == content, f"{name}: run python scripts/vendor.py"
