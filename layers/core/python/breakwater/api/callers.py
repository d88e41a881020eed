"""Who is asking, and what they may do: read from the claims that the gateway has verified.

The gateway only authenticates. Its own scope check would refuse tokens that carry groups instead,
so rights are decided here: scope `breakwater/submit` or group `submit`, and likewise `operate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from breakwater.api.problems import ApiProblem

SUBMIT = "submit"
OPERATE = "operate"
SCOPES = "breakwater/"
MAX_SUBJECT_CHARS = 255
"""Source: openid.net/specs/openid-connect-core-1_0.html, section 2."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user: the token's `sub`, and the rights that it carries."""

    subject: str
    rights: frozenset[str]

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> "Caller":
        """Read verified claims. Raises ApiProblem 401 if they name nobody."""
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARS:
            raise ApiProblem(
                HTTPStatus.UNAUTHORIZED,
                "The token names no user.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        scopes = str(claims.get("scope", "")).split()
        granted = {scope.removeprefix(SCOPES) for scope in scopes if scope.startswith(SCOPES)}
        rights = (granted | set(_listed(claims.get("cognito:groups")))) & {SUBMIT, OPERATE}
        if OPERATE in rights:
            rights = rights | {SUBMIT}
        return cls(subject, frozenset(rights))

    @property
    def is_operator(self) -> bool:
        """Whether the caller may see and mend what others have submitted."""
        return OPERATE in self.rights

    def require(self, right: str) -> None:
        """Return if the caller has `right`. Raises ApiProblem 403."""
        if right not in self.rights:
            raise ApiProblem(HTTPStatus.FORBIDDEN, f"This needs the right '{right}'.")


def _listed(claim: Any) -> list[str]:
    """Read an array claim: API Gateway hands it over as the text `[a b]`."""
    if isinstance(claim, list):
        return [str(entry) for entry in claim]
    if isinstance(claim, str):
        # One bracket at each end and no other separator: names may hold both.
        return claim.removeprefix("[").removesuffix("]").split()
    return []
