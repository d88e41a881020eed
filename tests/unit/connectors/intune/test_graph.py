from typing import Any

import pytest

from breakwater.connectors.intune.graph import Graph
from breakwater.connectors.logins import ClientCredentials
from breakwater.connectors.session import Session
from breakwater.domain.errors import PermanentError, TransientError
from tests.fakes.http import Answer, ScriptedHttp, ok
from tests.unit.connectors.intune.bench import APP, BASE, LOGIN, SECRET, Bench

TOKEN = ok({"access_token": "token-1", "expires_in": 3599})
ASSIGNMENTS = f"{BASE}/v1.0/deviceAppManagement/mobileApps/{APP}/assignments"
HOSTS = [".blob.core.windows.net", "reports.test"]


class Subject:
    """Graph on paper; the first answer is the login's, where there is one."""

    def __init__(self, *answers: Answer, login: bool = True) -> None:
        bench = Bench()
        self.run = bench.run()
        self.http = ScriptedHttp(*([TOKEN] if login else []), *answers)
        monotonic = bench.clock.monotonic
        log_in = ClientCredentials(
            service="intune",
            http=self.http,
            monotonic=monotonic,
            token_url=LOGIN,
            credentials=lambda _: SECRET,
        )
        session = Session(service="intune", http=self.http, monotonic=monotonic, login=log_in)
        self.graph = Graph(
            base_url=f"{BASE}/", session=session, http=self.http, download_hosts=HOSTS
        )

    @property
    def urls(self) -> list[str]:
        return [sent.url for sent in self.http.sent if sent.url != LOGIN]


def test__assignments__every_page_in_order() -> None:
    subject = Subject(
        ok({"value": [{"id": "1"}], "@odata.nextLink": f"{ASSIGNMENTS}?$skiptoken=1"}),
        ok({"value": [{"id": "2"}], "@odata.nextLink": f"{ASSIGNMENTS}?$skiptoken=2"}),
        ok({"value": [{"id": "3"}]}),
    )
    found = subject.graph.assignments(subject.run, APP)
    assert [one["id"] for one in found] == ["1", "2", "3"]
    assert subject.urls == [
        ASSIGNMENTS,
        f"{ASSIGNMENTS}?$skiptoken=1",
        f"{ASSIGNMENTS}?$skiptoken=2",
    ]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/v1.0/x",
        "https://graph.test.evil.test/v1.0/x",
        "https://graph.test@evil.test/v1.0/x",
        "http://graph.test/v1.0/x",
        "https://graph.test:8443/v1.0/x",
        "https://graph.test/v1.0evil",
        "//evil.test/v1.0/x",
        "",
    ],
)
def test__next_link_elsewhere__refused_and_never_followed(link: str) -> None:
    subject = Subject(ok({"value": [], "@odata.nextLink": link}))
    with pytest.raises(PermanentError, match="foreign host"):
        subject.graph.assignments(subject.run, APP)
    assert subject.urls == [ASSIGNMENTS]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.blob.core.windows.net/report.zip?sig=s",
        "https://a.b.BLOB.core.windows.net/report.zip",
        "https://reports.test/report.zip",
    ],
)
def test__download__from_a_known_host_without_authorization(url: str) -> None:
    subject = Subject(ok(b"report"), login=False)
    assert subject.graph.download(subject.run, {"url": url}) == b"report"
    assert subject.urls == [url]
    assert subject.http.sent[0].options == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://evilblob.core.windows.net/x",
        "https://blob.core.windows.net/x",
        "https://a.blob.core.windows.net.evil.test/x",
        "https://a.blob.core.windows.net@evil.test/x",
        "https://evil.test/a.blob.core.windows.net",
        "https://evil.test?a.blob.core.windows.net",
        "https://evil.test#.blob.core.windows.net",
        "https://a.reports.test/x",
        "https://reports.test.evil.test/x",
        "https://xreports.test/x",
        "https://169.254.169.254/latest",
        "https://[x/",
        "/report.zip",
        "http://a.blob.core.windows.net/report.zip?sig=s",
        "ftp://reports.test/x",
    ],
)
def test__download_elsewhere__refused_and_never_followed(url: str) -> None:
    subject = Subject(ok(b"report"))
    with pytest.raises(PermanentError, match="intune linked a report"):
        subject.graph.download(subject.run, {"url": url})
    assert subject.http.sent == []


@pytest.mark.parametrize(
    ("host", "told"),
    [("evil.test", "evil.test"), ("a;b.test", "none that can be named"), ("x" * 300, "none that")],
)
def test__download_elsewhere__host_is_named_where_it_is_one(host: str, told: str) -> None:
    subject = Subject()
    with pytest.raises(PermanentError) as caught:
        subject.graph.download(subject.run, {"url": f"https://{host}/x"})
    message = str(caught.value)
    assert message.startswith(f"intune linked a report on a foreign host: {told}")
    assert len(message) < 100


