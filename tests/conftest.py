"""Fixtures that several tests use."""

from __future__ import annotations

import pytest

from tests.pairs import Pair, make_pair


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A small tumor/normal pair with planted alleles."""
    return make_pair(tmp_path_factory.mktemp("pair"))
