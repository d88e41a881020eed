"""Every place that the deployed stack writes to, to look there for what must not be there."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.local.stack import LocalStack

WORK = {
    "events": {"result"},
    "executions": {
        "input",
        "intent",
        "handle",
        "result",
        "problem",
        "change",
        "package",
        "subject",
    },
    "leases": {"resource"},
    "intents": {"statement", "score"},
    "records": {"data"},
    "conversations": {"title", "content"},
}
"""A table's attributes that are a payload's own place, or what its vendor has made of it."""
TABLES = {
    "executions": "ExecutionsTable",
    "events": "EventsTable",
    "circuits": "CircuitsTable",
    "leases": "LeasesTable",
    "intents": "IntentsTable",
    "records": "RecordsTable",
    "conversations": "ConversationsTable",
}


@dataclass
class Sinks:
    """What was written, by where."""

    texts: dict[str, str] = field(default_factory=dict)
    work: set[str] = field(default_factory=set)
    """Those where payloads belong. Secrets belong in none."""

    def add(self, name: str, *texts: str, is_work: bool = False) -> None:
        self.texts[name] = "\n".join((self.texts.get(name, ""), *texts))
        if is_work:
            self.work.add(name)

    def holding(self, word: str) -> set[str]:
        return {name for name, text in self.texts.items() if word in text}


def collect(stack: LocalStack, sinks: Sinks) -> None:
    """Read all that there is to read."""
    _logs(stack, sinks)
    _tables(stack, sinks)
    _executions(stack, sinks)
    _told(stack, sinks)
    _deployed(stack, sinks)
    for path in stack.emulator.folder.rglob("*"):
        # Assets are what was deployed, and hold nothing of a request.
        if path.is_file() and path.suffix != ".zip" and "s3" not in path.parts:
            sinks.add(f"file {path.name}", path.read_bytes().decode(errors="replace"))


def _logs(stack: LocalStack, sinks: Sinks) -> None:
    """Logs, with the metrics and the traces' ids that are written into them."""
    logs = stack.aws.logs
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
            sinks.add(f"log {name}", *(one["message"] for each in pages for one in each["events"]))


def _tables(stack: LocalStack, sinks: Sinks) -> None:
    for table, output in TABLES.items():
        pages = stack.aws.dynamodb.get_paginator("scan").paginate(TableName=stack.outputs[output])
        of_work = WORK.get(table, set())
        for item in (_apart(one) for page in pages for one in page["Items"]):
            kept = {key: value for key, value in item.items() if key not in of_work}
            sinks.add(f"table {table}", json.dumps(kept, default=str))
            if work := {key: value for key, value in item.items() if key in of_work}:
                sinks.add(f"work in {table}", json.dumps(work, default=str), is_work=True)


def _apart(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item with what an event says of the result as an attribute of its own."""
    if "type" not in item or "data" not in item:
        return item
    data = json.loads(item["data"]["S"])
    return {**item, "result": data.pop("result", None), "data": data}


def _executions(stack: LocalStack, sinks: Sinks) -> None:
    workflows = stack.aws.workflows
    for machine in workflows.list_state_machines()["stateMachines"]:
        arn, name = machine["stateMachineArn"], machine["name"]
        listed = workflows.get_paginator("list_executions").paginate(stateMachineArn=arn)
        for execution in (one for page in listed for one in page["executions"]):
            of = execution["executionArn"]
            described = {**workflows.describe_execution(executionArn=of)}
            pages = workflows.get_paginator("get_execution_history").paginate(executionArn=of)
            history = [event for page in pages for event in page["events"]]
            work = [str(described.pop(key, "")) for key in ("input", "output", "error", "cause")]
            sinks.add(f"input and output {name}", *work, is_work=True)
            sinks.add(f"history {name}", json.dumps(history, default=str), is_work=True)
            sinks.add(f"execution {name}", json.dumps(described, default=str))


def _told(stack: LocalStack, sinks: Sinks) -> None:
    """What others are told: vendors by headers, operators by metrics, alarms and messages."""
    seen = httpx.get(f"{stack.control_url}/requests", trust_env=False, timeout=5).json()["requests"]
    sinks.add("traces: headers to vendors", *(json.dumps(one["headers"]) for one in seen))
    metrics = stack.aws.metrics
    sinks.add("metrics", json.dumps(metrics.list_metrics()["Metrics"], default=str))
    sinks.add("alarms", json.dumps(metrics.describe_alarms()["MetricAlarms"], default=str))
    sinks.add("alarms' topic", json.dumps(stack.alarm_messages()))


def _deployed(stack: LocalStack, sinks: Sinks) -> None:
    """What describes the stack itself: settings, environments, template and its events."""
    pages = stack.aws.parameters.get_paginator("get_parameters_by_path").paginate(
        Path=stack.outputs["ConnectorsPath"], Recursive=True
    )
    sinks.add("parameters", *(one["Value"] for page in pages for one in page["Parameters"]))
    functions = stack.aws.functions.get_paginator("list_functions").paginate()
    sinks.add("functions", *(json.dumps(page["Functions"], default=str) for page in functions))
    formation = stack.aws.cloudformation
    for described in formation.describe_stacks()["Stacks"]:
        name = described["StackName"]
        template = formation.get_template(StackName=name)["TemplateBody"]
        events = formation.describe_stack_events(StackName=name)["StackEvents"]
        sinks.add("template", str(template))
        sinks.add("stack", json.dumps([described, events], default=str))
