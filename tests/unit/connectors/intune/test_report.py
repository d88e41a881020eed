import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.connectors.intune import report as subject
from breakwater.connectors.intune.report import summarize
from breakwater.domain.errors import TransientError

CSV = b"DeviceId,AppInstallState\r\n1,installed\r\n2,failed\r\n3,pendingInstall\r\n"
MARK = b"\xef\xbb\xbf"
COUNTS = {"installed": 1, "failed": 1, "pending": 1}


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("report.csv", content)
    return buffer.getvalue()


def csv_of(*states: str) -> bytes:
    return ("AppInstallState\n" + "\n".join(states)).encode()


@pytest.mark.parametrize(
    "report",
    [CSV, zipped(CSV), zipped(CSV, zipfile.ZIP_STORED), MARK + CSV, zipped(MARK + CSV)],
)
def test__zip_or_csv_with_or_without_mark__counted(report: bytes) -> None:
    assert summarize(report, intent="required") == COUNTS


@pytest.mark.parametrize("report", [b"", b"DeviceId,AppInstallState\n", zipped(b"")])
def test__no_devices__none_pending_and_nothing_else(report: bytes) -> None:
    assert summarize(report, intent="required") == {"pending": 0}


@pytest.mark.parametrize(
    ("intent", "state", "counted"),
    [
        ("required", "installed", "installed"),
        ("required", "failed", "failed"),
        ("required", "uninstallFailed", "failed"),
        ("required", "notApplicable", "not_applicable"),
        ("required", "notInstalled", "pending"),
        ("required", "pendingInstall", "pending"),
        ("required", "unknown", "pending"),
        ("required", "someday-invented", "pending"),
        ("required", "", "pending"),
        ("uninstall", "notInstalled", "uninstalled"),
        ("uninstall", "uninstalled", "uninstalled"),
        ("uninstall", "uninstallFailed", "failed"),
        ("uninstall", "failed", "failed"),
        ("uninstall", "notApplicable", "not_applicable"),
        ("uninstall", "installed", "pending"),
        ("uninstall", "someday-invented", "pending"),
    ],
)
def test__state__counted_by_intent(intent: str, state: str, counted: str) -> None:
    report = f'DeviceId,AppInstallState\n1,"{state}"\n'.encode()
    assert summarize(report, intent=intent) == {"pending": 0} | {counted: 1}


def test__row_that_is_too_short__pending() -> None:
    assert summarize(b"DeviceId,AppInstallState\n1\n", intent="required") == {"pending": 1}


def bad_crc() -> bytes:
    raw = bytearray(zipped(CSV, zipfile.ZIP_STORED))
    raw[raw.index(b"installed")] ^= 1
    return bytes(raw)


def bad_deflate() -> bytes:
    raw = bytearray(zipped(CSV * 50))
    start = raw.index(b"report.csv") + len(b"report.csv")
    raw[start : start + 8] = b"\xff" * 8
    return bytes(raw)


def encrypted() -> bytes:
    raw = bytearray(zipped(CSV))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def unknown_compression() -> bytes:
    raw = bytearray(zipped(CSV))
    raw[8] = raw[raw.index(b"PK\x01\x02") + 10] = 97
    return bytes(raw)


@pytest.mark.parametrize(
    "report",
    [
        b"PK",
        b"PK\x03\x04 and no more",
        zipped(CSV)[:-10],
        zipped(CSV)[:40],
        bad_crc(),
        bad_deflate(),
        encrypted(),
        unknown_compression(),
        b"PK\x05\x06" + bytes(18),
        b"\xff\xfe\x00",
        b"DeviceId,State\n1,installed\n",
        b"<html>\n<body>Sign in</body>\n",
        b"<html><body>Sign in</body></html>",
        b"\n",
        b'AppInstallState\n"' + b"x" * 200_000 + b'"\n',
    ],
    ids=[
        "magic only",
        "no directory",
        "cut off",
        "cut short",
        "bad checksum",
        "bad stream",
        "encrypted",
        "unknown compression",
        "empty archive",
        "not utf-8",
        "no state column",
        "html",
        "html on one line",
        "blank",
        "huge field",
    ],
)
def test__report_that_cannot_be_read__transient(report: bytes) -> None:
    with pytest.raises(TransientError) as caught:
        summarize(report, intent="required")
    assert caught.value.service == "intune"


def test__zip_bomb__refused_by_the_size_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MAX_REPORT_BYTES", 1000)
    assert summarize(zipped(csv_of(*["failed"] * 100)), intent="required")["failed"] == 100
    with pytest.raises(TransientError):
        summarize(zipped(csv_of(*["failed"] * 200)), intent="required")


def test__zip_bomb_that_lies_about_its_size__never_unpacked_beyond_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subject, "MAX_REPORT_BYTES", 5000)
    content = csv_of(*["failed"] * 100_000)
    raw = bytearray(zipped(content))
    told, small = len(content).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    raw = raw.replace(told, small)
    unpacked: list[int] = []
    genuine = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._inner = genuine(wbits)

        def decompress(self, data: bytes, most: int = 0) -> bytes:
            piece = self._inner.decompress(data, most)
            unpacked.append(len(piece))
            return piece

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    with pytest.raises(TransientError):
        summarize(bytes(raw), intent="required")
    assert 0 < sum(unpacked) < 20_000


HEAD = b"DeviceId,AppInstallState\n"


@pytest.mark.parametrize(
    ("content", "readable"),
    [
        (HEAD + b"a\n" * 40_000, True),
        (HEAD + b"1,installed\n2,failed\n" * 10_000, True),
        (HEAD + b"a" * 4_000_000, False),
        (HEAD + b'"\n",' * 1_000_000, False),
        (b"AppInstallState" + b",a" * 2_000_000, False),
    ],
    ids=["short rows", "devices", "a line without end", "a record without end", "columns"],
)
@pytest.mark.parametrize("packed", [zipped, bytes])
def test__report__read_without_being_held_in_memory(
    content: bytes, readable: bool, packed: Callable[[bytes], bytes]
) -> None:
    report = packed(content)
    tracemalloc.start()
    try:
        if readable:
            assert sum(summarize(report, intent="required").values()) >= 10_000
        else:
            with pytest.raises(TransientError):
                summarize(report, intent="required")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test__lines_without_end__refused_before_they_are_all_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subject, "MAX_LINES", 101)
    assert summarize(csv_of(*["failed"] * 99), intent="required")["failed"] == 99
    with pytest.raises(TransientError):
        summarize(HEAD + b"\n" * 200, intent="required")


def test__record_of_several_lines__one_device() -> None:
    report = HEAD + b'"1\n\n2",failed\n\n3,installed\n'
    assert summarize(report, intent="required") == {"pending": 0, "failed": 1, "installed": 1}


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail))
def test__anything__counted_or_transient(report: bytes) -> None:
    try:
        counts = summarize(report, intent="required")
    except TransientError:
        return
    assert counts["pending"] >= 0


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test__damaged_zip__counted_or_transient(at: int, damage: bytes) -> None:
    raw = bytearray(zipped(CSV))
    at %= len(raw)
    raw[at : at + len(damage)] = damage
    try:
        counts = summarize(bytes(raw), intent="required")
    except TransientError:
        return
    assert "pending" in counts
