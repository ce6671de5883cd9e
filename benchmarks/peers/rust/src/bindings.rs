//! The bindings of the benchmark's module (`rows_module.py`): what the generator of SpacetimeDB 2.x writes, by hand and without
//! what the benchmark does not use.

use spacetimedb_sdk::__codegen::{self as sdk, __lib, __ws};
use spacetimedb_sdk::DbContext;

type Update = __ws::v2::TransactionUpdate;
type Rows = __ws::v2::QueryRows;

#[derive(__lib::ser::Serialize, __lib::de::Deserialize, Clone, PartialEq, Debug)]
#[sats(crate = __lib)]
pub struct DbVector2 {
    pub x: f32,
    pub y: f32,
}

/// A row class of each table, what one message says of all tables, and the difference it makes to the cache.
macro_rules! tables {
    ($($table:ident: $row:ident { $($field:ident: $type:ty),* } key $key:tt;)*) => {
        $(
            #[derive(__lib::ser::Serialize, __lib::de::Deserialize, Clone, PartialEq, Debug)]
            #[sats(crate = __lib)]
            pub struct $row {
                $(pub $field: $type,)*
            }

            impl sdk::InModule for $row {
                type Module = RemoteModule;
            }
        )*

        #[derive(Default, Debug)]
        pub struct DbUpdate {
            $($table: sdk::TableUpdate<$row>,)*
        }

        impl TryFrom<Update> for DbUpdate {
            type Error = sdk::Error;

            fn try_from(raw: Update) -> Result<Self, Self::Error> {
                let mut update = Self::default();
                for table in sdk::transaction_update_iter_table_updates(raw) {
                    match &table.table_name[..] {
                        $(stringify!($table) => update.$table.append(sdk::TableUpdate::parse_table_update(table)?),)*
                        unknown => return Err(sdk::InternalError::unknown_name("table", unknown, "DatabaseUpdate").into()),
                    }
                }
                Ok(update)
            }
        }

        impl sdk::InModule for DbUpdate {
            type Module = RemoteModule;
        }

        impl sdk::DbUpdate for DbUpdate {
            fn apply_to_client_cache(&self, cache: &mut sdk::ClientCache<RemoteModule>) -> AppliedDiff<'_> {
                AppliedDiff {
                    $($table: tables!(@keyed $key, cache.apply_diff_to_table::<$row>(stringify!($table), &self.$table)),)*
                }
            }

            fn parse_initial_rows(raw: Rows) -> sdk::Result<Self> {
                let mut update = Self::default();
                for table in raw.tables {
                    match &table.table[..] {
                        $(stringify!($table) => update.$table.append(sdk::parse_row_list_as_inserts(table.rows)?),)*
                        unknown => return Err(sdk::InternalError::unknown_name("table", unknown, "QueryRows").into()),
                    }
                }
                Ok(update)
            }

            fn parse_unsubscribe_rows(raw: Rows) -> sdk::Result<Self> {
                let mut update = Self::default();
                for table in raw.tables {
                    match &table.table[..] {
                        $(stringify!($table) => update.$table.append(sdk::parse_row_list_as_deletes(table.rows)?),)*
                        unknown => return Err(sdk::InternalError::unknown_name("table", unknown, "QueryRows").into()),
                    }
                }
                Ok(update)
            }
        }

        #[derive(Default)]
        pub struct AppliedDiff<'r> {
            $($table: sdk::TableAppliedDiff<'r, $row>,)*
        }

        impl sdk::InModule for AppliedDiff<'_> {
            type Module = RemoteModule;
        }

        impl<'r> sdk::AppliedDiff<'r> for AppliedDiff<'r> {
            fn invoke_row_callbacks(&self, event: &EventContext, callbacks: &mut sdk::DbCallbacks<RemoteModule>) {
                $(callbacks.invoke_table_row_callbacks::<$row>(stringify!($table), &self.$table, event);)*
            }
        }

        impl RemoteTables {
            $(
                #[allow(dead_code)]
                pub fn $table(&self) -> sdk::TableHandle<$row> {
                    self.imp.get_table(stringify!($table))
                }
            )*
        }

        fn register(cache: &mut sdk::ClientCache<RemoteModule>) {
            $(tables!(@unique $key, cache.get_or_make_table::<$row>(stringify!($table)));)*
        }

        const ALL_TABLES: &[&str] = &[$(stringify!($table)),*];
    };
    (@keyed none, $diff:expr) => { $diff };
    (@keyed $key:ident, $diff:expr) => { $diff.with_updates_by_pk(|row| &row.$key) };
    (@unique none, $table:expr) => { $table };
    (@unique $key:ident, $table:expr) => { $table.add_unique_constraint(stringify!($key), |row| &row.$key) };
}

