"""Real data to test on: the folder that `ONCOPIPE_DATA` names, or the one beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data. Absent: skip, or fail where `ONCOPIPE_REQUIRE_DATA=1` says that it must be there."""
    folder = Path(os.environ.get("ONCOPIPE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "spike_train").is_dir():
        if os.environ.get("ONCOPIPE_REQUIRE_DATA") == "1":
            pytest.fail(f"ONCOPIPE_REQUIRE_DATA=1, but there is no real data in {folder}")
        pytest.skip(f"no real data in {folder}; set ONCOPIPE_DATA to their folder")
    return folder
