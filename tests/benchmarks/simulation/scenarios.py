"""What happens to the vendor and to the storage. Made short by a `reset_timeout` of 20 s."""

from breakwater.resilience.circuit import BreakerSettings
from tests.benchmarks.simulation.fleet import Scenario
from tests.benchmarks.simulation.service import Trouble

RESET_TIMEOUT = 20.0
BEGINS = 10.0
PARTS = (0.05, 0.1, 0.4, 0.8)


def settings_of(scenario: Scenario, *, fail_max: int) -> BreakerSettings:
    """Return how every breaker is set in a scenario."""
    return BreakerSettings(
        fail_max=fail_max, reset_timeout=RESET_TIMEOUT, slow_call=scenario.slow_call
    )


def _outage(name: str, **changes: float) -> Scenario:
    trouble = Trouble(begins=BEGINS, ends=25)
    return Scenario(name=name, trouble=trouble, lasts=45, **changes)


SCENARIOS = (
    Scenario(name="healthy", lasts=25),
    _outage("outage"),
    _outage("outage, storage throttled to a tenth", capacity=0.1),
    Scenario(
        name="slow: 6 s an answer, 5 s the limit",
        trouble=Trouble(begins=BEGINS, ends=25, answers_after=6, fails=False),
        lasts=55,
        slow_call=5.0,
    ),
    *(
        Scenario(
            name=f"{share:.0%} of calls fail",
            trouble=Trouble(begins=BEGINS, ends=25, share=share),
            lasts=25,
        )
        for share in PARTS
    ),
)