tables! {
    flat: Flat { id: u32, a: i32, x: f32, y: f32 } key id;
    entity: Entity { entity_id: i32, position: DbVector2, mass: i32 } key entity_id;
    mark: Mark { id: u32, a: i32, x: f32, y: f32 } key none;
    blob: Blob { id: u32, data: Vec<u8> } key id;
}

#[derive(__lib::ser::Serialize, Clone, PartialEq, Debug)]
#[sats(crate = __lib)]
pub struct MoveArgs {
    pub id: u32,
    pub a: i32,
    pub x: f32,
    pub y: f32,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Reducer {
    Go,
    Move(MoveArgs),
}

impl From<MoveArgs> for Reducer {
    fn from(args: MoveArgs) -> Self {
        Reducer::Move(args)
    }
}

impl sdk::InModule for Reducer {
    type Module = RemoteModule;
}

impl sdk::Reducer for Reducer {
    fn reducer_name(&self) -> &'static str {
        match self {
            Reducer::Go => "go",
            Reducer::Move(_) => "move",
        }
    }

    fn args_bsatn(&self) -> Result<Vec<u8>, __lib::bsatn::EncodeError> {
        match self {
            Reducer::Go => Ok(Vec::new()),
            Reducer::Move(args) => __lib::bsatn::to_vec(args),
        }
    }
}

impl RemoteReducers {
    pub fn go(&self) -> sdk::Result<()> {
        self.imp.invoke_reducer_with_callback(Reducer::Go, |_, _| {})
    }
}

#[derive(Debug)]
pub struct RemoteModule;

impl sdk::InModule for RemoteModule {
    type Module = Self;
}

impl sdk::SpacetimeModule for RemoteModule {
    type DbConnection = DbConnection;
    type EventContext = EventContext;
    type ReducerEventContext = ReducerEventContext;
    type ProcedureEventContext = ProcedureEventContext;
    type SubscriptionEventContext = SubscriptionEventContext;
    type ErrorContext = ErrorContext;
    type Reducer = Reducer;
    type DbView = RemoteTables;
    type Reducers = RemoteReducers;
    type Procedures = RemoteProcedures;
    type DbUpdate = DbUpdate;
    type AppliedDiff<'r> = AppliedDiff<'r>;
    type SubscriptionHandle = SubscriptionHandle;
    type QueryBuilder = sdk::QueryBuilder;

    fn register_tables(cache: &mut sdk::ClientCache<Self>) {
        register(cache);
    }

    const ALL_TABLE_NAMES: &'static [&'static str] = ALL_TABLES;
}

#[derive(Clone)]
pub struct SubscriptionHandle {
    imp: sdk::SubscriptionHandleImpl<RemoteModule>,
}

impl sdk::InModule for SubscriptionHandle {
    type Module = RemoteModule;
}

impl sdk::SubscriptionHandle for SubscriptionHandle {
    fn new(imp: sdk::SubscriptionHandleImpl<RemoteModule>) -> Self {
        Self { imp }
    }

    fn is_ended(&self) -> bool {
        self.imp.is_ended()
    }

    fn is_active(&self) -> bool {
        self.imp.is_active()
    }

    fn unsubscribe_then(self, on_end: sdk::OnEndedCallback<RemoteModule>) -> sdk::Result<()> {
        self.imp.unsubscribe_then(Some(on_end))
    }

