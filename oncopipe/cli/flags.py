"""From an option model to command-line flags and back, so that no flag is written twice."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import click
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from oncopipe.errors import ConfigError
from oncopipe.options import Options

# What stands for null on a command line: a threshold of `none` is not judged.
NONE = "none"

OptionsT = TypeVar("OptionsT", bound=Options)
Command = TypeVar("Command", bound=Callable[..., Any])


def flag_of(name: str) -> str:
    """The flag of an option: `--min-base-quality` for `min_base_quality`."""
    return "--" + name.replace("_", "-")


class OptionalType(click.ParamType):
    """A value of some type, or the word `none` for an option that may be null."""

    def __init__(self, kind: type) -> None:
        self._type = click.types.convert_type(kind)
        self.name = f"{self._type.name}|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return None if value == NONE else self._type.convert(value, param, ctx)


def _click_type(field: FieldInfo) -> tuple[Any, bool]:
    """The click type of a field, and whether it takes several values."""
    kind = field.annotation
    if get_origin(kind) in (Union, types.UnionType):
        return OptionalType(next(a for a in get_args(kind) if a is not type(None))), False
    if get_origin(kind) is Literal:
        return click.Choice([str(a) for a in get_args(kind)]), False
    if get_origin(kind) is tuple:
        return get_args(kind)[0], True
    return kind, False


def options_of(model: type[Options]) -> Callable[[Command], Command]:
    """A decorator that gives a command one flag for every field of `model`."""

    def decorate(command: Command) -> Command:
        for name, field in reversed(model.model_fields.items()):
            kind, several = _click_type(field)
            declaration = f"{flag_of(name)}/--no-{name.replace('_', '-')}" if kind is bool else flag_of(name)
            command = click.option(
                declaration,
                name,
                type=None if kind is bool else kind,
                multiple=several,
                default=field.default,
                show_default=True,
                help=field.description,
            )(command)
        return command

    return decorate


def collect_options(model: type[OptionsT], values: dict[str, Any]) -> OptionsT:
    """The options that a command was given. Raises: ConfigError with flag, value and allowed range."""
    try:
        return model(**{name: values[name] for name in model.model_fields if name in values})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise ConfigError(
            f"{flag_of(name)} cannot be {first['input']!r}: {first['msg'].lower()}",
            fix=f"{model.model_fields[name].description} (default {model.model_fields[name].default})",
        ) from error


def flags_from(options: Options) -> list[str]:
    """The flags that say what differs from the defaults, for a command line that a person can copy."""
    flags: list[str] = []
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        if value == field.default:
            continue
        if isinstance(value, bool):
            flags.append(flag_of(name) if value else f"--no-{name.replace('_', '-')}")
        elif isinstance(value, tuple):
            flags += [part for item in value for part in (flag_of(name), str(item))]
        else:
            flags += [flag_of(name), NONE if value is None else str(value)]
    return flags


def flag_each(flag: str, *values: str | None) -> list[str]:
    """The flag before each value that is given; nothing for none."""
    return [part for value in values if value for part in (flag, value)]
