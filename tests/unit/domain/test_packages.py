from hypothesis import given
from hypothesis import strategies as st

from breakwater.domain.packages import MAX_PACKAGE_CHARS, package_key, package_of

MAX_KEY_BYTES = 2048
"""Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""


def test__package_of__is_one_name_whatever_the_order() -> None:
    assert package_of(["nginx", "curl"]) == package_of(["curl", "nginx"]) == "curl,nginx"


def test__package_of__too_many_names__is_their_digest() -> None:
    names = [f"package-{number}" for number in range(100)]
    name = package_of(names)
    assert name.startswith("sha256:")
    assert name == package_of(reversed(names))
    assert name != package_of(names[1:])


def test__package_key__no_service_tells_two_apart_by_case() -> None:
    assert package_key("sccm", "7-Zip 24.08") == package_key("sccm", "7-ZIP 24.08")
    assert package_key("sccm", "a") != package_key("jamf", "a")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), max_size=3))
def test__package_key__is_never_longer_than_a_key_may_be(names: list[str]) -> None:
    name = package_of(names)
    assert len(name) <= MAX_PACKAGE_CHARS
    assert len(package_key("landscape", name).encode()) <= MAX_KEY_BYTES
