"""What the findings refuse to say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from oncopipe.data.findings import Negative


def test_negative__is_never_without_its_limit() -> None:
    with pytest.raises(ValidationError, match="needs the limit"):
        Negative(gene="KRAS", target="codons 12 and 13", status="not_detected")
    assert Negative(gene="KRAS", target="codons 12 and 13", status="not_detected", limit=0.02).limit == 0.02
    assert Negative(gene="KRAS", target="codons 12 and 13", status="not_assessable").limit is None
