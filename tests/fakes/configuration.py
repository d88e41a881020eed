"""Settings and secrets that only tests change."""

from collections.abc import Mapping
from typing import Any


class FixedConfiguration:
    """ports.ConfigurationSource; `fresh` counts how often the secret was asked for past a cache."""

    def __init__(
        self, settings: Mapping[str, Any], secret: Mapping[str, str], service: str = "intune"
    ) -> None:
        self._service = service
        self.settings_ = settings
        self.secret_ = secret
        self.fresh = 0

    def settings(self, service: str) -> Mapping[str, Any]:
        assert service == self._service
        return self.settings_

    def secret(self, service: str, *, fresh: bool = False) -> Mapping[str, str]:
        assert service == self._service
        self.fresh += fresh
        return self.secret_