def test__every_call__carries_the_correlation_id_and_takes_423_for_transient() -> None:
    subject = Subject(ok({"publishingState": "published"}), ok(status=204))
    assert subject.graph.publishing_state(subject.run, APP) == "published"
    subject.graph.assign(subject.run, APP, [{"intent": "required"}])
    for sent in subject.http.sent[1:]:
        headers = sent.options.get("headers", {})
        assert headers["client-request-id"] == subject.run.correlation_id
        assert sent.options.get("transient") == {423}


def test__assign__the_whole_set_and_never_repeated_by_the_client() -> None:
    subject = Subject(ok(status=204))
    subject.graph.assign(subject.run, APP, [{"intent": "required"}, {"intent": "available"}])
    sent = subject.http.sent[1]
    assert (sent.method, sent.url) == ("POST", ASSIGNMENTS.replace("assignments", "assign"))
    assert sent.options.get("json_body") == {
        "mobileAppAssignments": [{"intent": "required"}, {"intent": "available"}]
    }
    assert not sent.options.get("repeatable")


def test__start_export__201__its_id() -> None:
    subject = Subject(ok({"id": "job-1", "status": "notStarted"}, 201))
    assert subject.graph.start_export(subject.run, APP) == "job-1"
    sent = subject.http.sent[1]
    assert sent.url == f"{BASE}/v1.0/deviceManagement/reports/exportJobs"
    assert sent.options.get("repeatable") is True
    assert sent.options.get("json_body") == {
        "reportName": "DeviceInstallStatusByApp",
        "filter": f"(ApplicationId eq '{APP}')",
        "format": "csv",
    }


@pytest.mark.parametrize(
    "location",
    [
        f"{BASE}/v1.0/deviceManagement/reports/exportJobs('App_1-2')",
        f"{BASE}/v1.0/deviceManagement/reports/exportJobs/App_1-2",
        "https://elsewhere.test/exportJobs('App_1-2')",
    ],
)
def test__start_export__202_without_a_body__the_id_in_its_location(location: str) -> None:
    subject = Subject(ok(status=202, location=location), ok({"status": "completed"}))
    job_id = subject.graph.start_export(subject.run, APP)
    assert job_id == "App_1-2"
    subject.graph.export(subject.run, job_id)
    # Only the id is taken over: our token goes to our own origin.
    assert subject.urls[-1] == f"{BASE}/v1.0/deviceManagement/reports/exportJobs/App_1-2"


@pytest.mark.parametrize("headers", [{}, {"location": "https://graph.test/elsewhere"}])
def test__start_export__202_that_leads_nowhere__transient(headers: dict[str, str]) -> None:
    subject = Subject(ok(status=202, **headers))
    with pytest.raises(TransientError):
        subject.graph.start_export(subject.run, APP)


MALFORMED: list[Any] = [b"<html>", b"", [], None, 1, "text", {}, {"error": {}}]


@pytest.mark.parametrize("body", [*MALFORMED, {"publishingState": None}])
def test__publishing_state_is_missing__transient(body: Any) -> None:
    subject = Subject(ok(body))
    with pytest.raises(TransientError):
        subject.graph.publishing_state(subject.run, APP)


@pytest.mark.parametrize(
    "body", [*MALFORMED, {"value": None}, {"value": {}}, {"value": "ab"}, {"value": [1]}]
)
def test__list_of_assignments_is_missing__transient_and_never_taken_for_empty(body: Any) -> None:
    for first in ([], [ok({"value": [], "@odata.nextLink": f"{ASSIGNMENTS}?p"})]):
        subject = Subject(*first, ok(body))
        with pytest.raises(TransientError):
            subject.graph.assignments(subject.run, APP)


@pytest.mark.parametrize(
    "body", [*MALFORMED, *({"id": one} for one in (None, "", "..", "a/../b", "x" * 201))]
)
def test__export_without_an_id__transient(body: Any) -> None:
    subject = Subject(ok(body, 201))
    with pytest.raises(TransientError):
        subject.graph.start_export(subject.run, APP)


@pytest.mark.parametrize("job", [{}, {"url": None}, {"url": ""}, {"url": 1}])
def test__finished_report_without_a_link__transient(job: dict[str, Any]) -> None:
    subject = Subject()
    with pytest.raises(TransientError):
        subject.graph.download(subject.run, job)


@pytest.mark.parametrize("body", MALFORMED)
def test__export_without_a_status__transient(body: Any) -> None:
    subject = Subject(ok(body))
    with pytest.raises(TransientError):
        subject.graph.export(subject.run, "job-1")
