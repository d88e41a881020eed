"""Which of Landscape's activities an attempt of ours may have begun.

Landscape takes no id with a request and shows none: an activity tells its creator, its time and a
summary. What makes that enough:

- The creator is a user of this deployment alone (the setting `api_user`).
- A lease keeps requests with like summaries apart for 90 s, and what there was before a request is
  noted with its intent. One exact match in the minute after that is therefore ours, while the two
  clocks agree within half a minute.
- Anything else that could be ours leaves the question open: a summary that cannot be read, a time
  that does not fit, a second match.
- Absence counts only in the list of what everybody has begun (`api_user` may be mistaken), and long
  enough after the request, which may have been on its way when it was given up.

So nothing is begun twice, unless Landscape's clock is more than ten minutes behind ours or it sums
up an installation without calling it one.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum, auto
from hashlib import sha256
from typing import Any

from breakwater.connectors.landscape import SERVICE
from breakwater.connectors.landscape.api import Activity

CLOSE = timedelta(seconds=30)
"""By how much Landscape's clock may differ from ours for an activity to be recognised."""
REQUEST = timedelta(seconds=30)
"""How long a request may take to be answered or given up."""
APART = timedelta(minutes=10)
"""By how much it may be behind ours for an activity to be noticed at all. Each request pays for it:
so far back goes the list of what there was before."""
LISTED = timedelta(days=1)
"""How far back a list begins. UNSURE: `created-after` may be read in the account's time zone."""
VISIBLE = timedelta(minutes=2)
"""After this long an activity is in the lists, if there is one.
UNSURE: no delay is documented; it leaves time for a request that was given up, too."""

_PACKAGES = re.compile(r"install packages? (.+)", re.IGNORECASE)
_SNAPS = re.compile(r"install snaps?\b", re.IGNORECASE)
_BETWEEN = re.compile(r",\s*and\s+|,\s*|\s+and\s+")
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_CUT = ("...", "\N{HORIZONTAL ELLIPSIS}")

Payload = Mapping[str, Any]


class Likeness(Enum):
    """What a summary says of whether it is a payload's."""

    SAME = auto()
    PERHAPS = auto()
    OTHER = auto()


def resource(payload: Payload) -> str:
    """Return what to hold a lease on: the same for all payloads that summaries do not tell apart.

    Summaries name packages, but neither snaps nor computers.
    """
    if "snaps" in payload:
        return f"{SERVICE}/snaps"
    names = "\n".join(sorted(payload["packages"]))
    return f"{SERVICE}/packages/{sha256(names.encode()).hexdigest()}"


def suspects(
    activities: Iterable[Activity],
    payload: Payload,
    *,
    since: datetime,
    known: Collection[str] = (),
) -> list[Activity]:
    """Return the activities that could be what `payload` began at `since` or soon after."""
    return [
        activity
        for activity in activities
        if activity.get("parent_id") is None
        and str(activity["id"]) not in known
        and likeness(activity.get("summary"), payload) is not Likeness.OTHER
        and not _too_old(_created(activity), since)
    ]


def is_ours(activity: Activity, payload: Payload, *, since: datetime) -> bool:
    """Whether a suspect, if it is the only one, is certainly what `payload` began."""
    created = _created(activity)
    return (
        created is not None
        and since - CLOSE <= created <= since + REQUEST + CLOSE
        and likeness(activity.get("summary"), payload) is Likeness.SAME
    )


def likeness(summary: object, payload: Payload) -> Likeness:
    """Compare a summary with what `payload` would be summed up as.

    Documented are "Install package vim", "Install packages haskell-mode and python-mode", "Install
    packages python-twisted-conch and python..." and "Install snaps on computer".
    UNSURE: how three packages are joined, and what becomes of very many.
    """
    if not isinstance(summary, str):
        return Likeness.PERHAPS
    text = " ".join(summary.split())
    packages, is_snaps = _PACKAGES.fullmatch(text), bool(_SNAPS.match(text))
    if "snaps" in payload and is_snaps:
        return Likeness.SAME
    if "packages" in payload and packages:
        return _by_names(packages[1], payload["packages"])
    if packages or is_snaps or "install" not in text.casefold():
        return Likeness.OTHER
    return Likeness.PERHAPS


def _by_names(text: str, wanted: Collection[str]) -> Likeness:
    names = _BETWEEN.split(text)
    if text.endswith(_CUT):
        *whole, last = names
        # What is cut may be the word between two names.
        start = last.rstrip("".join(_CUT)).partition(" ")[0].rstrip(",")
        fits = set(whole) <= set(wanted) and any(name.startswith(start) for name in wanted)
        return Likeness.PERHAPS if fits else Likeness.OTHER
    if sorted(names) == sorted(wanted):
        return Likeness.SAME
    return Likeness.OTHER if all(map(_NAME.fullmatch, names)) else Likeness.PERHAPS


def _too_old(created: datetime | None, since: datetime) -> bool:
    return created is not None and created < since - APART


def _created(activity: Activity) -> datetime | None:
    """Return when an activity was created; None if it does not say so plainly."""
    try:
        created = datetime.fromisoformat(str(activity.get("creation_time")))
    except ValueError:
        return None
    return created if created.tzinfo else None
