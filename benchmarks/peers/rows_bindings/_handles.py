"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import GeneratedGroup

if TYPE_CHECKING:
    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles, Rows

    from .blob import Blob
    from .db_vector2 import DbVector2
    from .entity import Entity
    from .flat import Flat
    from .mark import Mark

    class BlobHandle(handles.TableHandle[Blob]):
        """The table `blob`."""

        def find(self, *, id: int) -> Blob | None: ...

        def filter(
            self,
            *,
            id: int | handles.Between | handles.Range = ...,
            data_: bytes = ...,
        ) -> Rows[Blob]: ...

    class EntityHandle(handles.TableHandle[Entity]):
        """The table `entity`."""

        def find(self, *, entity_id: int) -> Entity | None: ...

        def filter(
            self,
            *,
            entity_id: int | handles.Between | handles.Range = ...,
            position: DbVector2 = ...,
            mass: int | handles.Between | handles.Range = ...,
        ) -> Rows[Entity]: ...

    class FlatHandle(handles.TableHandle[Flat]):
        """The table `flat`."""

        def find(self, *, id: int) -> Flat | None: ...

        def filter(
            self,
            *,
            id: int | handles.Between | handles.Range = ...,
            a: int | handles.Between | handles.Range = ...,
            x: float | handles.Between | handles.Range = ...,
            y: float | handles.Between | handles.Range = ...,
        ) -> Rows[Flat]: ...

    class MarkHandle(handles.RowsHandle[Mark]):
        """The table `mark`."""

        def filter(
            self,
            *,
            id: int | handles.Between | handles.Range = ...,
            a: int | handles.Between | handles.Range = ...,
            x: float | handles.Between | handles.Range = ...,
            y: float | handles.Between | handles.Range = ...,
        ) -> Rows[Mark]: ...


class Tables(GeneratedGroup):
    """`client.db` with types: `client.db.NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        db = client.by_name.db
        self.blob: BlobHandle = db.blob
        self.entity: EntityHandle = db.entity
        self.flat: FlatHandle = db.flat
        self.mark: MarkHandle = db.mark


class Reducers(GeneratedGroup):
    """`client.reducers` with types: a call goes out at once; its end calls back, or is awaited."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.by_name.reducers

    def go(self) -> handles.ReducerCall:
        return self._reducers.go()

    def move(self, id: int, a: int, x: float, y: float) -> handles.ReducerCall:
        return self._reducers.move(id, a, x, y)
