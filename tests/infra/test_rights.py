"""Every role has the rights that are written out for it in tests/infra/rights.py, and no other."""

import json
import re
from typing import Any

import pytest

from tests.infra.assemblies import Assembly
from tests.infra.rights import RIGHTS, Rights


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def short(logical_id: str) -> str:
    """Return a logical id without the hash that the CDK appends."""
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)


def target(resource: Any) -> str:
    """Return the logical id that a policy's resource stands for, exactly and without wildcard."""
    if resource == "*":
        return "*"
    text = json.dumps(resource)
    if ":execution:" in text:
        [name] = set(re.findall(r'"(\w+Machine[0-9A-F]{8})"', text))
        assert text.count("*") == 1
        assert text.endswith('":*"]]}')
        return f"{short(name)}:*"
    if model := re.search(r'::(foundation-model/[\w.:-]+)"', text):
        return model[1]
    [name] = re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+[0-9A-F]{8})"', text)
    if f'["{name}", "Arn"]}}, ":*"' in text:  # every version of a function
        return f"{short(name)}:*"
    assert "*" not in text
    below = re.search(r'"(/index/\w+)"', text)
    return short(name) + (below[1] if below else "")


def rights_by_role(assembly: Assembly) -> dict[str, Rights]:
    found: dict[str, Rights] = {}
    for policy in assembly.of_type("AWS::IAM::Policy").values():
        [role] = policy["Properties"]["Roles"]
        rights = found.setdefault(short(role["Ref"]), {})
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for resource in listed(statement["Resource"]):
                rights.setdefault(target(resource), []).extend(listed(statement["Action"]))
    return {
        role: {name: sorted(actions) for name, actions in rights.items()}
        for role, rights in found.items()
    }


@pytest.mark.parametrize("role", RIGHTS)
def test__role__may_do_what_it_needs_and_no_more(every: Assembly, role: str) -> None:
    # Where executions keep their versions, machines may invoke each version of their functions.
    versions = ":*" if every.of_type("AWS::Lambda::Version") and "MachineRole" in role else ""
    expected = {
        f"{name}{versions}" if name.endswith("Function") else name: sorted(actions)
        for name, actions in RIGHTS[role].items()
    }
    assert rights_by_role(every)[role] == expected


def test__roles__are_all_written_out__without_managed_policies(every: Assembly) -> None:
    roles = every.of_type("AWS::IAM::Role")
    assert {short(name) for name in roles} == RIGHTS.keys()
    for role in roles.values():
        assert not role["Properties"].keys() & {"ManagedPolicyArns", "Policies"}
