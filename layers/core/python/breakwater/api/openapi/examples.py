"""An example of each document that is answered; a test holds them against their schemas."""

from typing import Any

TASK_ID = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
CORRELATION_ID = "7e6bd71c-6c7c-4a1d-8c33-6a7b2e0a0002"
NOON, LATER = "2026-11-27T12:00:00+00:00", "2026-11-27T13:00:00+00:00"
IN_PATHS = {"service": "intune", "system": "servicenow"}
"""For parameters of paths that are not ids."""

_STATUS_URL = f"/api/v1/tasks/{TASK_ID}/status/"
_TASK: dict[str, Any] = {
    "task_id": TASK_ID,
    "kind": "deployment",
    "status": "RETRYING",
    "error": {
        "type": "TransientError",
        "message": "intune answered 503",
        "service": "intune",
        "status_code": 503,
    },
    "attempt": 2,
    "correlation_id": CORRELATION_ID,
    "created_at": NOON,
    "updated_at": NOON,
    "deadline": LATER,
    "retry_at": "2026-11-27T12:00:30+00:00",
}
_CONVERSATION = {
    "conversation_id": "5b1de1c0-2f1b-4a0e-9d7e-0d6f6a1f0003",
    "title": "Rollout of Editor 3",
    "created_at": NOON,
    "last_message_at": NOON,
}
_CIRCUIT = {"state": "closed", "fail_counter": 0, "is_open": False}

INTENT: dict[str, Any] = {
    "connector_type": "jamf",
    "package": {
        "id": "com.example.agent",
        "version": "2.4.1",
        "provenance": "vendor",
        "signature": "verified",
    },
    "targets": {"devices": 40, "ring": "pilot", "criticality": "standard"},
    "privilege": "system",
    "test_evidence": "staging",
    "rollback": "tested",
    "change_window": {"starts_at": "2026-12-01T20:00:00Z", "ends_at": "2026-12-01T23:00:00Z"},
}

EXAMPLES: dict[str, Any] = {
    "Cancelled": {
        "task_id": TASK_ID,
        "correlation_id": CORRELATION_ID,
        "status": "CANCELLED",
        "status_url": _STATUS_URL,
        "cancellation": {
            "by": "b6f1a2d4-0c3e-4f58-8a97-2d1c5e6f7a80",
            "at": NOON,
            "effect": "accepted",
            "at_vendor": "pending",
        },
    },
    "Count": {"count": 512, "exact": True},
    "Run": {
        "task_id": TASK_ID,
        "status": "RUNNING",
        "correlation_id": CORRELATION_ID,
        "selection": {"service": "intune", "failed_after": NOON},
        "rate_per_minute": 60,
        "progress": {
            "selected": 512,
            "exact": True,
            "retried": 120,
            "skipped": 2,
            "remaining": 390,
        },
        "error": None,
        "created_at": NOON,
        "updated_at": NOON,
        "deadline": LATER,
    },
    "Accepted": {
        "task_id": TASK_ID,
        "correlation_id": CORRELATION_ID,
        "status": "accepted",
        "status_url": _STATUS_URL,
    },
    "Status": {**_TASK, "result": None},
    "Tasks": {
        "tasks": [{**_TASK, "service": "intune", "status_url": _STATUS_URL}],
        "cursor": None,
    },
    "Events": {
        "events": [
            {
                "type": "CONNECTOR_DEPLOY_SUCCESS",
                "subject": TASK_ID,
                "position": "6f1d2c3b#000001",
                "correlation_id": CORRELATION_ID,
                "occurred_at": NOON,
                "data": {"connector_type": "intune"},
            }
        ],
        "cursor": None,
    },
    "Breakers": {"intune": {**_CIRCUIT, "retry_at": None, "override": None}},
    "Health": {"status": "ok", "breakers": {"intune": _CIRCUIT}},
    "Records": {
        "records": [
            {"key": "INC0010001", "updated_at": NOON, "data": {"short_description": "Disk full"}}
        ],
        "cursor": None,
    },
    "Conversation": {**_CONVERSATION, "last_message_at": None},
    "History": {
        **_CONVERSATION,
        "messages": [
            {
                "message_id": "5b1de1c0-2f1b-4a0e-9d7e-0d6f6a1f0004",
                "role": "user",
                "content": "Which of our rings should get the update first?",
                "created_at": NOON,
                "task_id": TASK_ID,
                "metadata": None,
            }
        ],
        "cursor": None,
    },
    "SeenIntent": {
        **INTENT,
        "intent_id": "91f4a6d8-3c57-5e0b-a2d9-7b8e1c4f6035",
        "correlation_id": CORRELATION_ID,
        "created_at": NOON,
        "risk": {
            "model": "1",
            "score": 3,
            "level": "low",
            "factors": [
                {
                    "factor": "past_failures",
                    "points": 3,
                    "weight": 10,
                    "reason": "no deployment of it is on record",
                }
            ],
            "at": NOON,
            "task_id": TASK_ID,
        },
    },
    "Description": {"openapi": "3.1.1", "info": {}, "paths": {}, "components": {}},
    "Page": "<!DOCTYPE html>",
}
