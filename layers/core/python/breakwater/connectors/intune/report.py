"""Graph's report on an app's installation: a ZIP that holds one CSV, a row for each device."""

import csv
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from breakwater.connectors.intune.graph import SERVICE
from breakwater.domain.errors import TransientError

MAX_REPORT_BYTES = 50 * 1024 * 1024
"""What is unpacked at most: about 200,000 devices."""
MAX_RECORD_CHARS = 128 * 1024
"""What a device's record may have at most. Graph's have some hundred."""
MAX_LINES = 1024 * 1024
"""Some fifty characters each: a device's has more, and 50 MiB of empty lines take a minute."""

_COLUMN = "AppInstallState"

# UNSURE: no source lists every state. What is not known here counts as pending, so that an unknown
# word delays a task and never ends it wrongly.
_INSTALL_STATES = {
    "installed": "installed",
    "failed": "failed",
    "uninstallFailed": "failed",
    "notApplicable": "not_applicable",
}
_UNINSTALL_STATES = {
    "notInstalled": "uninstalled",
    "uninstalled": "uninstalled",
    "failed": "failed",
    "uninstallFailed": "failed",
    "notApplicable": "not_applicable",
}


_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # encrypted, or compressed in a way that zipfile does not know
    ValueError,
    IndexError,
    csv.Error,
)
"""What a report that is broken makes of zipfile and csv."""


def summarize(report: bytes, *, intent: str) -> dict[str, int]:
    """Count the devices by where they stand, `pending` always among them.

    Row by row, so that the report as it came is all that is held. Raises: TransientError if it
    cannot be read: the next one may be.
    """
    states = _UNINSTALL_STATES if intent == "uninstall" else _INSTALL_STATES
    counts = Counter({"pending": 0})
    try:
        with _opened(report) as file:
            for state in _told_states(_Records(file)):
                counts[states.get(state, "pending")] += 1
    except _UNREADABLE as error:
        raise TransientError("intune sent a report that cannot be read", service=SERVICE) from error
    return dict(counts)


@contextmanager
def _opened(report: bytes) -> Iterator[IO[bytes]]:
    if report[:2] != b"PK":
        yield io.BytesIO(report)
        return
    with (
        zipfile.ZipFile(io.BytesIO(report)) as archive,
        archive.open(archive.infolist()[0]) as file,
    ):
        yield file


class _Records:
    """A report's records, within bounds: a short ZIP may hold anything, in lines of any length."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        # As `file` inflates piece by piece, whatever size it tells: that may be a lie.
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n")
        self._room = MAX_RECORD_CHARS
        self._lines = 0

    def __iter__(self) -> Iterator[list[str]]:
        for record in csv.reader(iter(self._line, "")):
            self._room = MAX_RECORD_CHARS
            yield record

    def _line(self) -> str:
        """Return the next line, or "" at the end. Quoted fields make a record of several."""
        line = self._text.readline(self._room + 1)
        self._room -= len(line)
        self._lines += 1
        too_long = self._room < 0 or self._lines > MAX_LINES
        if too_long or self._file.tell() > MAX_REPORT_BYTES:
            raise ValueError("the report is larger than it may be")
        return line


def _told_states(records: Iterable[list[str]]) -> Iterator[str]:
    """Yield what each device's record says, "" where it is too short to say it."""
    rows = iter(records)
    columns = next(rows, None)
    if columns is None:
        return
    # Even without devices it has its columns: another page must not pass for an empty report.
    if _COLUMN not in columns:
        raise TransientError(f"intune sent a report without {_COLUMN}", service=SERVICE)
    at = columns.index(_COLUMN)
    for row in rows:
        if row:  # an empty line is none of a device
            yield row[at] if len(row) > at else ""
