//! Rows: values of slotted classes built from BSATN or from their parts, without running Python for each of them.

use rustpython_vm as vm;
use std::cell::RefCell;
use vm::builtins::{PyTuple, PyType};
use vm::function::PySetterValue;
use vm::types::PyTypeFlags;
use vm::{AsObject, Py, PyObjectRef, PyRef, PyResult, VirtualMachine};

/// A new instance of `class`, its slots filled: `members` are the descriptors of the slots, in the order of `values`. What
/// the class says of making and of assigning to its instances is passed by.
pub fn make(
    class: PyRef<PyType>,
    members: &Py<PyTuple>,
    values: impl IntoIterator<Item = PyObjectRef>,
    vm: &VirtualMachine,
) -> PyResult {
    let dict = class.slots.flags.has_feature(PyTypeFlags::HAS_DICT).then(|| vm.ctx.new_dict());
    let made = vm.ctx.new_base_object(class, dict);
    for (member, value) in members.iter().zip(values) {
        match member.class().slots.descr_set.load() {
            Some(set) => set(member, made.clone(), PySetterValue::Assign(value), vm)?,
            None => return Err(vm.new_type_error("a member cannot be set".to_owned())),
        }
    }
    Ok(made)
}

/// How the BSATN of a type is read.
pub enum Plan {
    /// A number, a bool, a text or bytes, by the letter that `struct` has for it; `s` is a text, `y` bytes.
    Leaf(u8),
    /// So many bytes as they are.
    Raw(usize),
    /// What a function of Python makes of another value.
    Through(PyObjectRef, Box<Plan>),
    /// An instance of a class, see `make`.
    Product(PyRef<PyType>, PyRef<PyTuple>, Vec<Plan>),
}

impl Plan {
    /// A plan as Python writes it: a letter, a number of bytes, `(function, plan)`, `(class, members, plans)`.
    pub fn read(written: &PyObjectRef, vm: &VirtualMachine) -> PyResult<Plan> {
        if let Some(text) = written.downcast_ref::<vm::builtins::PyStr>() {
            return Ok(Plan::Leaf(text.as_bytes().first().copied().unwrap_or(0)));
        }
        let Some(parts) = written.downcast_ref::<PyTuple>() else {
            return Ok(Plan::Raw(written.try_to_value(vm)?));
        };
        match parts.as_slice() {
            [function, inner] => Ok(Plan::Through(function.clone(), Box::new(Plan::read(inner, vm)?))),
            [class, members, plans] => {
                let plans: Vec<PyObjectRef> = plans.try_to_value(vm)?;
                Ok(Plan::Product(
                    class.clone().downcast().map_err(|_| vm.new_type_error("a class is awaited".to_owned()))?,
                    members.clone().downcast().map_err(|_| vm.new_type_error("a tuple is awaited".to_owned()))?,
                    plans.iter().map(|plan| Plan::read(plan, vm)).collect::<PyResult<_>>()?,
                ))
            }
            _ => Err(vm.new_type_error("this is no plan".to_owned())),
        }
    }

    /// Cut the value at the front of `data` off, without making it.
    fn skip(&self, data: &mut &[u8], vm: &VirtualMachine) -> PyResult<()> {
        let len = match self {
            Plan::Leaf(b's' | b'y') => u32::from_le_bytes(cut(data, vm)?) as usize,
            Plan::Leaf(b'?' | b'b' | b'B') => 1,
            Plan::Leaf(b'h' | b'H') => 2,
            Plan::Leaf(b'i' | b'I' | b'f') => 4,
            Plan::Leaf(_) => 8,
            Plan::Raw(len) => *len,
            Plan::Through(_, inner) => return inner.skip(data, vm),
            Plan::Product(_, _, plans) => return plans.iter().try_for_each(|plan| plan.skip(data, vm)),
        };
        slice(data, len, vm).map(drop)
    }

