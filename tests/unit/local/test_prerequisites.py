"""What is said where the stack cannot run."""

import pytest

from infra.local.prerequisites import unmet


def test__this_machine__nothing() -> None:
    assert unmet() is None


def test__windows__names_a_way() -> None:
    assert "WSL" in str(unmet(system="nt"))


def test__old_python__names_both() -> None:
    said = str(unmet(version=(3, 9)))

    assert "3.11" in said
    assert "3.9" in said


@pytest.mark.parametrize(("module", "package"), [("aws_cdk", "aws-cdk-lib"), ("rich", "rich")])
def test__package_missing__named_as_it_is_installed(module: str, package: str) -> None:
    said = str(unmet(has=lambda name: name != module))

    assert f"Missing from this environment: {package}. Run `make setup`." in said
