"""What a sweep of the tasks has found, as metrics of the stage as a whole."""

from breakwater.adapters import metrics
from breakwater.services.reconcile import Seen
from breakwater.services.sweep import Report


def publish(report: Report) -> None:
    """Publish a sweep's findings, also where they are nothing: silence is an alarm."""
    metrics.publish(
        {
            metrics.TASKS_DUE: report.due,
            metrics.TASKS_LEFT: report.seen[Seen.LEFT],
            metrics.TASK_REPAIRS: report.repairs,
            metrics.TASKS_NOT_STARTED: report.seen[Seen.REFUSED],
            metrics.TASKS_FAULTY: report.seen[Seen.FAULTY],
            metrics.OLDEST_TASK: report.oldest_seconds,
            metrics.TASK_OVERDUE: report.overdue_seconds,
        },
        metrics.EVERYTHING,
    )
