"""Conversations over HTTP: begun, read back, and asked something, which is a task."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from breakwater.api.bodies import invalid, strangers
from breakwater.api.callers import SUBMIT, Caller
from breakwater.api.calls import Answer, Call, Route, answer
from breakwater.api.cursors import Cursors
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.deployments import read_on_open_circuit
from breakwater.api.paging import read_limit
from breakwater.api.problems import ApiProblem, Fault
from breakwater.api.tasks import accepted, is_uuid, running_already
from breakwater.domain.chats import (
    MAX_QUESTION_BYTES,
    MAX_TITLE_CHARS,
    MAX_TURNS,
    SERVICE,
    Conversation,
    Message,
)
from breakwater.domain.errors import AlreadyRunningError
from breakwater.domain.requests import Request
from breakwater.domain.tasks import Kind
from breakwater.services.accept import Accept
from breakwater.services.conversations import Conversations
from breakwater.services.status import ReadTask

MAX_LIMIT = 100
DEFAULT_LIMIT = 50
ROOT = "/api/v1/conversations"
FIELDS = frozenset({"title"})
MESSAGE_FIELDS = frozenset({"content", "deadline_seconds", "on_open_circuit"})
PARAMETERS = frozenset({"limit", "cursor"})
PRIVATE = {"Cache-Control": "private, no-store"}


class ConversationRoutes:
    """What is asked of conversations; nothing can be said without a provider that is configured."""

    def __init__(
        self,
        *,
        conversations: Conversations,
        accept: Accept,
        read_task: ReadTask,
        configured: bool,
        deadlines: DeadlineBounds,
        cursors: Cursors,
    ) -> None:
        self._conversations = conversations
        self._accept = accept
        self._read_task = read_task
        self._configured = configured
        self._deadlines = deadlines
        self._cursors = cursors

    def __iter__(self) -> Iterator[Route]:
        yield Route("POST", ROOT, self._post_conversation)
        yield Route("GET", f"{ROOT}/<conversation_id>", self._get_conversation)
        yield Route("POST", f"{ROOT}/<conversation_id>/messages", self._post_message)

    def _post_conversation(self, call: Call) -> Answer:
        caller = call.caller_with(SUBMIT)
        self._require_provider()
        conversation = self._conversations.begin(
            caller.subject,
            title=_title(call.json_if_any()),
            idempotency_key=call.idempotency_key,
        )
        place = f"{ROOT}/{conversation.conversation_id}"
        return answer(HTTPStatus.CREATED, _view(conversation), {"Location": place, **PRIVATE})

    def _get_conversation(self, call: Call, conversation_id: str) -> Answer:
        caller = call.caller_with(SUBMIT)
        conversation = self._owned(caller, conversation_id)
        faults = [Fault(name, "unknown parameter") for name in sorted(set(call.query) - PARAMETERS)]
        limit = read_limit(call.query.get("limit"), faults, most=MAX_LIMIT, default=DEFAULT_LIMIT)
        if faults:
            raise invalid(faults)
        who, query = caller.subject, f"GET {ROOT}/{conversation_id}"
        cursor = call.query.get("cursor")
        after = self._cursors.open(cursor, caller=who, query=query) if cursor else None
        said = self._conversations.read(conversation, after=after, limit=limit)
        following = None
        if said.position is not None:
            following = self._cursors.seal(said.position, caller=who, query=query)
        messages = [_view_message(message) for message in said.messages]
        body = {**_view(conversation), "messages": messages, "cursor": following}
        return answer(HTTPStatus.OK, body, PRIVATE)

    def _post_message(self, call: Call, conversation_id: str) -> Answer:
        caller = call.caller_with(SUBMIT)
        self._require_provider()
        conversation = self._owned(caller, conversation_id)
        command = self._command(call.json())
        request = Request(
            kind=Kind.CHAT,
            service=SERVICE,
            owner=caller.subject,
            operation=f"POST {ROOT}/{conversation_id}/messages",
            command={"conversation_id": conversation_id, **command},
            deadline=timedelta(seconds=command["deadline_seconds"]),
            correlation_id=call.correlation_id,
            idempotency_key=call.idempotency_key,
        )
        if conversation.is_full and not self._is_known(request):
            raise ApiProblem(
                HTTPStatus.CONFLICT,
                f"A conversation takes {MAX_TURNS} messages, and this one has them: begin another.",
            )
        try:
            return accepted(call, self._accept(request))
        except AlreadyRunningError as error:
            raise running_already(error, "The last message is being answered.") from error

    def _is_known(self, request: Request) -> bool:
        """Whether a request repeats one whose task stands."""
        if request.idempotency_key is None:
            return False
        return self._read_task(request.task_id, caller=request.owner, operator=False) is not None

    def _owned(self, caller: Caller, conversation_id: str) -> Conversation:
        found = None
        if is_uuid(conversation_id):
            found = self._conversations.owned(conversation_id, owner=caller.subject)
        if found is None:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such conversation.")
        return found

    def _require_provider(self) -> None:
        if not self._configured:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "This deployment has no AI provider.")

    def _command(self, body: Any) -> Mapping[str, Any]:
        """Return what a message asks for. Raises ApiProblem 400 with every fault."""
        faults = strangers(body, MESSAGE_FIELDS)
        content = _content(body, faults)
        deadline = self._deadlines.read(body, faults)
        on_open_circuit = read_on_open_circuit(body, faults)
        if faults:
            raise invalid(faults)
        return {
            "content": content,
            "deadline_seconds": deadline,
            "on_open_circuit": on_open_circuit.value,
        }


def _content(body: Mapping[str, Any], faults: list[Fault]) -> str:
    content = body.get("content")
    if isinstance(content, str) and content.strip():
        try:
            if len(content.encode()) <= MAX_QUESTION_BYTES:
                return content
        except UnicodeEncodeError:  # half a character
            pass
    what = "required: " if "content" not in body else "expected "
    detail = f"{what}a text that says something, of at most {MAX_QUESTION_BYTES} bytes in UTF-8"
    faults.append(Fault("/content", detail))
    return ""


def _title(body: Any) -> str | None:
    """Return the title that a body gives, if it gives one. Raises ApiProblem 400."""
    faults = strangers(body, FIELDS)
    given = body.get("title")
    title = given.strip() if isinstance(given, str) else ""
    if "title" in body and not (0 < len(title) <= MAX_TITLE_CHARS and title.isprintable()):
        faults.append(Fault("/title", f"expected 1 to {MAX_TITLE_CHARS} printable characters"))
    if faults:
        raise invalid(faults)
    return title or None


def _view(conversation: Conversation) -> dict[str, Any]:
    last = conversation.last_message_at
    return {
        "conversation_id": conversation.conversation_id,
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "last_message_at": last.isoformat() if last else None,
    }


def _view_message(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "role": message.role.value,
        "content": message.content,
        "created_at": message.created_at.isoformat(),
        "task_id": message.task_id,
        "metadata": dict(message.metadata) if message.metadata is not None else None,
    }