    /// The value at the front of `data`, which is cut off.
    pub fn take(&self, data: &mut &[u8], vm: &VirtualMachine) -> PyResult {
        let ctx = &vm.ctx;
        Ok(match self {
            Plan::Leaf(letter) => match letter {
                b'?' => ctx.new_bool(u8::from_le_bytes(cut(data, vm)?) != 0).into(),
                b'b' => ctx.new_int(i8::from_le_bytes(cut(data, vm)?)).into(),
                b'B' => ctx.new_int(u8::from_le_bytes(cut(data, vm)?)).into(),
                b'h' => ctx.new_int(i16::from_le_bytes(cut(data, vm)?)).into(),
                b'H' => ctx.new_int(u16::from_le_bytes(cut(data, vm)?)).into(),
                b'i' => ctx.new_int(i32::from_le_bytes(cut(data, vm)?)).into(),
                b'I' => ctx.new_int(u32::from_le_bytes(cut(data, vm)?)).into(),
                b'q' => ctx.new_int(i64::from_le_bytes(cut(data, vm)?)).into(),
                b'Q' => ctx.new_int(u64::from_le_bytes(cut(data, vm)?)).into(),
                b'f' => ctx.new_float(f32::from_le_bytes(cut(data, vm)?).into()).into(),
                b'd' => ctx.new_float(f64::from_le_bytes(cut(data, vm)?)).into(),
                b's' | b'y' => {
                    let len = u32::from_le_bytes(cut(data, vm)?) as usize;
                    let bytes = slice(data, len, vm)?;
                    if *letter == b'y' {
                        return Ok(ctx.new_bytes(bytes.to_vec()).into());
                    }
                    let text = std::str::from_utf8(bytes).map_err(|error| vm.new_value_error(error.to_string()))?;
                    ctx.new_str(text).into()
                }
                _ => return Err(vm.new_type_error("there is no such letter in a plan".to_owned())),
            },
            Plan::Raw(len) => ctx.new_bytes(slice(data, *len, vm)?.to_vec()).into(),
            Plan::Through(function, inner) => function.call((inner.take(data, vm)?,), vm)?,
            Plan::Product(class, members, plans) => {
                let mut values = Vec::with_capacity(plans.len());
                for plan in plans {
                    values.push(plan.take(data, vm)?);
                }
                make(class.clone(), members, values, vm)?
            }
        })
    }
}

/// Rows as they were read: those of a table are the same from call to call but for a few, and none can be changed. A place for
/// each of so many; a row that comes to a place where another is takes it, so the memory is bounded.
pub struct Known {
    rows: RefCell<Vec<Option<(Box<[u8]>, PyObjectRef)>>>,
}

/// How many rows are kept at most, and how long one may be.
const PLACES: usize = 4096;
const LONGEST: usize = 128;
/// A few rows are read again as quickly as they are looked for.
const FEWEST: usize = 64;

impl Known {
    pub fn new() -> Known {
        Known { rows: RefCell::new(Vec::new()) }
    }

    /// The rows that lie back to back in `data`.
    pub fn all(&self, plan: &Plan, data: &[u8], vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        let mut rest = data;
        let mut values = Vec::new();
        while !rest.is_empty() {
            let mut after = rest;
            plan.skip(&mut after, vm)?;
            let row = &rest[..rest.len() - after.len()];
            values.push(match row.len() * FEWEST <= data.len() && row.len() <= LONGEST {
                true => self.one(plan, row, vm)?,
                false => plan.take(&mut &*row, vm)?,
            });
            rest = after;
        }
        Ok(values)
    }

    fn one(&self, plan: &Plan, row: &[u8], vm: &VirtualMachine) -> PyResult {
        let place = place_of(row);
        if let Some(Some((bytes, value))) = self.rows.borrow().get(place) {
            if **bytes == *row {
                return Ok(value.clone());
            }
        }
        let value = plan.take(&mut &*row, vm)?;
        let mut rows = self.rows.borrow_mut();
        if rows.is_empty() {
            rows.resize_with(PLACES, || None);
        }
        let old = rows[place].replace((row.into(), value.clone()));
        // The end of a value may run code that reads rows.
        drop(rows);
        drop(old);
        Ok(value)
    }
}

fn place_of(row: &[u8]) -> usize {
    let mut hash = 0u64;
    let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (words, rest) = row.as_chunks::<8>();
    words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(u64::from_le_bytes(last));
    (hash >> 32) as usize % PLACES
}

fn slice<'a>(data: &mut &'a [u8], len: usize, vm: &VirtualMachine) -> PyResult<&'a [u8]> {
    if data.len() < len {
        return Err(vm.new_value_error("bytes of a row are missing".to_owned()));
    }
    let (front, rest) = data.split_at(len);
    *data = rest;
    Ok(front)
}

fn cut<const N: usize>(data: &mut &[u8], vm: &VirtualMachine) -> PyResult<[u8; N]> {
    let mut out = [0; N];
    out.copy_from_slice(slice(data, N, vm)?);
    Ok(out)
}
