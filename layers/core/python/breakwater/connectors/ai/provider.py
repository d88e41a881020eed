"""ports.AiProvider as this deployment has configured it, read anew as often as it may change."""

from collections.abc import Callable, Mapping
from functools import cache

from breakwater.domain.chats import SERVICE, Answer, Prompt
from breakwater.domain.errors import ConfigurationError
from breakwater.domain.providers import ProviderSettings
from breakwater.ports import Completions, ConfigurationSource, Run


class ConfiguredProvider:
    """Sends prompts to the kind of provider that the settings name."""

    def __init__(
        self, source: ConfigurationSource, kinds: Mapping[str, Callable[[], Completions]]
    ) -> None:
        """`kinds` makes what speaks with each kind of provider, when it is first needed."""
        self._source = source
        self._kinds = {name: cache(make) for name, make in kinds.items()}

    def budget(self) -> int:
        """Return how many tokens a prompt may have."""
        return self._settings().context_tokens

    def complete(self, run: Run, prompt: Prompt) -> Answer:
        """Return what follows on the prompt, from one call."""
        settings = self._settings()
        return self._kind(settings).complete(run, prompt, settings)

    def probe(self, run: Run) -> None:
        """Ask for next to nothing: returning means that the provider answers."""
        settings = self._settings()
        self._kind(settings).probe(run, settings)

    def _settings(self) -> ProviderSettings:
        return ProviderSettings.of(self._source.settings(SERVICE))

    def _kind(self, settings: ProviderSettings) -> Completions:
        if settings.kind not in self._kinds:
            known = ", ".join(sorted(self._kinds))
            raise ConfigurationError(f"{SERVICE}'s provider is none of {known}")
        return self._kinds[settings.kind]()
