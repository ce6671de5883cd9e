//! One case on the official Rust client: `rows-peer MEASURE CASE PORT` prints its figure.

mod bindings;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::Arc;
use std::time::Instant;

use bindings::{DbConnection, MoveArgs, Reducer};
use spacetimedb_sdk::__codegen::{Reducer as _, __lib::bsatn, __ws};
use spacetimedb_sdk::{Compression, DbContext};

// The cases of `scenarios.py`.
const ROWS: usize = 100_000;
const UPDATES: usize = 200 * 500;
const CALLS: usize = 2_000;
const ENCODED_CALLS: u32 = 20_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [measure, case, port] = &arguments[..] else {
        panic!("rows-peer MEASURE CASE PORT");
    };
    let figure = match &measure[..] {
        "rows" => rows(case, port),
        "updates" => updates(case, port),
        "call" => call(port),
        "big" => big(port),
        "encode" => encode(),
        other => panic!("there is no measure {other}"),
    };
    println!("{figure}");
}

fn connect(port: &str) -> DbConnection {
    DbConnection::builder()
        .with_uri(format!("http://127.0.0.1:{port}"))
        .with_database_name("rows")
        .with_compression(Compression::None)
        .build()
        .expect("the source is there")
}

/// Returns with the rows of `table`.
fn subscribe(connection: &DbConnection, table: &str) {
    let applied = Arc::new(AtomicBool::new(false));
    let told = applied.clone();
    connection
        .subscription_builder()
        .on_applied(move |_| told.store(true, SeqCst))
        .subscribe(format!("SELECT * FROM {table}"));
    until(connection, || applied.load(SeqCst));
}

fn until(connection: &DbConnection, condition: impl Fn() -> bool) {
    while !condition() {
        connection.advance_one_message_blocking().expect("the source stays");
    }
}

/// What counts callbacks, and how many there were.
fn counter() -> (Arc<AtomicUsize>, impl FnMut() + Send + 'static) {
    let counted = Arc::new(AtomicUsize::new(0));
    let count = counted.clone();
    (counted, move || {
        count.fetch_add(1, SeqCst);
    })
}

fn table_of(case: &str) -> &str {
    case.split_once('_').map_or("flat", |(_, table)| table)
}

fn rows(case: &str, port: &str) -> f64 {
    let connection = connect(port);
    let (counted, mut count) = counter();
    match table_of(case) {
        "entity" => drop(connection.db.entity().on_insert(move |_, _| count())),
        _ => drop(connection.db.flat().on_insert(move |_, _| count())),
    }
    let began = Instant::now();
    subscribe(&connection, table_of(case));
    until(&connection, || counted.load(SeqCst) == ROWS);
    ROWS as f64 / began.elapsed().as_secs_f64()
}

fn updates(case: &str, port: &str) -> f64 {
    let connection = connect(port);
    subscribe(&connection, table_of(case));
    let (counted, mut count) = counter();
    match table_of(case) {
        "entity" => drop(connection.db.entity().on_update(move |_, _, _| count())),
        _ => drop(connection.db.flat().on_update(move |_, _, _| count())),
    }
    let began = Instant::now();
    connection.reducers.go().expect("it is connected");
    until(&connection, || counted.load(SeqCst) == UPDATES);
    UPDATES as f64 / began.elapsed().as_secs_f64()
}

fn call(port: &str) -> f64 {
    let connection = connect(port);
    subscribe(&connection, "flat");
    let (counted, mut count) = counter();
    connection.db.flat().on_update(move |_, _, _| count());
    let mut times = Vec::with_capacity(CALLS);
    for number in 0..CALLS {
        let began = Instant::now();
        connection.reducers.go().expect("it is connected");
        until(&connection, || counted.load(SeqCst) > number);
        times.push(began.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[CALLS / 2] * 1e6
}

fn big(port: &str) -> f64 {
    let connection = connect(port);
    let began = Instant::now();
    subscribe(&connection, "blob");
    began.elapsed().as_secs_f64() * 1e3
}

/// The message of a call as the client makes it; the client itself has no socket of ours to give it to.
fn encode() -> f64 {
    let began = Instant::now();
    let mut bytes = 0;
    for number in 0..ENCODED_CALLS {
        let reducer = Reducer::from(MoveArgs { id: number, a: -(number as i32), x: 1.5, y: 2.5 });
        let message = __ws::v2::ClientMessage::CallReducer(__ws::v2::CallReducer {
            request_id: number,
            flags: __ws::v2::CallReducerFlags::Default,
            reducer: reducer.reducer_name().into(),
            args: reducer.args_bsatn().expect("it fits").into(),
        });
        bytes += std::hint::black_box(bsatn::to_vec(&message).expect("it fits")).len();
    }
    assert!(bytes > 0);
    began.elapsed().as_secs_f64() / f64::from(ENCODED_CALLS) * 1e6
}
