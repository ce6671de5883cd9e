//! A SpacetimeDB module that is a Python interpreter. The Python it runs is put in after the build: a bundle of sources,
//! written into memory, whose first file is executed and gives the functions that answer the host. That file is Python, or what
//! `marshal` makes of its code, behind a zero: a module that is to go without Python's compiler starts without it.

mod calls;
mod host;
mod memory;
mod numbers;
mod reach;
mod rows;
mod stdb;

use rustpython_vm as vm;
use std::cell::OnceCell;
use vm::builtins::{PyBaseExceptionRef, PyBytes, PyCode, PyStr};
use vm::function::IntoFuncArgs;
use vm::scope::Scope;
use vm::{AsObject, Interpreter, PyObjectRef, PyResult, Settings, VirtualMachine};

/// Where the bundle lies: its address and its length. Written by whoever puts it into memory, before the start.
#[unsafe(no_mangle)]
pub static mut PYTHON_BUNDLE: [u32; 2] = [0, 0];

/// Room for a bundle of `len` bytes, for whoever puts it there.
#[unsafe(no_mangle)]
extern "C" fn python_bundle_room(len: u32) -> u32 {
    let room: &'static mut [u8] = vec![0; len as usize].leak();
    let at = room.as_ptr() as u32;
    unsafe { (&raw mut PYTHON_BUNDLE).write_volatile([at, len]) };
    at
}

fn bundle() -> &'static [u8] {
    let [at, len] = unsafe { (&raw const PYTHON_BUNDLE).read_volatile() };
    match len {
        0 => &[],
        _ => unsafe { std::slice::from_raw_parts(at as usize as *const u8, len as usize) },
    }
}

/// The interpreter, and the functions of the bundle that answer the host.
struct Runtime {
    interpreter: Interpreter,
    describe: PyObjectRef,
    call_reducer: PyObjectRef,
    call_procedure: PyObjectRef,
    call_view: PyObjectRef,
}

/// A module has one thread.
struct Single(OnceCell<Runtime>);
unsafe impl Sync for Single {}
static RUNTIME: Single = Single(OnceCell::new());

/// The traceback of an exception, as Python prints it.
fn traceback(vm: &VirtualMachine, error: &PyBaseExceptionRef) -> String {
    let mut text = String::new();
    let _ = vm.write_exception(&mut text, error);
    text
}

