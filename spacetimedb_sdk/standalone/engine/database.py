"""A running module: its tables, its reducers, its timers. Knows no sockets; the clock is passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter_ns
from typing import Any, Literal, TypeVar

from ...errors import EncodeError
from ...module import Module, ReducerContext, ReducerError
from ...module.chance import Chance
from ...sats.schema.module_def import Lifecycle, ModuleDef
from ...system.plain_text import error_text
from ...types import ConnectionId, Identity, Timestamp
from ..dialect import COMPATIBILITIES
from ..errors import (
    CallRefused,
    ConnectionIdInUse,
    ModuleChangeRefused,
    ReducerPanic,
    StorageError,
    TimedOut,
    is_interrupt,
)
from ..identity import identity_from_claims
from ..storage.commit_log import CommitLog, InMemory, Storage
from ..storage.migration import Migration, TablesAside
from ..storage.records import Client, snapshot_of
from ..storage.recovery import REMEDY, definition_text, recover
from ..tables.datastore import Datastore, TableChange
from .arguments import Arguments
from .calls import Reducer, ReducerCall, Transaction, build_context
from .failures import FailureLog
from .module_instance import ModuleInstance
from .module_log import ModuleLog
from .procedures import Procedures
from .scheduler import Moment, Timer, at_once
from .time_limit import TimeLimit
from .views import Views

__all__ = ["Database"]

R = TypeVar("R")
T = TypeVar("T")
_LIFECYCLE_NAMES = {item: item.name.title().replace("_", "") for item in Lifecycle}


class Database:
    """One database running `module`.

    `clock` returns microseconds since the epoch, `steady_clock` those since whenever: intervals follow it, so that a
    clock which is set does not stop them; by default it is `clock`. `seed` seeds `ctx.rng`. `on_commit` is called with every committed
    transaction before the call that made it returns. The init reducer runs here; what it raises goes on.

    With `storage` commits are kept, and one that was used before is taken up where it ended: rows, sequences and
    timers are there, one-shot timers missed meanwhile are due, intervals begin anew, and for the clients that were
    connected the disconnect reducer runs now. StorageError where its tables are not those of `module`.
    """

    def __init__(
        self,
        module: Module,
        *,
        clock: Callable[[], int],
        steady_clock: Callable[[], int] | None = None,
        seed: int = 0,
        identity: Identity | None = None,
        owner: Identity | None = None,
        compatibility: Literal["1.2", "2.8"] | None = None,
        storage: Storage | None = None,
        time_limit: TimeLimit | None = None,
    ) -> None:
        # For each transaction and each view.
        self.time_limit = time_limit
        # Does work where one transaction follows the other: procedures may run in other threads.
        self.on_loop: Callable[[Callable[[], Transaction]], Transaction] = lambda work: work()
        # Runs the procedure of a timer, then what is to be done at home after it.
        self.beside: Callable[[Callable[[], None], Callable[[], None]], None] = at_once
        self.compatibility = COMPATIBILITIES[compatibility]
        self.identity = identity or identity_from_claims("localhost", f"database {module.name}")
        self.owner = owner or identity_from_claims("localhost", f"owner of {module.name}")
        self.on_commit: Callable[[Transaction], None] = lambda transaction: None
        self.module_log = ModuleLog(clock, bare=self.compatibility.v1_only)
        self.clients: dict[ConnectionId, Identity] = {}
        self.calls = self.failed_calls = self.commits = 0
        # What the owner lets others ask for at once (spec: sql.md section 6).
        self.row_limit: int | None = None
        # Clients that came to ask one thing and have committed nothing: a restart need not know of them.
        self._unwritten: dict[ConnectionId, Identity] = {}
        self._kept = 0
        self._clock = clock
        self.steady_clock = steady_clock
        self._chance = Chance(seed)
        self._instance = self._made_of(module)
        self.storage: CommitLog = storage or InMemory()
        if storage is None or storage.definition is None:
            self._lifecycle(Lifecycle.INIT, self.owner, None)
        if storage is not None:
            self._take_up(storage)

    def _made_of(self, module: Module) -> ModuleInstance:
        return ModuleInstance(
            module,
            self.compatibility,
            reducer_context=lambda sender, connection_id: self._context(sender, connection_id, self._clock()),
            transact=lambda work, sender: self.on_loop(lambda: self.change(work, sender)),
            limited=self._limited,
            module_log=self.module_log,
            steady_clock=lambda: self._now().steady,
        )

    @property
    def module(self) -> Module:
        return self._instance.module

    @property
    def definition(self) -> ModuleDef:
        return self._instance.definition

    @property
    def datastore(self) -> Datastore:
        return self._instance.datastore

    @property
    def reducers(self) -> Mapping[str, Reducer]:
        return self._instance.reducers

    @property
    def views(self) -> Views:
        return self._instance.views

    @property
    def procedures(self) -> Procedures:
        return self._instance.procedures

    @property
    def failures(self) -> FailureLog:
        """What is said of failures on the terminal."""
        return self._instance.failures

    def _now(self) -> Moment:
        return self._moment(self._clock())

    def _moment(self, wall: int) -> Moment:
        return Moment(wall, wall if self.steady_clock is None else self.steady_clock())

    def change_module(self, module: Module) -> frozenset[str]:
        """Goes on with the rows there are under another module; returns the tables whose rows clients must see anew.
        ModuleChangeRefused where they cannot be its tables' rows, or its hook fails; then all is as before. Must not be
        called inside a transaction."""
        migration = Migration.between(self.definition, module)
        if migration.is_refused:
            raise ModuleChangeRefused(tuple(migration.obstacles.values()))
        records = list(self._snapshot())
        before, instance = self._instance, self._made_of(module)
        reader = migration.reader(instance.datastore.stores)
        for record in records:
            reader.apply(record)
        migration.go_on_counting(instance.datastore.stores)
        self._instance = instance
        try:
            changed = self._migrate(migration)
            self._arm_timers()
            if isinstance(self.storage, Storage):
                rewrite = migration.rewrites or bool(changed)
                self.storage.begin(definition_text(self.definition), self._snapshot, rewrite=rewrite)
        except BaseException:  # whatever it is: the old module goes on
            self._instance = before
            raise
        return frozenset(migration.changed) | changed

    def _migrate(self, migration: Migration) -> frozenset[str]:
        """Lets the module's hook take over what does not go over by itself; returns the tables it changed."""
        hook = self.module.migration
        if hook is None or not migration.differs:
            return frozenset()
        tables = TablesAside(migration.aside)
        context = self._context(self.owner, None, self._clock())

        def work() -> None:
            hook.function(context, tables)
            unread = [migration.obstacles[name] for name in tables.unread()]
            if unread:
                raise ModuleChangeRefused((*unread, "the on_migrate hook has not read those rows"))

        try:
            changes = self.datastore.transact(work)
        except ModuleChangeRefused:
            raise
        except BaseException as error:  # a module may raise anything; the module before goes on
            if is_interrupt(error):
                raise
            self.failures.add("the on_migrate hook", error, self._now().steady)
            self.module_log.panic("on_migrate", error)
            raise ModuleChangeRefused((f"its on_migrate hook failed: {error_text(error)}",)) from error
        migration.go_on_counting(self.datastore.stores)
        return frozenset(change.store.name for change in changes)

    def _arm_timers(self) -> None:
        stores = [store for store in self.datastore.stores.values() if store.has_timers]
        self._instance.scheduler.apply(
            [TableChange(store, [], store.rows()) for store in stores], self._now()
        )

    def _take_up(self, storage: Storage) -> None:
        """Goes on where `storage` ended, and keeps what happens from now on."""
        left_behind: list[Client] = []
        rewrite = False
        if storage.definition is not None:
            left_behind, migration = recover(storage, self.module, self.datastore)
            try:
                changed = self._migrate(migration)
            except ModuleChangeRefused as error:
                reason = f"holds the tables of another module ({'; '.join(error.reasons)})"
                raise StorageError(storage.journal.path, reason, REMEDY) from error
            rewrite = migration.rewrites or bool(changed)
            self.clients = {connection_id: identity for identity, connection_id in left_behind}
            self._arm_timers()
        storage.begin(definition_text(self.definition), self._snapshot, rewrite=rewrite)
        for client in left_behind:
            self.disconnect(*client)

    def _snapshot(self) -> Iterator[bytes]:
        clients = [(identity, connection_id) for connection_id, identity in self.clients.items()]
        self._unwritten.clear()
        return snapshot_of(list(self.datastore.stores.values()), clients)

    # In-process use

    def call(
        self, reducer_name: str, *args: Any, sender: Identity, connection_id: ConnectionId | None = None
    ) -> None:
        """Runs a reducer as a client would. ReducerError: its own failure. ReducerPanic: any other exception.
        CallRefused: it never started."""
        reducer = self.find_reducer(reducer_name)
        try:
            encoded = reducer.args.encode(args)
        except EncodeError as error:
            raise self.bad_arguments(reducer, error) from error
        call = ReducerCall(reducer_name, reducer.reducer_id, encoded, sender, connection_id)
        self._run(reducer, call, args, self._clock())

    def rows(self, row_class: type[R]) -> list[R]:
        """The rows of that class's table, as they are between transactions."""
        return list(self.datastore.tables[row_class].iter())

    def connect(self, identity: Identity, connection_id: ConnectionId, *, brief: bool = False) -> None:
        """A client has connected. What its reducer raises (ReducerError, ReducerPanic) rejects the connection;
        ConnectionIdInUse: another has this id. `brief`: it will have gone before anything else is asked."""
        if connection_id in self.clients:
            raise ConnectionIdInUse(connection_id)
        before = self._kept
        self._lifecycle(Lifecycle.ON_CONNECT, identity, connection_id)
        self.clients[connection_id] = identity
        if brief and self._kept == before:
            self._unwritten[connection_id] = identity
        else:
            self._keep((), joined=[(identity, connection_id)])

    def disconnect(self, identity: Identity, connection_id: ConnectionId) -> None:
        """A client has gone. A reducer that fails is logged: no caller waits for it."""
        self.clients.pop(connection_id, None)
        try:
            self._lifecycle(Lifecycle.ON_DISCONNECT, identity, connection_id)
        except (ReducerError, ReducerPanic) as error:
            self.failures.add("disconnect reducer", error, self._now().steady, traceback=False)
        if self._unwritten.pop(connection_id, None) is None:
            self._keep((), left=[(identity, connection_id)])

    def _keep(
        self, changes: Sequence[TableChange], joined: Sequence[Client] = (), left: Sequence[Client] = ()
    ) -> None:
        if self._unwritten:
            came = [(identity, connection_id) for connection_id, identity in self._unwritten.items()]
            joined = [*came, *joined]
            self._unwritten.clear()
        self._kept += 1
        self.storage.commit(changes, joined=joined, left=left)

    def _lifecycle(self, lifecycle: Lifecycle, sender: Identity, connection_id: ConnectionId | None) -> None:
        reducer = self._instance.lifecycles.get(lifecycle)
        if reducer is not None:
            call = ReducerCall(reducer.definition.name, reducer.reducer_id, b"", sender, connection_id)
            self._run(reducer, call, (), self._clock())

    def _limited(self, work: Callable[[], T]) -> T:
        return work() if self.time_limit is None else self.time_limit.run(work)

    def failure_text(self, error: ReducerError | ReducerPanic) -> str:
        """What a caller gets: a reducer's own error in its words, of anything else only that it happened."""
        if isinstance(error, ReducerPanic) and isinstance(error.cause, TimedOut) and self.time_limit:
            return f"reducer {error.reducer} took longer than {self.time_limit.seconds:g} s: it was ended and undone"
        return error_text(error) if isinstance(error, ReducerError) else self.compatibility.panic

    # Calls from clients

    def find_reducer(self, name: str) -> Reducer:
        """The reducer a client may call; CallRefused says why not."""
        reducer = self._instance.reducers.get(name)
        if reducer is not None and reducer.definition.lifecycle is not None:
            special = _LIFECYCLE_NAMES[reducer.definition.lifecycle]
            message = f"can't directly call special {special} lifecycle reducer"
            raise CallRefused(name, message, reducer_id=reducer.reducer_id)
        if reducer is None or reducer.definition.is_private:
            self.module_log.missing(name)
            # A private one keeps its number, which v1 tells with the refusal.
            known = {} if reducer is None else {"reducer_id": reducer.reducer_id}
            raise CallRefused(name, "no such reducer", status=404, **known)
        return reducer

    def call_encoded(
        self,
        arguments: Arguments,
        *,
        sender: Identity,
        connection_id: ConnectionId | None,
        request_id: int = 0,
        notify_success: bool = True,
    ) -> Transaction:
        """Runs a reducer on what `arguments_of` has read. A failure is a Transaction with its error."""
        reducer = arguments.reducer
        call = ReducerCall(
            reducer.definition.name,
            reducer.reducer_id,
            arguments.encoded,
            sender,
            connection_id,
            request_id,
            notify_success,
            arguments.json,
        )
        now = self._clock()
        began = perf_counter_ns()
        try:
            return self._run(reducer, call, arguments.values, now)
        except (ReducerError, ReducerPanic) as error:
            text, panicked = self.failure_text(error), isinstance(error, ReducerPanic)
        spent = (perf_counter_ns() - began) // 1000
        return Transaction(call, Timestamp(now), spent, error=text, panicked=panicked)

    def bad_arguments(self, reducer: Reducer, error: Exception) -> CallRefused:
        """The refusal of arguments that are none of `reducer`; its module's log has it too."""
        name = reducer.definition.name
        self.module_log.bad_arguments(name)
        message = f"invalid arguments for reducer {name}: {error}"
        return CallRefused(name, message, reducer_id=reducer.reducer_id)

    # Timers

    def next_timer(self) -> Timer | None:
        """The timer that is due first."""
        return self._instance.scheduler.next(self._now())

    def remaining(self, timer: Timer) -> int:
        """How many microseconds remain until a timer is due; negative: how late it is."""
        return timer.remaining(self._now())

    def next_due(self) -> int | None:
        """When the next timer is due, as the clock stands now (microseconds since the epoch); None without one."""
        now = self._now()
        timer = self._instance.scheduler.next(now)
        return None if timer is None else now.wall + timer.remaining(now)

    def run_scheduled(self, now_micros: int, *, limit: int = 10_000) -> int:
        """Runs the timers that are due, those too that fall due by it, and returns how many; `limit` of them at most.

        An interval timer runs once however late it is. A one-shot row is deleted in a transaction of its own after its
        run, also after a failed one. Failures go to the module's log.
        """
        count = 0
        now = self._moment(now_micros)
        while count < limit and (timer := self._instance.scheduler.take_due(now)) is not None:
            self._run_timer(timer, now)
            count += 1
        return count

    def _run_timer(self, timer: Timer, now: Moment) -> None:
        schedule = timer.store.definition.schedule
        assert schedule is not None
        row = getattr(self.datastore.tables, timer.store.name).get(timer.key)
        name = schedule.function_name
        if name in self.procedures:
            run = partial(self.procedures.run_scheduled, name, row, sender=self.identity)
            self.beside(run, lambda: self._timer_has_run(timer, self._now()))
            return
        reducer, args = self.reducers[name], timer.store.encoded(row)
        call = ReducerCall(name, reducer.reducer_id, args, self.identity, notify_success=False)
        # A failure was said where it happened: a timer has no caller to be answered.
        with suppress(ReducerError, ReducerPanic):
            self._run(reducer, call, (row,), now.wall, scheduled=True)
        self._timer_has_run(timer, now)

    def _timer_has_run(self, timer: Timer, now: Moment) -> None:
        scheduler = self._instance.scheduler
        if not scheduler.is_live(timer):
            return
        if timer.interval is not None:
            scheduler.rearm(timer, now)
        else:
            cleanup = ReducerCall("", 0, b"", self.identity, notify_success=False)
            changes, duration = self._timed(lambda: timer.store.delete_by_key(timer.key))
            self._committed(cleanup, Timestamp(now.wall), changes, duration)

    # Transactions

    def _run(
        self, reducer: Reducer, call: ReducerCall, args: Any, now: int, *, scheduled: bool = False
    ) -> Transaction:
        context = self._context(call.sender, call.connection_id, now)
        function = reducer.declaration.function
        self.calls += 1
        try:
            changes, duration = self._timed(partial(function, context, *args))
        except ReducerError as error:
            self._failed(call.name, error, scheduled=scheduled)
            raise
        except (
            BaseException
        ) as error:  # a module may raise anything; its caller gets an error, and the server lives on
            if is_interrupt(error):
                raise
            self._failed(call.name, error, scheduled=scheduled)
            raise ReducerPanic(call.name, error) from error
        return self._committed(call, context.timestamp, changes, duration)

    def _failed(self, name: str, error: BaseException, *, scheduled: bool) -> None:
        """Says what a reducer failed with: its own errors to the module's owner, all else on the terminal too. Those of
        a timer, which may fail at each of its turns, are counted."""
        self.failed_calls += 1
        own = isinstance(error, ReducerError)
        if scheduled or not own:
            function = f"scheduled reducer {name}" if scheduled else f"reducer {name}"
            whole = self.failures.add(function, error, self._now().steady, traceback=not own)
            if scheduled and not whole:
                return
        if own:
            self.module_log.failure(name, error_text(error))
        else:
            self.module_log.panic(name, error)

    def _context(self, sender: Identity, connection_id: ConnectionId | None, now: int) -> ReducerContext:
        instance = self._instance
        return build_context(
            sender,
            connection_id,
            Timestamp(now),
            self.identity,
            instance.datastore.tables,
            self._chance,
            instance.logger,
            None,  # the generator of chance, and the numbers of UUIDs, which few calls need
            None,
        )

    def change(self, work: Callable[[], object], sender: Identity) -> Transaction:
        """Runs `work` as a transaction of no reducer, by `sender`. What it raises goes on, after the undoing."""
        now = Timestamp(self._clock())
        changes, duration = self._timed(work)
        return self._committed(ReducerCall("", 0, b"", sender, notify_success=False), now, changes, duration)

    def _timed(self, work: Callable[[], object]) -> tuple[list[TableChange], int]:
        began = perf_counter_ns()
        limit = self.time_limit
        changes = self._instance.datastore.transact(work if limit is None else partial(limit.run, work))
        return changes, (perf_counter_ns() - began) // 1000

    def _committed(
        self, call: ReducerCall, now: Timestamp, changes: list[TableChange], duration: int
    ) -> Transaction:
        self.commits += 1
        # Few tables have timers: no clock is read for the others.
        timers = [change for change in changes if change.store.has_timers]
        if timers:
            self._instance.scheduler.apply(timers, self._moment(now.micros))
        transaction = Transaction(call, now, duration, tuple(changes), changes_timers=bool(timers))
        if changes:
            self._keep(changes)
        self.on_commit(transaction)
        return transaction
