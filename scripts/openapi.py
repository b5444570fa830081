"""Writes app/openapi.json, the committed OpenAPI document: python scripts/openapi.py"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.http import openapi


def made() -> str:
    """The document of an installation with default settings, made of the routes."""
    import tempfile

    from app.core.config import Settings
    from app.main import create_app

    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(
            _env_file=None,
            pma_signing_keys="none:" + "A" * 43,
            local_issuer_key_file=Path(directory) / "key.pem",
        )
        document = openapi.document(create_app(settings))
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    openapi.COMMITTED.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
