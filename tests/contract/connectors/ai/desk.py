"""The provider's stand-in, our side of it in an environment of its own, and a chat around both."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from breakwater.connectors.ai.openai import OpenAiCompletions
from breakwater.connectors.ai.provider import ConfiguredProvider
from breakwater.domain.tasks import Task
from breakwater.resilience.circuit import BreakerSettings, Circuit
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import MemoryBreakerStore
from breakwater.services.upkeep import ProbeRun
from tests.contract.connectors.vendor import Vendor, VendorClock
from tests.contract.connectors.world import a_client
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.stores import MemoryLeaseStore
from tests.unit.services.chatting import ChatBench, Machine


class Ai(Vendor):
    """The stand-in, and what it should say."""

    name = "ai"

    def manner(self, **manner: Any) -> None:
        self.tell("/manner", manner)

    def prompts(self) -> list[list[Mapping[str, str]]]:
        """Return what it has been asked, oldest first."""
        asked: list[list[Mapping[str, str]]] = self.look("/prompts")["prompts"]
        return asked


class Desk:
    """Everything real but AWS: a chat whose provider is the stand-in, behind a breaker."""

    def __init__(self, vendor: Ai, stack: ExitStack) -> None:
        self.vendor = vendor
        self.clock = VendorClock(vendor)
        self.source = FixedConfiguration(dict(vendor.settings), dict(vendor.secret), "ai")
        self.circuits = MemoryBreakerStore()
        self.bench = ChatBench(clock=self.clock)
        guards = Guards(
            {"ai": ServiceSettings(BreakerSettings())},
            store=self.circuits,
            slots=MemoryLeaseStore(),
            time=self.clock,
        )
        http = stack.enter_context(a_client(self.clock, guards=guards))
        self.provider = ConfiguredProvider(
            self.source, {"openai": lambda: OpenAiCompletions(self.source, http, self.clock)}
        )
        self.bench.provider = self.provider  # type: ignore[assignment]

    def configure(self, **settings: Any) -> None:
        self.source.settings_ = {**self.source.settings_, **settings}

    def ask(self, content: str = "Why?", **command: Any) -> Machine:
        """Accept a question."""
        return self.bench.accept(content, **command)

    def asked(self, content: str = "Why?") -> Task:
        """Ask, and return the task at its end."""
        return self.ask(content).run()

    def answers(self) -> int:
        """Return how many completions the provider has begun."""
        return int(self.vendor.effects("completion", "stand-in-1"))

    @property
    def circuit(self) -> Circuit:
        return self.circuits.read("ai")

    def run(self, seconds: float = 300) -> ProbeRun:
        return ProbeRun("corr-1", Deadline.after(seconds, self.clock.monotonic), self.clock)
