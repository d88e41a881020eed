"""The scenario that `ONCE=1 make run` shows, and what it leaves in the audit trail."""

import pytest
from rich.console import Console

from infra.local import report, scenario
from infra.local.cases import CASES
from infra.local.stack import LocalStack

pytestmark = pytest.mark.e2e

EVENTS = {
    ("deployment", "SUCCESS"): "CONNECTOR_DEPLOY_SUCCESS",
    ("deployment", "FAILED"): "CONNECTOR_DEPLOY_FAILED",
    ("sync", "SUCCESS"): "INTEGRATION_SYNC_COMPLETED",
    ("chat", "SUCCESS"): "AI_CHAT_COMPLETED",
    ("risk_score", "SUCCESS"): "RISK_SCORE_CALCULATED",
}


@pytest.fixture(scope="module")
def results(stack: LocalStack) -> list[scenario.Result]:
    return scenario.run(stack, seconds=40)


def test__every_task__ends_as_expected(results: list[scenario.Result]) -> None:
    assert {result.case.name: result.fault for result in results} == {
        case.name: None for case in CASES
    }


def test__report__exit_code_0(results: list[scenario.Result]) -> None:
    assert report.show_results(results, Console(quiet=True)) == 0


def test__every_ended_task__has_exactly_one_terminal_event(
    stack: LocalStack, results: list[scenario.Result]
) -> None:
    for result in results:
        assert result.run is not None
        rows = stack.aws.dynamodb.query(
            TableName=stack.outputs["EventsTable"],
            KeyConditionExpression="#stream = :task",
            ExpressionAttributeNames={"#stream": "stream"},
            ExpressionAttributeValues={":task": {"S": result.run.task_id}},
            ConsistentRead=True,
        )["Items"]

        expected = EVENTS[result.run.last["kind"], result.case.end]
        assert [row["type"]["S"] for row in rows] == [expected]
        assert rows[0]["correlation_id"]["S"] == result.run.last["correlation_id"]


def test__executions__end_as_their_tasks(stack: LocalStack, results: list[scenario.Result]) -> None:
    listed = [
        execution
        for machine in (
            "DeploymentMachineArn",
            "SyncMachineArn",
            "ChatMachineArn",
            "RiskMachineArn",
        )
        for execution in stack.aws.workflows.list_executions(
            stateMachineArn=stack.outputs[machine]
        )["executions"]
    ]
    for result in results:
        assert result.run is not None
        (execution,) = (one for one in listed if one["name"].startswith(result.run.task_id))
        assert execution["status"] == ("SUCCEEDED" if result.case.end == "SUCCESS" else "FAILED")


def test__tables__have_what_the_emulators_cloudformation_drops(stack: LocalStack) -> None:
    for table in ("ExecutionsTable", "EventsTable", "LeasesTable"):
        name = stack.outputs[table]
        ttl = stack.aws.dynamodb.describe_time_to_live(TableName=name)
        backups = stack.aws.dynamodb.describe_continuous_backups(TableName=name)

        assert ttl["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