    fn unsubscribe(self) -> sdk::Result<()> {
        self.imp.unsubscribe_then(None)
    }
}

/// What reaches the connection under one aspect: its tables, its reducers, its procedures.
macro_rules! aspects {
    ($($name:ident),*) => {
        $(
            pub struct $name {
                #[allow(dead_code)]
                imp: sdk::DbContextImpl<RemoteModule>,
            }

            impl sdk::InModule for $name {
                type Module = RemoteModule;
            }
        )*
    };
}

aspects!(RemoteTables, RemoteReducers, RemoteProcedures);

/// A connection, or what a callback is given of it.
macro_rules! contexts {
    ($($name:ident $([$event:ty])?;)*) => {
        $(
            pub struct $name {
                pub db: RemoteTables,
                pub reducers: RemoteReducers,
                procedures: RemoteProcedures,
                $(event: $event,)?
                imp: sdk::DbContextImpl<RemoteModule>,
            }

            impl sdk::InModule for $name {
                type Module = RemoteModule;
            }

            impl DbContext for $name {
                type DbView = RemoteTables;
                type Reducers = RemoteReducers;
                type Procedures = RemoteProcedures;
                type SubscriptionBuilder = sdk::SubscriptionBuilder<RemoteModule>;

                fn db(&self) -> &Self::DbView {
                    &self.db
                }
                fn reducers(&self) -> &Self::Reducers {
                    &self.reducers
                }
                fn procedures(&self) -> &Self::Procedures {
                    &self.procedures
                }
                fn is_active(&self) -> bool {
                    self.imp.is_active()
                }
                fn disconnect(&self) -> sdk::Result<()> {
                    self.imp.disconnect()
                }
                fn subscription_builder(&self) -> Self::SubscriptionBuilder {
                    sdk::SubscriptionBuilder::new(&self.imp)
                }
                fn try_identity(&self) -> Option<sdk::Identity> {
                    self.imp.try_identity()
                }
                fn connection_id(&self) -> sdk::ConnectionId {
                    self.imp.connection_id()
                }
                fn try_connection_id(&self) -> Option<sdk::ConnectionId> {
                    self.imp.try_connection_id()
                }
            }

            $(
                impl sdk::AbstractEventContext for $name {
                    type Event = $event;

                    fn event(&self) -> &Self::Event {
                        &self.event
                    }

                    fn new(imp: sdk::DbContextImpl<RemoteModule>, event: Self::Event) -> Self {
                        Self {
                            db: RemoteTables { imp: imp.clone() },
                            reducers: RemoteReducers { imp: imp.clone() },
                            procedures: RemoteProcedures { imp: imp.clone() },
                            event,
                            imp,
                        }
                    }
                }
            )?
        )*
    };
}

contexts! {
    DbConnection;
    EventContext [sdk::Event<Reducer>];
    ReducerEventContext [sdk::ReducerEvent<Reducer>];
    ProcedureEventContext [()];
    SubscriptionEventContext [()];
    ErrorContext [Option<sdk::Error>];
}

impl sdk::EventContext for EventContext {}
impl sdk::ReducerEventContext for ReducerEventContext {}
impl sdk::ProcedureEventContext for ProcedureEventContext {}
impl sdk::SubscriptionEventContext for SubscriptionEventContext {}
impl sdk::ErrorContext for ErrorContext {}

impl sdk::DbConnection for DbConnection {
    fn new(imp: sdk::DbContextImpl<RemoteModule>) -> Self {
        Self {
            db: RemoteTables { imp: imp.clone() },
            reducers: RemoteReducers { imp: imp.clone() },
            procedures: RemoteProcedures { imp: imp.clone() },
            imp,
        }
    }
}

impl DbConnection {
    pub fn builder() -> sdk::DbConnectionBuilder<RemoteModule> {
        sdk::DbConnectionBuilder::new()
    }

    pub fn advance_one_message_blocking(&self) -> sdk::Result<()> {
        self.imp.advance_one_message_blocking()
    }
}