/// The lines of Python that are running, as a traceback has them; None where none is.
fn running(vm: &VirtualMachine) -> Option<String> {
    let frames = (0..).map_while(|i| vm::frame::frame_at_offset(i, vm));
    let mut lines: Vec<String> = frames
        .map(|frame| {
            let code = frame.f_code();
            format!("  File \"{}\", line {}, in {}", code.source_path(), frame.lineno(), code.obj_name)
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    lines.push("Traceback (most recent call last):".to_owned());
    lines.reverse();
    Some(lines.join("\n"))
}

/// What the bundle's first file does, with `scope` for its names.
fn run_first(source: &[u8], scope: Scope, vm: &VirtualMachine) -> PyResult<()> {
    match source {
        [0, code @ ..] => {
            let loads = vm.import("marshal", 0)?.get_attr("loads", vm)?;
            let code = loads.call((vm.ctx.new_bytes(code.to_vec()),), vm)?;
            let code = code.downcast::<PyCode>().expect("the first file is code");
            vm.run_code_obj(code, scope)?;
        }
        _ => {
            let source = std::str::from_utf8(source).expect("the first file is UTF-8");
            vm.run_string(scope, source, "spacetimedb/boot.py")?;
        }
    }
    Ok(())
}

fn start() -> Runtime {
    std::panic::set_hook(Box::new(|info| {
        let text = info.payload_as_str().unwrap_or("without a word");
        host::log(0, "", u32::MAX, &format!("the interpreter fails: {text}"));
        let is_running = vm::vm::thread::current_vm_is_set();
        if let Some(lines) = is_running.then(|| vm::vm::thread::with_current_vm(running)).flatten() {
            host::log(0, "", u32::MAX, &lines);
        }
    }));
    let mut settings = Settings::default();
    // Sets and dictionaries are in one order in every instance of a module.
    settings.hash_seed = Some(0);
    settings.import_site = false;
    settings.install_signal_handlers = false;
    let builder = Interpreter::builder(settings);
    let mut native = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    native.push(stdb::module_def(&builder.ctx));
    let interpreter = builder.add_native_modules(&native).build();
    let functions = interpreter.enter(|vm| {
        let run = || -> PyResult<[PyObjectRef; 4]> {
            let data = bundle();
            assert!(data.len() >= 4, "no Python has been put into this module");
            let len = u32::from_le_bytes([data[0], data[1], data[2], data[3]]) as usize;
            let scope = vm.new_scope_with_builtins();
            scope.globals.set_item("BUNDLE", vm.ctx.new_bytes(data[4 + len..].to_vec()).into(), vm)?;
            run_first(&data[4..4 + len], scope.clone(), vm)?;
            let function = |name: &str| scope.globals.get_item(name, vm);
            Ok([function("describe")?, function("call_reducer")?, function("call_procedure")?, function("call_view")?])
        };
        run().unwrap_or_else(|error| {
            host::log(0, "", u32::MAX, &traceback(vm, &error));
            panic!("the Python module does not start")
        })
    });
    let [describe, call_reducer, call_procedure, call_view] = functions;
    Runtime { interpreter, describe, call_reducer, call_procedure, call_view }
}

fn runtime() -> &'static Runtime {
    RUNTIME.0.get_or_init(start)
}

/// What a function of the bundle answers.
enum Answer {
    Nothing,
    Data(Vec<u8>),
    /// Why there is no answer, for whoever asked: a text, where bytes would be one.
    Failure(String),
}

/// What a function of the bundle returns. It raises nothing: what does is a fault of the bundle.
fn answer(function: &PyObjectRef, args: impl IntoFuncArgs, vm: &VirtualMachine) -> Answer {
    match function.call(args, vm) {
        Ok(value) if vm.is_none(&value) => Answer::Nothing,
        Ok(value) => {
            if let Some(data) = value.downcast_ref::<PyBytes>() {
                return Answer::Data(data.as_bytes().to_vec());
            }
            match value.downcast_ref::<PyStr>() {
                Some(text) => Answer::Failure(text.as_wtf8().to_string()),
                None => panic!("a {} came back where bytes were awaited", value.class().name()),
            }
        }
        Err(error) => {
            host::log(0, "", u32::MAX, &traceback(vm, &error));
            panic!("the bundle fails")
        }
    }
}

fn little_endian<const N: usize>(words: [u64; N]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[unsafe(no_mangle)]
extern "C" fn __preinit__10_python() {
    runtime();
    memory::ALLOCATOR.started();
}

#[unsafe(no_mangle)]
extern "C" fn __describe_module__(sink: u32) {
    let runtime = runtime();
    runtime.interpreter.enter(|vm| {
        match answer(&runtime.describe, (), vm) {
            Answer::Data(definition) => host::write_sink(sink, &definition),
            _ => panic!("a module has a definition"),
        }
    })
}

/// What the host knows a failure by, whose text is in the sink.
const FAILED: i32 = 1;

/// 0, or a failure with its text in the sink.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
extern "C" fn __call_reducer__(
    id: u32,
    s0: u64,
    s1: u64,
    s2: u64,
    s3: u64,
    c0: u64,
    c1: u64,
    timestamp: u64,
    args: u32,
    error: u32,
) -> i32 {
    let runtime = runtime();
    let args = host::read_source(args);
    runtime.interpreter.enter(|vm| {
        let ctx = &vm.ctx;
        let sender = ctx.new_bytes(little_endian([s0, s1, s2, s3]));
        let connection = ctx.new_bytes(little_endian([c0, c1]));
        let arguments = (ctx.new_int(id), sender, connection, ctx.new_int(timestamp as i64), ctx.new_bytes(args));
        match answer(&runtime.call_reducer, arguments, vm) {
            Answer::Nothing => 0,
            Answer::Data(text) => failed(error, &text),
            Answer::Failure(text) => failed(error, text.as_bytes()),
        }
    })
}

fn failed(sink: u32, text: &[u8]) -> i32 {
    host::write_sink(sink, text);
    FAILED
}

/// The result goes into its sink. The host takes no text of a procedure that fails, and no other sign than a trap: what it shows to
/// the caller is the name of this function, which the finished module has for it (`publishing.freeze`); the log has the reason.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
extern "C" fn __call_procedure__(
    id: u32,
    s0: u64,
    s1: u64,
    s2: u64,
    s3: u64,
    c0: u64,
    c1: u64,
    timestamp: u64,
    args: u32,
    result: u32,
) -> i32 {
    let runtime = runtime();
    let args = host::read_source(args);
    runtime.interpreter.enter(|vm| {
        let ctx = &vm.ctx;
        let sender = ctx.new_bytes(little_endian([s0, s1, s2, s3]));
        let connection = ctx.new_bytes(little_endian([c0, c1]));
        let arguments = (ctx.new_int(id), sender, connection, ctx.new_int(timestamp as i64), ctx.new_bytes(args));
        match answer(&runtime.call_procedure, arguments, vm) {
            Answer::Data(value) => host::write_sink(result, &value),
            _ => std::arch::wasm32::unreachable(),
        }
        0
    })
}

/// A view's answer begins with a header that says whether it is rows or a query: the host knows that by a 2.
const VIEW_WITH_HEADER: i32 = 2;

#[unsafe(no_mangle)]
extern "C" fn __call_view__(id: u32, s0: u64, s1: u64, s2: u64, s3: u64, args: u32, sink: u32) -> i32 {
    view(id, Some(little_endian([s0, s1, s2, s3])), args, sink)
}

#[unsafe(no_mangle)]
extern "C" fn __call_view_anon__(id: u32, args: u32, sink: u32) -> i32 {
    view(id, None, args, sink)
}

fn view(id: u32, sender: Option<Vec<u8>>, args: u32, sink: u32) -> i32 {
    let runtime = runtime();
    host::read_source(args);
    runtime.interpreter.enter(|vm| {
        let ctx = &vm.ctx;
        let sender: PyObjectRef = match sender {
            Some(bytes) => ctx.new_bytes(bytes).into(),
            None => ctx.none(),
        };
        match answer(&runtime.call_view, (ctx.new_int(id), sender), vm) {
            Answer::Data(rows) => {
                host::write_sink(sink, &rows);
                VIEW_WITH_HEADER
            }
            Answer::Failure(text) => failed(sink, text.as_bytes()),
            Answer::Nothing => panic!("a view has an answer"),
        }
    })
}

/// Called in the place of a function that was taken out of the finished module, see `parts.py`, with a text that says so, or
/// none for what is in no module.
#[unsafe(no_mangle)]
extern "C" fn python_left_out(at: u32, len: u32) {
    let said = match len {
        0 => "what is asked for is in no interpreter inside a database, see docs/publishing.md",
        _ => {
            let text = unsafe { std::slice::from_raw_parts(at as usize as *const u8, len as usize) };
            std::str::from_utf8(text).unwrap_or("a part of Python was left out of this module")
        }
    };
    panic!("{said}")
}

/// There is no chance in a module but what a transaction's timestamp seeds: whoever asks the system gets a fixed row.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(dest: *mut u8, len: usize) -> Result<(), getrandom::Error> {
    for i in 0..len {
        unsafe { *dest.add(i) = (i as u8).wrapping_mul(37).wrapping_add(11) }
    }
    Ok(())
}
