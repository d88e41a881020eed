"""Documented deployments whose Lambdas die anywhere: one record, told once, and one deployment."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.domain.changes import ChangeState
from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import Status
from tests.unit.services.documented import Documented
from tests.unit.services.mortal import Death, Died, Life, Mortal, deaths


@settings(max_examples=300, deadline=None)
@given(lag=st.integers(0, 9), deaths=st.lists(deaths(8), max_size=3))
def test__change__whatever_dies__is_opened_once_and_closed(lag: int, deaths: list[Death]) -> None:
    one = Documented()
    one.desk.lag = timedelta(minutes=lag)
    late = []
    for death in deaths:
        if one.state == "End":
            break
        life = Life(death)
        try:
            # What dies at the system dies before its request has left, or after it has landed.
            one.go_on(one.invoke(Mortal(one.executions, life), Mortal(one.desk, Lived(life))))
        except (Died, StorageUnavailableError):
            one.failed()
        if death.wakes:
            life.wake()
        late.append(life)
    one.run()
    for life in late:
        life.wake()

    assert one.task.status is Status.SUCCESS
    assert one.connector.effects == 1
    assert len(one.desk.opened) == 1
    assert one.desk.notes == [("SUCCESS", True)]
    assert one.record.state is ChangeState.CLOSED
    assert [event.type.value for event in one.executions.events] == ["CONNECTOR_DEPLOY_SUCCESS"]


class Lived(Life):
    """The same life, whose calls do not land later."""

    def __init__(self, life: Life) -> None:
        super().__init__(life.death)
        self._life = life

    def call(self, method: object, *args: object, **options: object) -> object:
        before = len(self._life.under_way)
        try:
            return self._life.call(method, *args, **options)  # type: ignore[arg-type]
        finally:
            del self._life.under_way[before:]
