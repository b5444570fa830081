"""The console's types, which stand in comments, as TypeScript sees them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from scripts import _node
from scripts._environment import ROOT

OPTIONS = {
    "allowJs": True, "checkJs": True, "noEmit": True, "strict": True, "noUnusedLocals": True,
    "noImplicitReturns": True, "target": "es2024", "module": "esnext", "moduleResolution": "bundler",
    "lib": ["es2024", "dom", "dom.iterable"], "types": [], "skipLibCheck": True,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not _node.installed().exists(), reason="what runs on Node.js is not installed")
def test_the_console_s_types_hold(tmp_path: Path) -> None:
    modules = _node.installed() / "node_modules"
    console = (ROOT / "app" / "console").as_posix()
    project = {
        "compilerOptions": {**OPTIONS, "paths": {"*": [f"{modules.as_posix()}/*"]}},
        "include": [f"{console}/**/*.js"],
        "exclude": [f"{console}/vendor/*.js"],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(project), encoding="utf-8")
    program = [_node.node(), str(modules / "typescript" / "bin" / "tsc"), "-p", str(tmp_path)]
    checked = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
