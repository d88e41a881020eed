"""What a suite has to know of a vendor, to ask of it what it asks of every vendor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

from breakwater.domain.status import Status
from breakwater.registry import DEPLOYABLE
from tests.contract.connectors.vendor import Vendor, is_call
from tests.contract.connectors.world import Machine, World

V = TypeVar("V", bound=Vendor)


def nothing(*_: Any) -> None:
    """Do what most vendors need."""


@dataclass(frozen=True, kw_only=True)
class Subject(Generic[V]):
    """A vendor's deployment: its calls, in their order, and what is true of its effect."""

    vendor: type[V]
    variant: str = ""
    """What tells it from another deployment of the same vendor's."""
    payload: Mapping[str, Any]
    other: Mapping[str, Any]
    """What makes of the payload another deployment, which shares no effect with it."""
    secret: str = "client_secret"
    """The name of what must be told nowhere."""

    login: str | None
    before: Sequence[str]
    """The calls between the login and the effect: they change nothing that anybody would miss."""
    effect: str
    intent: str
    """The effect's name in the intent that is stored before it."""
    after: Sequence[str] = ()
    """The calls that follow the effect to its end."""
    probe: str
    """The call that asks for nothing but the vendor's health."""
    probe_logs_in: bool = True

    refusals: Sequence[int]
    """Statuses that are the end of a deployment, whichever call they answer."""
    transient: Sequence[int] = (408, 429, 500, 502, 503, 504)
    """Statuses that pass."""
    busy: Sequence[int] = ()
    """Statuses that pass too, but are none of a login."""
    throttling: Sequence[int] = (429, 503)
    """Statuses with which the vendor may ask to wait, before the effect or instead of it."""
    sends_again: bool = True
    """Is an effect repeated once it is certain that it did not come about?"""
    marked: bool = False
    """Does an effect bear its task's mark, by which it is looked for?"""

    count: Callable[[World[V]], int]
    """Tell how often the effect came about."""
    assert_once: Callable[[World[V]], None]
    """Assert that it came about once, and that nothing else did."""
    assert_never: Callable[[World[V]], None]
    """Assert that nothing came about."""
    arrange: Callable[[World[V]], object] = nothing
    """Give the vendor what the effect must not harm."""
    rollout: Mapping[str, Any] | None = None
    """What makes of the payload a deployment that is followed over some polls, with a token."""
    outlive: Callable[[World[V]], object] = nothing
    """Have a rollout take longer than a token lives."""
    ready: Callable[[World[V], str], object] = nothing
    """Bring a world to where a fault for a call strikes that call and no other."""

    def __str__(self) -> str:
        return f"{self.name}-{self.variant}" if self.variant else self.name

    @property
    def name(self) -> str:
        return self.vendor.name

    @property
    def authorized(self) -> list[str]:
        """Return the calls that bring what the login gave."""
        return [*self.before, self.effect, *self.after]

    @property
    def calls(self) -> list[str]:
        return [*([self.login] if self.login else []), *self.authorized]

    @property
    def repeatable(self) -> list[str]:
        """Return the calls that may be made twice."""
        return [call for call in self.calls if call != self.effect]

    @property
    def course(self) -> list[Status]:
        """Return what a client sees of a deployment that goes well."""
        return [Status.RUNNING, Status.SUCCESS] if self.after else [Status.SUCCESS]

    def strike(self, world: World[V], kind: str, call: str, **options: Any) -> None:
        """Arm a fault for one of the calls."""
        self.ready(world, call)
        world.vendor.fault(kind, call, **options)

    def in_doubt(self, world: World[V], when: str = "after") -> Machine:
        """Return a deployment whose effect got no answer; it has come about, or it has not."""
        self.strike(world, "reset", self.effect, when=when)
        machine = world.accept()
        machine.step()
        assert machine.now().intent is not None
        return machine

    def arrived(self, world: World[V]) -> int:
        """Return how many requests for the effect have arrived, whatever became of them."""
        found = world.vendor.requests(*self.effect.split(" "))
        return sum(is_call(self.effect, one["method"], one["path"]) for one in found)


def subject_of(vendor: str) -> Subject[Any]:
    """Return what a vendor's own room says of it."""
    found: Subject[Any] = import_module(f"tests.contract.connectors.{vendor}.calls").SUBJECT
    return found


def subjects() -> list[Subject[Any]]:
    """Return every vendor that takes deployments."""
    return [subject_of(vendor) for vendor in DEPLOYABLE]
