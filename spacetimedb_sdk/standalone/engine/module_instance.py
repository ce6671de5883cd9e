"""Everything that a database makes of its module: one object, put in the place of the one before on a change."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...module import Module, ReducerContext
from ...module.logger import module_logger
from ...sats.schema.module_def import Lifecycle
from ...types import ConnectionId, Identity
from ..dialect import Compatibility
from ..tables.datastore import Datastore
from .arguments import longest_arguments
from .calls import Reducer
from .failures import FailureLog
from .module_log import ModuleLog, ModuleLogHandler, TerminalHandler
from .procedures import Procedures, Transact
from .scheduler import Scheduler
from .views import Views

__all__ = ["ModuleInstance"]


class ModuleInstance:
    """A module's tables, still empty, and what it runs. `reducer_context` makes the context of one transaction,
    `transact` runs it, `limited` ends what takes too long; ModuleError says what the module is mistaken in."""

    def __init__(
        self,
        module: Module,
        compatibility: Compatibility,
        *,
        reducer_context: Callable[[Identity, ConnectionId | None], ReducerContext],
        transact: Transact,
        limited: Callable[[Callable[[], object]], object],
        module_log: ModuleLog,
        steady_clock: Callable[[], int],
    ) -> None:
        build = module.build()
        self.module = module
        self.definition = build.definition
        self.datastore = Datastore(build, compatibility.first_table_id)
        self.log = logging.getLogger(f"spacetimedb_sdk.standalone.{module.name}")
        self.logger = module_logger(module.name, ModuleLogHandler(module_log), TerminalHandler(self.log))
        self.failures = FailureLog(self.log)
        self.scheduler = Scheduler()
        self.lifecycles: dict[Lifecycle, Reducer] = {}
        self.reducers = self._prepare()

        def fail(function: str, error: BaseException) -> None:
            self.failures.add(function, error, steady_clock())

        self.views = Views(module, self.definition, self.datastore, fail, module_log, limited)
        self.procedures = Procedures(
            module,
            self.definition,
            self.datastore.space,
            reducer_context=reducer_context,
            transact=transact,
            fail=fail,
            module_log=module_log,
        )

    def _prepare(self) -> dict[str, Reducer]:
        reducers = {}
        for number, definition in enumerate(
            sorted(self.definition.reducers, key=lambda reducer: reducer.name)
        ):
            codec = self.datastore.space.codec(definition.params, f"the arguments of {definition.name}")
            longest = longest_arguments(self.definition.typespace, definition.params)
            reducer = Reducer(definition, self.module.reducers[definition.name], number, codec, longest)
            reducers[definition.name] = reducer
            if definition.lifecycle is not None:
                self.lifecycles[definition.lifecycle] = reducer
        return reducers
