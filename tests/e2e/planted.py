"""Canaries: a word of its own in every field of a payload, and every secret that there is.

Words are such as each field takes; numbers and identifiers are as good as words, if nobody else
has them. What can only be one of a few (an intent, a purpose, a date) is no canary.
"""

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.stack import LocalStack
from infra.local.standins import ansible, jamf

NAMES = {"client_id", "user", "username", "email", "access_key", "domain"}
"""Members of credentials that only say who it is."""


@dataclass
class Canaries:
    """Words by the field that they were planted in."""

    words: dict[str, str] = field(default_factory=dict)

    def word(self, where: str) -> str:
        return self._keep(where, f"canary{secrets.token_hex(8)}")

    def identifier(self, where: str) -> str:
        return self._keep(where, str(uuid.uuid4()))

    def digest(self, where: str) -> str:
        return self._keep(where, secrets.token_hex(32))

    def number(self, where: str) -> int:
        # Ten digits that no clock shows, as large as an id may be.
        return int(self._keep(where, str(2_100_000_000 + secrets.randbelow(47_000_000))))

    def _keep(self, where: str, word: str) -> str:
        self.words[where] = word
        return word


def deployments(plant: Canaries) -> list[dict[str, Any]]:
    """Return a deployment of each form that a connector takes; most are of what nobody has."""
    return [
        {
            "connector_type": "intune",
            "payload": {
                "app_id": plant.identifier("intune.app_id"),
                "group_id": plant.identifier("intune.group_id"),
                "intent": "required",
            },
            "change": {"system": "servicenow", "summary": plant.word("change.summary")},
        },
        {"connector_type": "jamf", "payload": {"package": package(plant), "group_id": jamf.GROUP}},
        {
            "connector_type": "jamf",
            "payload": {"package": package(plant), "device_ids": [plant.number("jamf.device_ids")]},
        },
        {
            "connector_type": "sccm",
            "payload": {
                "application_name": plant.word("sccm.application_name"),
                "collection_id": "SMS00001",
                "purpose": "required",
                "action": "install",
            },
        },
        {
            "connector_type": "landscape",
            "payload": {
                "query": f"tag:{plant.word('landscape.query')}",
                "packages": [plant.word("landscape.packages")],
            },
        },
        {
            "connector_type": "landscape",
            "payload": {
                "computer_ids": [plant.number("landscape.computer_ids")],
                "snaps": [plant.word("landscape.snaps")],
            },
        },
        job(plant),
        {
            "connector_type": "ansible",
            "payload": {
                "job_template_id": plant.number("ansible.job_template_id"),
                "inventory_id": plant.number("ansible.inventory_id"),
                "credential_ids": [plant.number("ansible.credential_ids")],
                "job_tags": plant.word("ansible.job_tags"),
            },
        },
    ]


def package(plant: Canaries) -> dict[str, Any]:
    return {
        "url": f"https://packages.example.com/{plant.word('jamf.package.url')}.pkg",
        "hash": plant.digest("jamf.package.hash"),
        "hash_type": "SHA256",
        "bundle_id": plant.word("jamf.package.bundle_id"),
        "bundle_version": plant.word("jamf.package.bundle_version"),
        "title": plant.word("jamf.package.title"),
        "size_bytes": plant.number("jamf.package.size_bytes"),
    }


def job(plant: Canaries) -> dict[str, Any]:
    """Return a deployment that succeeds, unless its vendor is told otherwise."""
    variables = {plant.word("ansible.extra_vars, name"): plant.word("ansible.extra_vars")}
    payload = {
        "job_template_id": ansible.TEMPLATE,
        "limit": f"web:&{plant.word('ansible.limit')}",
        "extra_vars": variables,
    }
    return {"connector_type": "ansible", "payload": payload}


def intent(plant: Canaries) -> dict[str, Any]:
    package_of = {
        "id": plant.word("intent.package.id"),
        "version": plant.word("intent.package.version"),
        "provenance": "vendor",
        "signature": "verified",
    }
    return {
        "connector_type": "ansible",
        "package": package_of,
        "targets": {"devices": 40, "ring": "pilot", "criticality": "standard"},
        "privilege": "system",
        "test_evidence": "staging",
        "rollback": "tested",
    }


def refused(plant: Canaries) -> list[Any]:
    """Return bodies that are wrong, with a word wherever one may be quoted."""
    at = plant.word
    return [
        {"connector_type": at("refused connector"), "payload": {}},
        {"connector_type": "ansible", "payload": at("refused payload")},
        {
            "connector_type": "intune",
            "payload": {"app_id": at("refused app_id"), "intent": at("refused intent")},
            "deadline_seconds": at("refused deadline"),
            "on_open_circuit": at("refused choice"),
            "change": {"system": at("refused system"), "summary": [at("refused summary")]},
            "intent_id": at("refused intent_id"),
        },
        [at("refused list")],
    ]


def secrets_of(stack: LocalStack) -> Mapping[str, str]:
    """Return every secret of the stack, by where it is kept: vendors', our own, and users'."""
    found = {f"token of {who}": token.rpartition(".")[2] for who, token in stack.tokens.items()}
    found |= {f"password of {who}": word for who, word in stack.users.passwords.items()}
    for listed in stack.aws.secrets.list_secrets()["SecretList"]:
        name, value = listed["Name"], stack.aws.secrets.get_secret_value(SecretId=listed["ARN"])
        members = _members(value["SecretString"])
        found |= {f"{name} {key}": word for key, word in members.items() if key not in NAMES}
    return found


def _members(text: str) -> Mapping[str, str]:
    try:
        members: Mapping[str, str] = json.loads(text)
    except ValueError:
        return {"key": text}  # random, and may begin as an object does
    return members
