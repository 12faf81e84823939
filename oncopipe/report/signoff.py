"""Draft, signed, amended: who released which findings, why they were replaced, and by what they differ.

The record is one JSON file. Each release carries what the report said, so that the next can name the differences, and
a seal over its content and the seal before it: a later edit of the file shows. It is no electronic signature.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from oncopipe.data.findings import Model
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.output import write_text
from oncopipe.report.catalogue import Text, text
from oncopipe.report.changes import Changes, Snapshot, changes, snapshot_of
from oncopipe.report.selection import Source

State = Literal["draft", "signed", "amended", "stale"]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Release(Model):
    """One version of a report that somebody answers for. Dates are given, never a clock's."""

    version: int = Field(ge=1)
    name: str = Field(min_length=1)
    role: str = Field(min_length=1)
    date: str
    reason: str | None = Field(None, description="why it replaces the version before; null for the first")
    said: Snapshot
    seal: str


class SignOff(Model):
    """The releases of one sample's report, oldest first."""

    format_version: Literal["1.0"] = "1.0"
    releases: list[Release] = Field(min_length=1)


@dataclass(frozen=True)
class Signature:
    """Where a report stands: its state, the sentence that says so, its versions, and what the last one changed."""

    state: State
    says: Text
    releases: tuple[Release, ...] = ()
    differences: Changes | None = None


DRAFT = Signature("draft", text("state.draft_says"))


def sign(source: Source, path: Path, *, name: str, role: str, date: str) -> SignOff:
    """Release the first version. Raises: InputError when there is one already, or the date is none."""
    if path.exists():
        raise InputError("this report has been signed already", where=str(path), fix="use 'oncopipe report amend'")
    return _add(None, source, path, name, role, date, None)


def amend(source: Source, path: Path, *, name: str, role: str, date: str, reason: str) -> SignOff:
    """Replace the last version, saying why.

    Raises: MissingInputError without a first version; InputError when the findings are of another sample, the same as
    before, or dated earlier, or when no reason is given.
    """
    record = read_signoff(path)
    last = record.releases[-1]
    identity = source.head.identity
    if (identity.patient, identity.sample) != (last.said.patient, last.said.sample):
        raise InputError(
            f"the record is of {last.said.patient} {last.said.sample}, the findings are of "
            f"{identity.patient} {identity.sample}",
            where=str(path),
        )
    if source.digest == last.said.digest:
        raise InputError(f"these are the findings that version {last.version} was signed for", where=str(path))
    if not reason.strip():
        raise InputError("an amendment needs its reason", where=str(path), fix="give --reason")
    _check_date(date)
    if date < last.date:
        raise InputError(f"version {last.version} is of {last.date}, later than {date}", where=str(path))
    return _add(record, source, path, name, role, date, reason.strip())


def read_signoff(path: Path) -> SignOff:
    """The record of a report's releases.

    Raises: MissingInputError; InputError when it cannot be read, or was edited since it was written.
    """
    try:
        record = SignOff.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise MissingInputError("there is no sign-off", where=str(path), fix="use 'oncopipe report sign'") from None
    except OSError as error:
        raise InputError(f"the sign-off cannot be read: {error.strerror}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{path}, {'.'.join(map(str, first['loc'])) or '$'}"
        raise InputError(f"the sign-off is not valid: {first['msg']}", where=where) from error
    before = ""
    for number, release in enumerate(record.releases, 1):
        if release.version != number or release.seal != _seal(release, before):
            raise InputError(
                f"version {release.version} of the sign-off was changed after it was written",
                where=str(path),
                fix="take the file from a backup; what was signed is not what it says",
            )
        before = release.seal
    return record


def signature_of(record: SignOff | None, source: Source) -> Signature:
    """Where a report of these findings stands. Findings other than the last signed ones are not signed."""
    if record is None:
        return DRAFT
    last = record.releases[-1]
    said = {"version": last.version, "name": last.name, "role": last.role, "date": last.date}
    if last.said.digest != source.digest:
        digest = last.said.digest[:12]
        says = text("state.stale_says", version=last.version, digest=digest)
        return Signature("stale", says, tuple(record.releases), _differences(last, snapshot_of(source), source))
    if len(record.releases) == 1:
        return Signature("signed", text("state.signed_says", **said), tuple(record.releases))
    old = record.releases[-2]
    says = text("state.amended_says", **said, old=old.version, old_date=old.date, reason=last.reason)
    return Signature("amended", says, tuple(record.releases), _differences(old, last.said, source))


def _differences(old: Release, new: Snapshot, source: Source) -> Changes:
    against = text("since.version", version=old.version, date=old.date)
    return changes(old.said, new, source.head, against)


def _add(
    record: SignOff | None, source: Source, path: Path, name: str, role: str, date: str, reason: str | None
) -> SignOff:
    _check_date(date)
    for what, value in (("name", name), ("role", role)):
        if not value.strip():
            raise InputError(f"a signature needs a {what}", fix=f"give --{what}")
    releases = list(record.releases) if record else []
    release = Release(
        version=len(releases) + 1,
        name=name.strip(),
        role=role.strip(),
        date=date,
        reason=reason,
        said=snapshot_of(source),
        seal="",
    )
    seal = _seal(release, releases[-1].seal if releases else "")
    made = SignOff(releases=[*releases, release.model_copy(update={"seal": seal})])
    write_text(path, made.model_dump_json(indent=1) + "\n")
    return made


def _seal(release: Release, before: str) -> str:
    content = release.model_copy(update={"seal": before}).model_dump_json()
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _check_date(date: str) -> None:
    try:
        ok = bool(_DATE.fullmatch(date)) and bool(datetime.date.fromisoformat(date))
    except ValueError:
        ok = False
    if not ok:
        raise InputError(f"{date!r} is no date", fix="write it as YYYY-MM-DD")
