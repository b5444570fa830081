"""Small tables as the console reads and writes them."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from scripts import _node
from scripts._environment import ROOT

_RUN = """
import { parse, write } from "PATH";
const { read, kept } = JSON.parse(process.argv[1]);
const cells = read.map((each) => parse(each)[0][0]);
console.log(JSON.stringify({ cells, texts: kept.map((each) => write([[each]])) }));
"""
CELLS: dict[str, Any] = {
    "12.5": 12.5, "-0.25": -0.25, "1.0": 1, "100": 100, "0.10": 0.1, "0.0000001": 1e-7, "9007199254740992": 2**53,
    "0.30000000000000004": 0.30000000000000004,
    **dict.fromkeys(("1e3", "007", "NaN")),
    # As a number each of them would be another one.
    **dict.fromkeys(("12345678901234567890", "9007199254740993", "0.1234567890123456789", "1234567890123456.75")),
}  # fmt: skip
KEPT = {
    "12.5": "12.5", "0.10": '"0.10"', "7": '"7"', "12.50": '"12.50"', "0.0000001": '"0.0000001"', "true": '"true"',
    "": '""', " x": '" x"', "12345678901234567890": "12345678901234567890",
    "0.1234567890123456789": "0.1234567890123456789",
}  # fmt: skip


@pytest.mark.skipif(not _node.installed().exists(), reason="what runs on Node.js is not installed")
def test_no_digit_of_a_number_is_lost() -> None:
    code = _RUN.replace("PATH", (ROOT / "app/console/core/csv.js").as_uri())
    asked = json.dumps({"read": list(CELLS), "kept": list(KEPT)})
    command = [_node.node(), "--input-type=module", "-e", code, asked]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == {
        "cells": [text if number is None else number for text, number in CELLS.items()],
        "texts": list(KEPT.values()),
    }
