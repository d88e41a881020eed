from typing import Any

import boto3
import pytest

from infra.verify import VerifyError, verify


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test__region__is_the_one_that_the_deployment_went_to(
    monkeypatch: pytest.MonkeyPatch, region: str | None
) -> None:
    asked = []

    def session(*, region_name: str | None) -> Any:
        asked.append(region_name)
        raise VerifyError("far enough")

    monkeypatch.setattr(boto3, "Session", session)
    monkeypatch.delenv("AWS_REGION", raising=False)
    if region:
        monkeypatch.setenv("AWS_REGION", region)
    with pytest.raises(VerifyError, match="far enough"):
        verify("breakwater-dev", None)
    assert asked == [region]
