//! Calls that modules make all the time, done without Python: making a row, looking one up by a key, storing one. Each has a
//! function of Python beside it that does the same, for whatever is out of the ordinary: it knows, and it explains.

use crate::host::{self, abi};
use crate::rows::{self, Plan, Written, held};
use rustpython_vm as vm;
use std::cell::Cell;
use vm::builtins::{PyBaseExceptionRef, PyInt, PyTupleRef, PyTypeRef, PyUtf8StrRef};
use vm::function::FuncArgs;
use vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};

/// What Python is told of a call that the host refuses.
pub fn refused(code: u16, vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_os_error(format!("SpacetimeDB refuses a call of the module: error {code}"))
}

/// The only argument, where there is one and it was not named.
fn single(args: &FuncArgs) -> Option<&PyObjectRef> {
    match (args.args.as_slice(), args.kwargs.is_empty()) {
        ([value], true) => Some(value),
        _ => None,
    }
}

/// See `_stdb.constructor`.
pub struct Constructor {
    pub members: PyTupleRef,
    pub names: Vec<PyUtf8StrRef>,
    pub defaults: Vec<PyObjectRef>,
    pub slow: PyObjectRef,
}

impl Constructor {
    pub fn call(&self, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        match self.values(&args) {
            Some((class, values)) => rows::make(class, &self.members, values, vm),
            None => self.slow.call(args, vm),
        }
    }

    /// The class and a value for each field; None where arguments are missing or too many.
    fn values(&self, args: &FuncArgs) -> Option<(PyTypeRef, Vec<PyObjectRef>)> {
        let (class, given) = args.args.split_first()?;
        let class: PyTypeRef = class.clone().downcast().ok()?;
        let count = self.names.len();
        if given.len() == count && args.kwargs.is_empty() {
            return Some((class, given.to_vec()));
        }
        let needed = count - self.defaults.len();
        let mut left = args.kwargs.len();
        let mut values = Vec::with_capacity(count);
        values.extend_from_slice(given.get(..given.len().min(count))?);
        for (place, name) in self.names.iter().enumerate().skip(given.len()) {
            values.push(match args.kwargs.get(name.as_str()) {
                Some(value) => {
                    left -= 1;
                    value.clone()
                }
                None if place >= needed => self.defaults[place - needed].clone(),
                None => return None,
            });
        }
        (left == 0 && given.len() <= count).then_some((class, values))
    }
}

enum What {
    Found,
    Get,
    Contains,
    Deleted,
    Delete,
}

/// See `_stdb.lookup`.
pub struct Lookup {
    what: What,
    key: Plan,
    rows: Option<Plan>,
    ask: PyObjectRef,
    slow: PyObjectRef,
    index: Cell<u32>,
}

impl Lookup {
    pub fn new(
        what: &str,
        key: Plan,
        rows: Option<Plan>,
        ask: PyObjectRef,
        slow: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<Lookup> {
        let what = match what {
            "found" => What::Found,
            "get" => What::Get,
            "contains" => What::Contains,
            "deleted" => What::Deleted,
            "delete" => What::Delete,
            _ => return Err(vm.new_value_error("there is no such lookup".to_owned())),
        };
        Ok(Lookup { what, key, rows, ask, slow, index: Cell::new(0) })
    }

    pub fn call(&self, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        // An included bound.
        let mut bound = Written::begun(vec![0]);
        let Some(()) = single(&args).and_then(|value| self.key.put(value, &mut bound, vm)) else {
            return self.slow.call(args, vm);
        };
        if self.index.get() == 0 {
            self.index.set(self.ask.call((), vm)?.try_to_value(vm)?);
        }
        let index = self.index.get();
        let ctx = &vm.ctx;
        if let What::Deleted | What::Delete = self.what {
            let count = host::delete_at(index, &bound.data).map_err(|code| refused(code, vm))?;
            return Ok(match self.what {
                What::Deleted => ctx.new_int(count).into(),
                _ => ctx.new_bool(count > 0).into(),
            });
        }
        let data = host::rows_at(index, &bound.data).map_err(|code| refused(code, vm))?;
        Ok(match (&self.what, &self.rows) {
            (What::Contains, _) => ctx.new_bool(!data.is_empty()).into(),
            (What::Get, _) if data.is_empty() => ctx.none(),
            (What::Get, Some(rows)) => rows.take(&mut &*data, vm)?,
            _ => ctx.new_bytes(data).into(),
        })
    }
}

/// See `_stdb.writer`.
pub struct Writer {
    replaces: bool,
    plan: Plan,
    generated: Option<(usize, Plan)>,
    ask: PyObjectRef,
    slow: PyObjectRef,
    numbers: Cell<(u32, u32)>,
}

impl Writer {
    pub fn new(
        replaces: bool,
        plan: Plan,
        generated: Option<(usize, Plan)>,
        ask: PyObjectRef,
        slow: PyObjectRef,
    ) -> Writer {
        Writer { replaces, plan, generated, ask, slow, numbers: Cell::new((0, 0)) }
    }

    pub fn call(&self, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
        let mut written = Written::begun(Vec::with_capacity(64));
        let Some(()) = single(&args).and_then(|row| self.plan.put(row, &mut written, vm)) else {
            return self.slow.call(args, vm);
        };
        let Written { mut data, is_same } = written;
        // The row as it is stored: the given one, where that is no other.
        let row = match is_same {
            true => args.args[0].clone(),
            false => self.plan.take(&mut &*data, vm)?,
        };
        if self.numbers.get() == (0, 0) {
            let numbers: Vec<u32> = self.ask.call((), vm)?.try_to_value(vm)?;
            self.numbers.set((numbers[0], numbers[1]));
        }
        let (table, index) = self.numbers.get();
        let (at, mut len) = (data.as_mut_ptr(), data.len());
        let code = match self.replaces {
            true => unsafe { abi::datastore_update_bsatn(table, index, at, &mut len) },
            false => unsafe { abi::datastore_insert_bsatn(table, at, &mut len) },
        };
        if code != 0 {
            return self.slow.call((row, vm.ctx.new_int(code)), vm);
        }
        if len == 0 {
            return Ok(row);
        }
        data.truncate(len);
        match self.completed(&row, &data, vm)? {
            Some(row) => Ok(row),
            None => self.slow.call((row, vm.ctx.new_bytes(data)), vm),
        }
    }

    /// The row with its generated column, which is all that came back.
    fn completed(&self, row: &PyObject, data: &[u8], vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
        let (Some((place, plan)), Plan::Product(class, members, _)) = (&self.generated, &self.plan) else {
            return Ok(None);
        };
        let values: Option<Vec<PyObjectRef>> = members.iter().map(|member| held(member, row, vm)).collect();
        let Some(mut values) = values else { return Ok(None) };
        let Some(number) = values[*place].downcast_ref_if_exact::<PyInt>(vm) else { return Ok(None) };
        if number.try_to_primitive::<i64>(vm).is_ok_and(|number| number == 0) {
            values[*place] = plan.take(&mut &*data, vm)?;
            return rows::make(class.clone(), members, values, vm).map(Some);
        }
        Ok(Some(row.to_owned()))
    }
}
