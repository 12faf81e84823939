from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from oncopipe.cli.flags import collect_options, flags_from, options_of
from oncopipe.errors import ConfigError
from oncopipe.options import QcOptions


def parse(arguments: list[str]) -> QcOptions:
    seen: list[QcOptions] = []

    @click.command()
    @options_of(QcOptions)
    def command(**values: Any) -> None:
        seen.append(collect_options(QcOptions, values))

    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return seen[0]


@pytest.mark.parametrize(
    "options",
    [
        QcOptions(),
        QcOptions(warn_duplicate_fraction=None, fail_contamination=None, min_sites=7, swapped="WARN"),
        QcOptions(coverage_thresholds=(5, 50), fail_duplicate_fraction=0.9),
    ],
)
def test_flags_from__come_back_as_the_same_options(options: QcOptions) -> None:
    assert parse(flags_from(options)) == options


def test_options_of__null_is_the_word_none() -> None:
    assert flags_from(QcOptions(warn_duplicate_fraction=None)) == ["--warn-duplicate-fraction", "none"]
    assert parse(["--fail-identity", "none"]).fail_identity is None


def test_collect_options__names_flag_and_range() -> None:
    with pytest.raises(ConfigError, match="--min-sites cannot be 0"):
        parse(["--min-sites", "0"])


def test_options_of__refuses_what_is_no_number() -> None:
    with pytest.raises(click.BadParameter):
        parse(["--fail-identity", "high"])
