"""The risk model: which facts count, and for how many points. docs/risk.md shows this table.

A factor's contribution is the sum of its measures' points, the score is the sum of the factors'
contributions: no fact changes what another one counts for. Within a measure, values stand in the
order of their risk and their points never fall. The most that all factors can give is 100.

Whoever changes anything here raises MODEL: an old score says which model made it, and a test holds
the table of each version to its digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from breakwater.domain.risk_facts import (
    Criticality,
    Evidence,
    Facts,
    Health,
    Privilege,
    Provenance,
    Reach,
    Record,
    Ring,
    Rollback,
    Signature,
    Window,
)
from breakwater.domain.risk_levels import Level

MODEL = "1"
"""The version of all that is below."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What a value counts for, and why: `reason` may name `{devices}`, `{failed}`, `{ended}`."""

    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is looked at: `name` is its attribute of Facts."""

    name: str
    grades: Mapping[StrEnum, Grade]

    def of(self, facts: Facts) -> Grade:
        """Return what the facts' value counts for."""
        return self.grades[getattr(facts, self.name)]


@dataclass(frozen=True, slots=True)
class Factor:
    """One line of a score."""

    name: str
    measures: tuple[Measure, ...]

    @property
    def weight(self) -> int:
        """The most that it can contribute."""
        return sum(
            max(grade.points for grade in measure.grades.values()) for measure in self.measures
        )


LEVELS = {Level.LOW: 0, Level.MODERATE: 25, Level.HIGH: 50, Level.CRITICAL: 75}
"""From which score on each level is meant, ascending."""

# fmt: off
FACTORS = (
    Factor("blast_radius", (
        Measure("reach", {
            Reach.UP_TO_10: Grade(0, "{devices}"),
            Reach.UP_TO_100: Grade(3, "{devices}"),
            Reach.UP_TO_1000: Grade(6, "{devices}"),
            Reach.UP_TO_10000: Grade(9, "{devices}"),
            Reach.MORE: Grade(12, "{devices}"),
        }),
        Measure("ring", {
            Ring.CANARY: Grade(0, "a canary ring"),
            Ring.PILOT: Grade(2, "a pilot ring"),
            Ring.EARLY: Grade(4, "an early ring"),
            Ring.BROAD: Grade(6, "a broad ring"),
            Ring.ALL: Grade(8, "the whole fleet at once"),
        }),
    )),
    Factor("criticality", (
        Measure("criticality", {
            Criticality.LOW: Grade(0, "the devices can be spared"),
            Criticality.STANDARD: Grade(5, "everyday devices"),
            Criticality.HIGH: Grade(10, "a business function depends on the devices"),
            Criticality.CRITICAL: Grade(15, "the business stands still without the devices"),
        }),
    )),
    Factor("privilege", (
        Measure("privilege", {
            Privilege.USER: Grade(0, "runs as its user"),
            Privilege.ADMIN: Grade(4, "is installed by an administrator"),
            Privilege.SYSTEM: Grade(7, "runs as the system"),
            Privilege.KERNEL: Grade(10, "runs in the kernel, or changes firmware"),
        }),
    )),
    Factor("package", (
        Measure("provenance", {
            Provenance.ATTESTED: Grade(0, "its build is attested"),
            Provenance.VENDOR: Grade(2, "comes straight from its vendor"),
            Provenance.REPACKAGED: Grade(5, "was repackaged"),
            Provenance.UNKNOWN: Grade(8, "nobody can say where it comes from"),
        }),
        Measure("signature", {
            Signature.VERIFIED: Grade(0, "its signature is verified"),
            Signature.UNVERIFIED: Grade(4, "its signature is not verified"),
            Signature.NONE: Grade(7, "it is not signed"),
        }),
    )),
    Factor("test_evidence", (
        Measure("evidence", {
            Evidence.PRODUCTION: Grade(0, "this version runs in production elsewhere"),
            Evidence.STAGING: Grade(3, "tested in an environment like production"),
            Evidence.LAB: Grade(6, "tested in a lab"),
            Evidence.NONE: Grade(10, "not tested"),
        }),
    )),
    Factor("rollback", (
        Measure("rollback", {
            Rollback.AUTOMATIC: Grade(0, "is undone by itself"),
            Rollback.TESTED: Grade(2, "undoing it was tried out"),
            Rollback.DOCUMENTED: Grade(5, "undoing it is written down, and untried"),
            Rollback.NONE: Grade(10, "cannot be undone"),
        }),
    )),
    Factor("change_window", (
        Measure("window", {
            Window.AGREED: Grade(0, "inside or ahead of an agreed change window"),
            Window.NONE: Grade(5, "no change window is agreed on"),
            Window.OVER: Grade(5, "the agreed change window is over"),
        }),
    )),
    Factor("past_failures", (
        Measure("record", {
            Record.CLEAN: Grade(0, "none of the last {ended} deployments failed"),
            Record.NEW: Grade(3, "no deployment of it is on record"),
            Record.RARE: Grade(3, "{failed} of the last {ended} deployments failed"),
            Record.SOME: Grade(5, "{failed} of the last {ended} deployments failed"),
            Record.MANY: Grade(8, "{failed} of the last {ended} deployments failed"),
            Record.MOST: Grade(10, "{failed} of the last {ended} deployments failed"),
        }),
    )),
    Factor("connector", (
        Measure("health", {
            Health.CLOSED: Grade(0, "the connector's circuit is closed"),
            Health.HALF_OPEN: Grade(3, "the connector's circuit is half-open"),
            Health.FORCED_CLOSED: Grade(3, "the connector's circuit is forced closed: unguarded"),
            Health.OPEN: Grade(5, "the connector's circuit is open"),
        }),
    )),
)
# fmt: on
