"""Launch a job template under a label of the task's own, and follow the job to its end.

A launch has no request id, and a second one is a second job. Its label tells it apart from all
others: by it the job is found again when the answer is lost. The label itself is only a mark, and
unique: making it is no effect that needs to be written down.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from breakwater.connectors.absence import absence
from breakwater.connectors.ansible import SERVICE
from breakwater.connectors.ansible.controller import Controller
from breakwater.connectors.ansible.launch import check, ignored, lacking, prompts
from breakwater.connectors.words import plain
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    PartialFailureError,
    PermanentError,
    TransientError,
)
from breakwater.domain.progress import (
    Done,
    Found,
    InProgress,
    Lookup,
    Progress,
)
from breakwater.ports import Run

T = TypeVar("T")

DELAY = timedelta(minutes=4)
"""How long after it was sent a launch may still show.

The controller ends a request after two minutes (uwsgi's harakiri of 115 s, nginx's 120 s), commits
it as a whole (ATOMIC_REQUESTS), and shows it at once. UNSURE how long one may queue before that:
two minutes are left for it.
"""

MOST_CHARS = 500
"""How much of a controller's explanation a result holds."""

Payload = Mapping[str, Any]


class AnsibleConnector:
    """ports.Connector for Ansible."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def submit(self, run: Run, payload: Payload) -> Progress:
        """Launch the template, unless it would ignore a part of what is asked for."""
        template_id = payload["job_template_id"]
        check(self._controller.launch_terms(run, template_id), payload)
        # Not the correlation id: two tasks may share one, and would find each other's job. Nor the
        # task's: it comes again with its Idempotency-Key, and would find a job of long ago.
        label = f"breakwater-{run.mark}"
        label_id = self._controller.ensure_label(run, label)
        with run.effect("launch", label=label, job_template_id=str(template_id)) as receipt:
            wanted = {**prompts(payload), "labels": [label_id]}
            launched = self._controller.launch(run, template_id, wanted)
            receipt.handle = {"job_id": launched["job"], "ignored_fields": ignored(launched)}
        return self._followed(run, receipt.handle)

    def find_effect(self, run: Run, payload: Payload, intent: Mapping[str, Any]) -> Lookup:
        """Look for a job with the task's label, for as long as one may still turn up."""
        asked_at = run.now()
        job = self._controller.first_job_with(run, intent["label"])
        if job is not None:
            return Found({"job_id": job["id"], "ignored_fields": lacking(job, payload)})
        return absence(datetime.fromisoformat(intent["at"]), asked_at=asked_at, delay=DELAY)

    def poll(
        self,
        run: Run,
        payload: Payload,  # noqa: ARG002 - the job says it all
        handle: Mapping[str, Any],
    ) -> Progress:
        """Say how far the job is."""
        progress = self._followed(run, handle)
        job = self._controller.job(run, handle["job_id"])
        result = self._result(handle["job_id"], job)
        match job["status"]:
            case "successful":
                return Done(result)
            # An `error` is the controller's own failure. What the play had done by then nobody
            # knows, so launching it again is left to whoever asked for it.
            case "failed" | "error" | "canceled" as status:
                raise PartialFailureError(
                    f"job {handle['job_id']} has ended: {status}", service=SERVICE, result=result
                )
            case _:  # new, pending, waiting, running, and whatever may be added to them
                return progress

    def cancel(
        self,
        run: Run,
        payload: Payload,  # noqa: ARG002 - the job's id is enough
        handle: Mapping[str, Any],
    ) -> bool:
        """Ask for the job to be canceled."""
        return self._controller.cancel(run, handle["job_id"])

    def probe(self, run: Run) -> None:
        """Ask for a sign of life, which takes no login."""
        self._controller.probe(run)

    def _followed(self, run: Run, handle: Mapping[str, Any]) -> InProgress:
        """Return the job as one to follow. Raises PartialFailureError if it is to be stopped.

        A job that runs without its limit or its variables does something else than was asked for.
        Whether it could be stopped is told, and not tried for long.
        """
        missing, job_id = handle["ignored_fields"], handle["job_id"]
        if not missing:
            return InProgress(handle)
        canceled = _tried(lambda: self._controller.cancel(run, job_id))
        job = _tried(lambda: self._controller.job(run, job_id)) or {}
        outcome = {True: "accepted", False: "refused", None: "failed"}[canceled]
        raise PartialFailureError(
            f"job {job_id} was started without {', '.join(missing)}; canceling it: {outcome}",
            service=SERVICE,
            result={**self._result(job_id, job), "ignored_fields": missing, "cancel": outcome},
        )

    def _result(self, job_id: int, job: Mapping[str, Any]) -> dict[str, Any]:
        elapsed, failed = job.get("elapsed"), job.get("failed")
        explanation = job.get("job_explanation")
        result: dict[str, Any] = {
            "job_id": job_id,
            "status": plain(job.get("status")),
            "url": self._controller.url_of(job_id),
            "failed": failed if isinstance(failed, bool) else None,
            "elapsed": elapsed if isinstance(elapsed, int | float) else None,
        }
        if explanation and isinstance(explanation, str):
            # JSON can spell half of a surrogate pair, which no store can encode.
            text = explanation[:MOST_CHARS].encode(errors="replace").decode()
            result["explanation"] = text
        return result


def _tried(call: Callable[[], T]) -> T | None:
    """Return what a call returns; None where it fails, whatever that would mean elsewhere."""
    try:
        return call()
    except (TransientError, PermanentError, CircuitBreakerOpenError):
        return None
