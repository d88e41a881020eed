"""Clients of the emulated account know nothing of the user's."""

from typing import Any

import pytest

from infra.local.aws import ACCESS_KEY, REGION, Aws


def test__profile_of_the_user__neither_used_nor_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not on this machine")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    client = Aws("http://127.0.0.1:9").dynamodb
    assert client.meta.region_name == REGION
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    signer: Any = client._request_signer  # type: ignore[attr-defined] # botocore's own
    assert signer._credentials.access_key == ACCESS_KEY
