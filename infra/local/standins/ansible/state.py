"""What the stand-in remembers: templates, labels, jobs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.standins.ansible.models import Settings, TemplateSpec
from infra.local.standins.ansible.seeds import CATALOG
from infra.local.standins.state import VendorState

CAN_CANCEL = frozenset({"new", "pending", "waiting", "running"})


@dataclass(frozen=True)
class Label:
    """A label: a name in an organization."""

    id: int
    name: str
    organization: int


@dataclass
class Job:
    """A job: what it was launched with, and how often it was read."""

    id: int
    template: int
    course: list[str]
    explanation: str
    visible_at: float
    launched_with: dict[str, Any]
    labels: list[Label]
    launch_type: str = "manual"
    canceled: bool = False
    reads: int = 0
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def status(self) -> str:
        """Return where the job stands: at the start of its course until it is read."""
        reached = self.course[min(max(self.reads - 1, 0), len(self.course) - 1)]
        return "canceled" if self.canceled else reached

    def cancel(self) -> bool:
        """Stop the job; False where it has ended."""
        if self.status not in CAN_CANCEL:
            return False
        self.canceled = True
        return True


class State(VendorState[Settings]):
    """Everything that a reset forgets."""

    name = "ansible"

    def restore(self) -> None:
        """Go back to the seeded catalog."""
        self.settings = Settings()
        self.labels: list[Label] = []
        self.jobs: dict[int, Job] = {}
        self.templates = {
            seed["id"]: TemplateSpec.model_validate(seed, strict=False) for seed in CATALOG
        }

    def change_template(self, change: TemplateSpec) -> TemplateSpec:
        """Create a template, or change what `change` sets of one that exists."""
        known = self.templates.get(change.id)
        self.templates[change.id] = changed = known.changed_by(change) if known else change
        return changed

    def find_labels(self, name: str | None, organization: int | None) -> list[Label]:
        """Return the labels of a name and an organization, where these are given."""
        return [
            label
            for label in self.labels
            if name in (None, label.name) and organization in (None, label.organization)
        ]

    def make_label(self, name: str, organization: int) -> Label:
        """Add a label."""
        label = Label(100 + len(self.labels), name, organization)
        self.labels.append(label)
        self.count("labels", "made", name)
        return label

    def launch(
        self, template: TemplateSpec, launched_with: dict[str, Any], labels: list[Label]
    ) -> Job:
        """Start a job."""
        job = Job(
            1000 + len(self.jobs),
            template.id,
            list(template.course),
            template.explanation,
            self.clock.now() + template.visibility_lag_seconds,
            launched_with,
            labels,
        )
        self.jobs[job.id] = job
        self.count("launch", "jobs", str(template.id))
        return job

    def relaunch(self, job: Job) -> Job:
        """Start a job again by hand: it bears the labels of the first one."""
        again = self.launch(self.templates[job.template], job.launched_with, job.labels)
        again.launch_type = "relaunch"
        return again

    def visible_jobs(self, label: str) -> list[Job]:
        """Return the jobs with a label, as a list shows them."""
        now = self.clock.now()
        return [
            job
            for job in self.jobs.values()
            if job.visible_at <= now and any(one.name == label for one in job.labels)
        ]

    def cancel(self, job: Job) -> bool:
        """Stop a job; False where it has ended."""
        stopped = job.cancel()
        if stopped:
            self.count("cancel", "accepted", str(job.id))
        return stopped
