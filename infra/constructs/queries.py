"""The questions that operators ask of the logs, saved where they ask them: Logs Insights.

Every line is JSON, and so are the lines of metrics; both bear the task, its correlation id, service
and attempt. The names in capitals are for the operator to fill in.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

QUERIES: Mapping[str, str] = {
    "One task": """
        fields @timestamp, level, function, attempt, service, message, status, status_code
        | filter task_id = "TASK_ID"
        | sort @timestamp asc""",
    "One correlation id": """
        fields @timestamp, level, function, task_id, service, message, status_code
        | filter correlation_id = "CORRELATION_ID"
        | sort @timestamp asc""",
    "Tasks that did not succeed": """
        filter ispresent(TasksEnded.0) and status != "SUCCESS"
        | stats count(*) as tasks by status, kind, target
        | sort tasks desc""",
    "Why tasks failed": """
        filter message like /^task ended/ and status in ["FAILED", "UNKNOWN"]
        | stats count(*) as tasks by error_type, service, status
        | sort tasks desc""",
    "Tasks with an unknown outcome": """
        fields @timestamp, task_id, correlation_id, service, error_type
        | filter message like /^task ended/ and status = "UNKNOWN"
        | sort @timestamp desc""",
    "What a vendor answered": """
        filter service = "SERVICE" and ispresent(url) and level in ["WARNING", "ERROR"]
        | stats count(*) as calls by status_code, method, url
        | sort calls desc""",
    "How long vendors took": """
        filter ispresent(VendorLatency.0) and ispresent(outcome)
        | stats count(*) as invocations, pct(VendorLatency.0, 50) as median_ms,
            pct(VendorLatency.0, 99) as p99_ms, max(VendorLatency.0) as slowest_ms
            by target, outcome
        | sort target asc""",
    "Slow requests": """
        fields @timestamp, route, status_code, AcceptLatency.0 as ms, correlation_id
        | filter ispresent(AcceptLatency.0)
        | sort ms desc
        | limit 50""",
    "How circuits moved": """
        fields @timestamp, circuit_breaker, old_state, new_state, failure_count, task_id
        | filter ispresent(new_state)
        | sort @timestamp asc""",
    "Errors nobody expected": """
        fields @timestamp, function, task_id, correlation_id, exception_name, exception
        | filter level = "ERROR" and ispresent(exception_name)
        | sort @timestamp desc
        | limit 50""",
    "Cold starts": """
        filter @type = "REPORT" and ispresent(@initDuration)
        | stats count(*) as starts, pct(@initDuration, 50) as median_ms,
            max(@initDuration) as slowest_ms, max(@maxMemoryUsed / 1000 / 1000) as most_mb
            by @log""",
}


class Queries(Construct):
    """A saved query for each of QUERIES, over the functions' `groups`, in the stage's folder."""

    def __init__(
        self, scope: Construct, id_: str, *, folder: str, groups: Sequence[logs.ILogGroup]
    ) -> None:
        super().__init__(scope, id_)
        for name, text in QUERIES.items():
            lines = (line.strip() for line in text.strip().splitlines())
            logs.CfnQueryDefinition(
                self,
                "".join(word.capitalize() for word in name.split()),
                name=f"{folder}/{name}",
                query_string="\n".join(lines),
                log_group_names=[group.log_group_name for group in groups],
            )
