"""Renews what the console takes from npm: python scripts/vendor.py.

The pins are those of tests/node/package-lock.json. What is committed is what this writes, to the letter: a
test makes it anew and compares. app/console/vendor/manifest.json tells versions, licences and digests.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts import _environment, _node

PLACE = _environment.ROOT / "app" / "console" / "vendor"
MANIFEST, LICENSES = "manifest.json", "LICENSES.txt"
_RULE = "-" * 100
_BUNDLES = {
    "ui.js": """
        export { Component, Fragment, createContext, createRef, h, render } from "preact";
        export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState }
            from "preact/hooks";
        export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect }
            from "@preact/signals";
        export { html } from "htm/preact";
    """,
    "drag.js": """
        export { draggable, dropTargetForElements, monitorForElements }
            from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
        export { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
    """,
    "graph.js": 'export { Graph, layout } from "@dagrejs/dagre";',
    # What the console says of its own looks counts for more than this, whatever the selectors.
    "pico.css": '@import "@picocss/pico/css/pico.css" layer(pico);',
}
"""Each file, and of what it is made."""


def make(modules: Path) -> dict[str, bytes]:
    """All files by name, from the packages in ``modules``, the manifest among them."""
    made: dict[str, bytes] = {}
    packages: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "node_modules").symlink_to(modules / "node_modules")
        for name, source in _BUNDLES.items():
            given, written, told = (
                Path(directory) / each for each in (f"in{Path(name).suffix}", name, "meta.json")
            )
            given.write_text(source, encoding="utf-8")
            _bundle(modules, given, written, told)
            made[name] = written.read_bytes()
            inputs = json.loads(told.read_text(encoding="utf-8"))["inputs"]
            for each in inputs:
                if "node_modules/" in each:
                    packages.setdefault(_package(each), set()).add(name)
    made[LICENSES] = "".join(_license(modules, name) for name in sorted(packages)).encode()
    manifest = {
        "made_by": "python scripts/vendor.py",
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(made.items())},
        "packages": [
            {"name": name, **_told(modules, name), "in": sorted(files)}
            for name, files in sorted(packages.items())
        ],
    }
    made[MANIFEST] = f"{json.dumps(manifest, indent=2)}\n".encode()
    return made


def _bundle(modules: Path, given: Path, written: Path, told: Path) -> None:
    program = [_node.node(), str(modules / "node_modules" / "esbuild" / "bin" / "esbuild")]
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none"]
    files = [str(given), f"--outfile={written}", f"--metafile={told}", "--log-level=warning"]
    subprocess.run([*program, *options, *files], cwd=given.parent, check=True)


def _package(path: str) -> str:
    parts = path.rpartition("node_modules/")[2].split("/")
    return "/".join(parts[:2]) if parts[0].startswith("@") else parts[0]


def _license(modules: Path, name: str) -> str:
    """Its text, as each of these licences wants it to go along."""
    about, place = _told(modules, name), modules / "node_modules" / name
    texts = [path.read_text(encoding="utf-8").strip() for path in sorted(place.glob("LICENSE*"))]
    texts += [
        path.read_text(encoding="utf-8").strip() for path in sorted(place.glob("dist/dagre.esm.js.LEGAL.txt"))
    ]
    return "\n\n".join([f"{name} {about['version']} ({about['license']})", *texts, f"{_RULE}\n\n"])


def _told(modules: Path, name: str) -> dict[str, str]:
    about = json.loads((modules / "node_modules" / name / "package.json").read_text(encoding="utf-8"))
    return {"version": about["version"], "license": about["license"]}


def main() -> int:
    if not _environment.is_in_venv():
        _environment.ensure("tests/requirements.txt")
        return _environment.continue_in_venv("vendor.py", [])
    modules = _node.ensure()
    if modules is None:
        return 1
    PLACE.mkdir(exist_ok=True)
    for name, content in make(modules).items():
        (PLACE / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
