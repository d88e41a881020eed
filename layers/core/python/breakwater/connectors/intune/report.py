"""Graph's report on an app's installation: a ZIP that holds one CSV, a row for each device."""

import csv
import io
import zipfile
import zlib
from collections import Counter
from typing import Any

from breakwater.connectors.intune.graph import SERVICE
from breakwater.domain.errors import TransientError

MAX_REPORT_BYTES = 50 * 1024 * 1024
"""What is unpacked at most: about 200,000 devices."""

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

    Raises: TransientError if the report cannot be read: the next one may be.
    """
    states = _UNINSTALL_STATES if intent == "uninstall" else _INSTALL_STATES
    counts = Counter({"pending": 0})
    for row in _rows(report):
        counts[states.get(row.get("AppInstallState", ""), "pending")] += 1
    return dict(counts)


def _rows(report: bytes) -> list[dict[str, Any]]:
    try:
        text = (_unzipped(report) if report[:2] == b"PK" else report).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text))
        rows = list(reader)
    except _UNREADABLE as error:
        raise TransientError("intune sent a report that cannot be read", service=SERVICE) from error
    # Even without devices it has its columns: another page must not pass for an empty report.
    if text and "AppInstallState" not in (reader.fieldnames or ()):
        raise TransientError("intune sent a report without AppInstallState", service=SERVICE)
    return rows


def _unzipped(report: bytes) -> bytes:
    with (
        zipfile.ZipFile(io.BytesIO(report)) as archive,
        archive.open(archive.infolist()[0]) as file,
    ):
        # Its size as told may be a lie, and read() without one inflates everything at once.
        content = file.read(MAX_REPORT_BYTES + 1)
    if len(content) > MAX_REPORT_BYTES:
        raise zipfile.BadZipFile("the report is larger than it may be")
    return content
