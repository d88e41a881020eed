"""What comes of each move of a schedule: the real code goes on from where it waits."""

from collections.abc import Iterable
from typing import Any

from breakwater.resilience.breaker import MOVES
from breakwater.resilience.circuit import Circuit
from tests.proofs.schedules_cast import REFUSED, Calling, Idle, Probed, caller, operator, upkeep
from tests.proofs.schedules_replay import Player, Program, Reply
from tests.proofs.schedules_scene import (
    BEGINS,
    CALLERS,
    CALLS,
    CLOCK,
    CRASHES,
    DIES,
    ENDS,
    FAULTS,
    GOES_ON,
    LANDS,
    OPERATORS,
    RECOVERS,
    SERVICE,
    STORE,
    UNJUDGED,
    UPKEEP,
    Actor,
    Move,
    Scene,
    World,
    jumped,
    moves,
)
from tests.proofs.schedules_seen import Seen, is_well
from tests.proofs.schedules_stores import Request, Store
from tests.proofs.stateful_seen import check
from tests.proofs.stateful_wire import Fault

ROUNDS = 3
"""Calls of everybody until all is well, whatever stood: a full run opens the circuit once more."""


class Stage:
    """A scene on a store, with every point that its programs have been at."""

    def __init__(self, scene: Scene, store: Store) -> None:
        self.scene = scene
        self._store = store
        self._players: dict[tuple[str, int], Player] = {}

    def start(self) -> World:
        """Return the world before any schedule."""
        scene, turns = self.scene, self.scene.turns()
        callers = scene.callers + (scene.upkeeps > 0)
        world = World(
            seen=Seen(scene.settings, callers=callers, is_dead=scene.is_dead),
            stands=self._store.nothing,
            actors={name: Actor(count) for name, count in turns.items()},
            left={},
            is_dead=scene.is_dead,
        )
        for move in scene.first:
            if move.what == CALLS:
                self._call(world, move.who)
            else:
                self.take(world, move)
        for name, actor in world.actors.items():
            world.actors[name] = actor._replace(turns=turns[name])
        world.left = dict(scene.may)
        return world

    def circuit(self, world: World) -> Circuit:
        """Return the circuit as it stands."""
        return self._store.circuit(world.stands)

    def asks(self, world: World, name: str) -> Any:
        """Return what an actor waits for."""
        actor = world.actors[name]
        return self._player(name, actor.life).points[actor.point].request

    def moves(self, world: World) -> Iterable[Move]:
        """Return everything that may happen next."""
        is_bound = world.running and world.preemptions == self.scene.preemptions
        names = [world.running] if is_bound else world.actors
        requests = {name: self.asks(world, name) for name in names}
        return moves(world, requests, self.circuit(world))

    def take(self, world: World, move: Move) -> None:
        """Make a move. Raises ViolationError."""
        who, what = move
        world.pay(what)
        if who == CLOCK:
            world.seen.clock.now = jumped(world.now, what, self.circuit(world))
        elif who == SERVICE:
            world.is_dead = what == DIES
            world.seen.turned(is_dead=world.is_dead)
        elif who == STORE:
            self._land(world, *world.late.pop(0))
        else:
            self._go(world, who, what)
            if self.scene.preemptions is not None:
                world.preemptions += world.running not in {"", who}
                world.running = who if isinstance(self.asks(world, who), Request) else ""

    def _go(self, world: World, name: str, what: str) -> None:
        actor, request = world.actors[name], self.asks(world, name)
        reply: Reply = what
        match request:
            case Idle():
                actor = actor._replace(turns=actor.turns - 1)
            case Calling():
                reply = self._end(world, actor, request, what)
            case Request():
                actor = actor._replace(writes=actor.writes + (request.intent is not None))
                reply = self._reply(world, actor, request, what)
        if what.startswith(CRASHES):
            self._crash(world, name, actor)
        else:
            point = self._player(name, actor.life).hear(actor.point, reply, world.now)
            self._arrive(world, name, actor._replace(point=point))

    def _end(self, world: World, actor: Actor, call: Calling, what: str) -> Reply:
        if what == UNJUDGED:
            if actor.end == "fails":
                world.seen.was_not_sent(call)
            return "not sent"
        if what == ENDS:
            world.seen.ended(call, actor.end, began_at=actor.began_at)
        return actor.end

    def _reply(self, world: World, actor: Actor, request: Request, what: str) -> Reply:
        fault = FAULTS.get(what)
        if fault is Fault.STALE:
            return world.seen.stale()
        if fault is Fault.LATE:
            world.late.append((request, actor.call))
        if fault in {None, Fault.LOST, Fault.DIES_AFTER}:
            reply = self._land(world, request, actor.call)
            if fault is None:
                return reply
        world.seen.disturbed()
        return fault

    def _land(self, world: World, request: Request, call: Calling | None) -> Reply:
        before, stood = self.circuit(world), world.stands
        world.stands, reply = self._store.perform(stood, request)
        if request.intent is not None:
            after, won = self.circuit(world), world.stands != stood
            world.seen.wrote(before, request.intent, after, won=won, call=call)
        return reply

    def _crash(self, world: World, name: str, actor: Actor) -> None:
        """Replace a caller by a cold one."""
        counts = actor.call is not None and actor.call.in_closed
        circuit = actor.call.circuit if actor.call and counts else self.circuit(world)
        world.seen.gave_up(circuit.generation)
        world.actors[name] = Actor(actor.turns, life=actor.life + 1)

    def _arrive(self, world: World, name: str, actor: Actor) -> None:
        point = self._player(name, actor.life).points[actor.point]
        circuit = self.circuit(world)
        for note in point.told:
            if isinstance(note, Probed):
                world.seen.probed(note.owner)
            elif note != REFUSED:
                check(False, "a guarded call fails for its own reasons only", note=note)
            # Whom others have outrun so often comes again, however the circuit stands by then.
            elif actor.writes < MOVES:
                world.seen.refused(circuit)
        match point.request:
            case Idle():
                actor = actor._replace(call=None, end="", writes=0)
            case Calling() as call:
                end = "fails" if world.is_dead else "succeeds"
                actor = actor._replace(call=call, end=end, began_at=world.now)
                world.seen.arrived(call, circuit, is_dead=world.is_dead)
        world.actors[name] = actor

    def _player(self, name: str, life: int) -> Player:
        if (name, life) not in self._players:
            number = [*CALLERS, *OPERATORS, UPKEEP].index(name) * 10 + life
            self._players[name, life] = Player(number, self._program(name))
        return self._players[name, life]

    def _program(self, name: str) -> Program:
        play = caller if name in CALLERS else operator if name in OPERATORS else upkeep
        return lambda desk: play(desk, self._store.for_caller(desk), self.scene.settings)

    # The end of every schedule.

    def is_over(self, world: World) -> bool:
        """Whether nobody has anything left to do."""
        idle = (isinstance(self.asks(world, name), Idle) for name in world.actors)
        return all(idle) and not any(actor.turns for actor in world.actors.values())

    def heal(self, world: World) -> None:
        """Guarantees 4 and 5: once the service is well it closes, and then nothing is written."""
        self.take(world, Move(SERVICE, RECOVERS))
        while world.late:
            self.take(world, Move(STORE, LANDS))
        for _ in range(ROUNDS):
            if is_well(self.circuit(world)):
                break
            self._everybody_calls(world)
        check(is_well(self.circuit(world)), "it can close again", circuit=self.circuit(world))
        self.check_trail(world)
        world.seen.forget_trouble()
        self._everybody_calls(world)

    def check_trail(self, world: World) -> None:
        """Each change that was seen stands recorded, once."""
        world.seen.check_changes(list(self._store.trail(world.stands)))

    def _everybody_calls(self, world: World) -> None:
        """Let every caller make a call, when whatever the circuit waits for is over."""
        circuit = self.circuit(world)
        moments = (circuit.retry_at, circuit.probe_until, circuit.override_until, world.now)
        world.seen.clock.now = max(filter(None, moments)) + 200
        for name in CALLERS[: self.scene.callers]:
            self._call(world, name)

    def _call(self, world: World, name: str) -> None:
        self.take(world, Move(name, BEGINS))
        while not isinstance(self.asks(world, name), Idle):
            ends = isinstance(self.asks(world, name), Calling)
            self.take(world, Move(name, ENDS if ends else GOES_ON))
