"""What operators have: alarms of symptoms and of the objective, a dashboard, saved queries."""

from aws_cdk import aws_sns as sns

from breakwater.resilience.registry import SERVICES
from infra.constructs.api import HttpApi
from infra.constructs.dashboard import Dashboard
from infra.constructs.functions import Handler
from infra.constructs.meter import Meter
from infra.constructs.objectives import Objectives
from infra.constructs.queries import Queries
from infra.constructs.symptoms import Symptoms
from infra.constructs.workflows import Machines
from infra.features.parts import Parts


def operations(parts: Parts, front: HttpApi, machines: Machines, topic: sns.ITopic) -> None:
    """Let everything that the stack has be seen, and what is wrong be told to `topic`."""
    scope, stage = parts.scope, parts.stage
    meter, runbooks = Meter(stage.metrics_namespace), stage.runbooks
    Symptoms(
        scope,
        "Symptoms",
        meter=meter,
        services=SERVICES,
        api_id=front.api_id,
        topic=topic,
        runbooks=runbooks,
    )
    Objectives(
        scope, "Objectives", meter=meter, topic=topic, runbooks=runbooks, emulated=stage.emulated
    )
    Dashboard(
        scope,
        "Operations",
        meter=meter,
        services=SERVICES,
        api_id=front.api_id,
        machines=machines.by_name,
        runbooks=runbooks,
    )
    if not stage.emulated:
        handlers = [each for each in scope.node.find_all() if isinstance(each, Handler)]
        groups = [handler.function.log_group for handler in handlers]
        Queries(scope, "Queries", folder=stage.metrics_namespace, groups=groups)
