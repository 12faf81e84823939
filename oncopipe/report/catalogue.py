"""Every fixed text of a report by its key, in each language. A language is one file in `languages/`.

A text is said as `Text(key, values)` and becomes words only where it is printed, so that one content serves all
languages. Sentences that other stages write into the findings are known by their English words: the table `said` of
`en.toml` holds them as patterns, and a language that has the same key says them in its own words. So do tumor types.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from oncopipe.errors import ConfigError

PRIMARY = "en"
_HOLE = re.compile(r"\{(\w+)\}")
_HOLE_FIRST = "{"
_KNOWN_BY_WORDS = ("said.", "disease.")
_MOST = 400  # characters of a sentence that is looked for


@dataclass(frozen=True)
class Text:
    """A text of the catalogue. Values are plain texts, or texts of the catalogue themselves."""

    key: str
    values: tuple[tuple[str, str | Text], ...] = ()


def text(key: str, **values: Any) -> Text:
    """The text of a key with its values: numbers in groups of three, None as an empty text."""
    return Text(key, tuple((name, _value(value)) for name, value in values.items()))


@cache
def languages() -> dict[str, dict[str, str]]:
    """Code of each language -> key -> words, English first. A key that a language lacks is said in English."""
    folder = files("oncopipe.report") / "languages"
    read = {
        entry.name.removesuffix(".toml"): _flat(tomllib.loads(entry.read_text(encoding="utf-8")))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
    english = read.pop(PRIMARY)
    return {PRIMARY: english} | {code: english | words for code, words in read.items()}


def check_language(code: str) -> None:
    """Raises: ConfigError when there is no such language, naming those that there are."""
    if code not in languages():
        known = ", ".join(sorted(languages()))
        raise ConfigError(
            f"there is no language {code!r}", fix=f"one of {known}; a file in report/languages adds one"
        )


def words(said: Text | str, language: str = PRIMARY) -> str:
    """A text in a language; a text from a file stays as it is, or is said in the language where it is known."""
    if isinstance(said, str):
        known = recognize(said)
        return said if known is None or language == PRIMARY else words(known, language)
    values = dict(said.values)
    template = languages()[language].get(said.key)
    if template is None:
        raise KeyError(f"no text {said.key!r} in the catalogue")
    return _HOLE.sub(lambda hole: words(values[hole[1]], language), template)


def recognize(sentence: str) -> Text | None:
    """The catalogue's text for an English sentence of another stage; None when it is not known.

    >>> recognize("low fraction")
    Text(key='said.low_fraction', values=())
    """
    return _recognized(sentence) if len(sentence) <= _MOST else None


@lru_cache(maxsize=1 << 14)
def _recognized(sentence: str) -> Text | None:
    for first in (sentence[:1], _HOLE_FIRST):
        for key, pattern in _patterns().get(first, ()):
            if found := pattern.fullmatch(sentence):
                return Text(key, tuple(sorted(found.groupdict().items())))
    head, joint, tail = sentence.partition("; ")
    if joint and tail and any(_recognized(part) for part in (head, tail)):
        return Text("page.both", (("first", head), ("second", tail)))
    return None


def values_json(said: Text) -> str:
    """The values of a text as JSON for the page's script: a text of the catalogue is `[key, values]`."""
    return json.dumps(_plain(said.values), ensure_ascii=False, separators=(",", ":"))


def _plain(values: tuple[tuple[str, str | Text], ...]) -> dict[str, Any]:
    # What a file brought and a language knows by its words is a text of the catalogue too.
    made: dict[str, Any] = {}
    for name, value in values:
        known = recognize(value) if isinstance(value, str) else value
        made[name] = value if known is None else [known.key, _plain(known.values)]
    return made


@cache
def _patterns() -> Mapping[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    """Patterns of the known sentences by their first character, the longest first; those that begin with a hole apart."""
    by_first: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    known = sorted(languages()[PRIMARY].items(), key=lambda item: (-len(item[1]), item[0]))
    for key, template in known:
        if key.startswith(_KNOWN_BY_WORDS):
            parts = _HOLE.split(template)
            pattern = "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
            by_first.setdefault(template[0], []).append((key, re.compile(pattern, re.DOTALL)))
    return {first: tuple(patterns) for first, patterns in by_first.items()}


def _value(value: Any) -> str | Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return flat
