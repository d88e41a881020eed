"""The AdminService's calls for applications, one method each.

Source of classes and fields: learn.microsoft.com/mem/configmgr/develop/adminservice and
.../develop/reference/apps, where each class of the SMS Provider is a set of OData entities.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Unpack
from urllib.parse import quote

from breakwater.connectors.session import Session
from breakwater.connectors.words import plain
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpOptions, HttpResponse, Run

SERVICE = "sccm"
FAILED = 5
"""AppStatusType of a device on which it failed."""
MAX_DEVICES = 100
"""How many failed devices are told by name: a result is kept with its task, in 400 KB at most."""
MAX_NAME_CHARS = 255


Entity = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Application:
    """The revision of an application that a new assignment is for."""

    name: str
    ci_id: int
    model_id: int
    """The application's own, the same for all its revisions."""


class AdminService:
    """The SMS Provider's classes at one base URL."""

    def __init__(self, *, base_url: str, session: Session, ca_bundle: str | None) -> None:
        """`base_url` ends with the route of the login, such as /AdminService."""
        self._classes = f"{base_url}/wmi"
        self._session = session
        self._ca_bundle = ca_bundle

    def probe(self, run: Run) -> None:
        """Read the site's code, without a second try."""
        target = "SMS_Site?$select=SiteCode"
        self._call(run, "GET", target, repeatable=False, check=_refuse_error)

    def application(self, run: Run, name: str) -> Application:
        """Return the latest revision of the one application of this name.

        Raises: PermanentError where there is none, or where the name does not tell which.
        """
        found = [
            row
            for row in self._query(run, "SMS_Application", f"LocalizedDisplayName eq {text(name)}")
            # A filter that is not understood may be ignored. The provider's own comparison knows no
            # case; UNSURE whether every version tells IsLatest and IsExpired (retired).
            if str(row.get("LocalizedDisplayName")).casefold() == name.casefold()
            and row.get("IsLatest") is not False
            and row.get("IsExpired") is not True
        ]
        if not found:
            raise PermanentError("sccm has no application of this name", service=SERVICE)
        if len(found) > 1:
            models = len({row.get("ModelID") for row in found})
            what = f"{models} applications" if models > 1 else f"{len(found)} latest revisions"
            raise PermanentError(f"sccm has {what} of this name", service=SERVICE)
        [row] = found
        name = str(row["LocalizedDisplayName"])
        return Application(name, number(row, "CI_ID"), number(row, "ModelID"))

    def collection_name(self, run: Run, collection_id: str) -> str:
        """Return a collection's name. Raises PermanentError where there is none."""
        for row in self._query(run, "SMS_Collection", f"CollectionID eq {text(collection_id)}"):
            if row.get("CollectionID") == collection_id:
                return str(row.get("Name"))
        raise PermanentError("sccm has no collection of this id", service=SERVICE)

    def assignments(self, run: Run, name: str) -> list[Entity]:
        """Return the assignments of exactly this name that can be seen by now."""
        rows = self._query(run, "SMS_ApplicationAssignment", f"AssignmentName eq {text(name)}")
        return [row for row in rows if row.get("AssignmentName") == name]

    def assign(self, run: Run, assignment: Entity) -> HttpResponse:
        """Post an assignment and return the answer under a 2xx, which may hold an error."""
        return self._call(run, "POST", "SMS_ApplicationAssignment", json_body=assignment)

    def summary(self, run: Run, assignment_id: int) -> Entity | None:
        """Return how many devices stand where, or None while nothing is summarized yet."""
        rows = self._query(run, "SMS_DeploymentSummary", f"AssignmentID eq {assignment_id}")
        return next((row for row in rows if row.get("AssignmentID") == assignment_id), None)

    def failed_devices(self, run: Run, assignment_id: int) -> list[str]:
        """Return the names of devices on which the assignment failed, MAX_DEVICES at most."""
        condition = f"AssignmentID eq {assignment_id} and AppStatusType eq {FAILED}"
        rows = self._query(run, "SMS_AppDeploymentAssetDetails", condition, whole=False)
        # A row for each device, deployment type and user.
        names = {
            # JSON can spell half of a surrogate pair, which no store can encode.
            str(row.get("MachineName"))[:MAX_NAME_CHARS].encode(errors="replace").decode()
            for row in rows
            if row.get("AssignmentID") == assignment_id and row.get("AppStatusType") == FAILED
        }
        return sorted(names)[:MAX_DEVICES]

    def _query(
        self, run: Run, entities: str, condition: str, *, whole: bool = True
    ) -> list[Entity]:
        # By hand: a form's "+" for a space means a plus to some readers of OData.
        target = f"{entities}?$filter={quote(condition, safe='')}"
        answer = self._call(run, "GET", target, check=_refuse_error).json()
        rows = answer.get("value") if isinstance(answer, Mapping) else None
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise TransientError("sccm answered with something else than a list", service=SERVICE)
        if whole and "@odata.nextLink" in answer:
            # UNSURE whether it ever pages; what is asked for is short, and a part must not pass for
            # all of it.
            raise PermanentError(f"sccm has too many of {entities} to list", service=SERVICE)
        return rows

    def _call(
        self, run: Run, method: str, target: str, **options: Unpack[HttpOptions]
    ) -> HttpResponse:
        options["ca_bundle"] = self._ca_bundle
        return self._session.request(run, method, f"{self._classes}/{target}", **options)


def text(value: str) -> str:
    """Return a string as OData writes it (OData URL conventions, 5.1.1.6.1)."""
    return "'" + value.replace("'", "''") + "'"


def number(entity: Entity, name: str) -> int:
    """Return a field that every row has. Raises TransientError: a well service sends it."""
    found = entity.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise TransientError(f"sccm answered without {name}", service=SERVICE)
    return found


def error_in(answer: HttpResponse) -> str | None:
    """Name the error that an answer holds, whatever its status was; None for none.

    By its code alone, and only where that is one: its words may repeat what was sent. Those are in
    the answer's excerpt.
    """
    document = answer.json()
    error = document.get("error") if isinstance(document, Mapping) else None
    if error is None:
        return None
    # UNSURE which codes there are: the form alone tells a code from words.
    code = plain(error.get("code")) if isinstance(error, Mapping) else None
    return f"the error {code}" if code and plain(answer.redact(code)) else "an error"


def _refuse_error(answer: HttpResponse) -> None:
    error = error_in(answer)
    if error is not None:
        # It was only read: once more is as good.
        raise TransientError(
            f"sccm answered with {error}", service=SERVICE, response_body=answer.excerpt
        )
