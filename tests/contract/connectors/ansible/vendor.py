"""The controller's stand-in, in the words of its own control routes."""

from typing import Any

from infra.local.standins.ansible import TEMPLATE
from tests.contract.connectors.vendor import Vendor


class Ansible(Vendor):
    """The stand-in's templates, jobs and counts."""

    name = "ansible"

    def template(self, template_id: int = TEMPLATE, **script: Any) -> None:
        """Create a template, or change how one behaves."""
        self.tell("/templates", {"id": template_id, **script})

    def change(self, **settings: Any) -> None:
        """Change which token is good, or whether a migration is on."""
        self.tell("/settings", settings)

    def relaunch(self, job_id: int) -> int:
        """Start a job again by hand; return the new one's id."""
        return int(self.tell("/relaunch", {"job": job_id})["job"])

    def jobs(self) -> list[dict[str, Any]]:
        """Return every job with what it was launched with, visible or not."""
        found: list[dict[str, Any]] = self.look("/jobs")["jobs"]
        return found

    def launches(self, template_id: int = TEMPLATE) -> int:
        """Return how many jobs a template was launched as."""
        return int(self.effects("launch", "jobs", str(template_id)))
