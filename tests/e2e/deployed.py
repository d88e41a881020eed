"""A stack that is already there: what a client may know of it, and nothing behind its API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Deployed:
    """As infra/verify.py describes it. `tokens` are by right: submit, operate, none."""

    api_url: str
    tokens: Mapping[str, str] = field(repr=False)
    outputs: Mapping[str, str]

    @classmethod
    def read(cls, file: Path) -> "Deployed":
        return cls(**json.loads(file.read_text()))
