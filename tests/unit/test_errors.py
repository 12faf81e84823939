"""Every error says what, where and what to do, and has the exit code that docs/commands.md gives it."""

from __future__ import annotations

from oncopipe import errors


def test_message__names_what_where_and_fix() -> None:
    error = errors.InputError("the BAM is truncated", where="t.bam", fix="copy it again")
    assert str(error).splitlines() == ["the BAM is truncated", "  where: t.bam", "  fix: copy it again"]


def test_exit_codes__are_the_documented_ones() -> None:
    codes = {name: getattr(errors, name).exit_code for name in dir(errors) if name.endswith("Error")}
    assert codes == {
        "OncoPipeError": 70,
        "InputError": 65,
        "MissingInputError": 66,
        "ReferenceMismatchError": 65,
        "FormatVersionError": 65,
        "OutputError": 73,
        "ConfigError": 78,
        "GateError": 1,
    }
