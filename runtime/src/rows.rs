//! Rows: values of slotted classes built from BSATN or from their parts, and written as BSATN, without running Python for
//! each of them.

use rustpython_vm as vm;
use std::cell::{Cell, RefCell};
use vm::builtins::{MemberKind, PyBytes, PyFloat, PyInt, PyList, PyMemberDescriptor, PyStr, PyTuple, PyType};
use vm::function::PySetterValue;
use vm::types::PyTypeFlags;
use vm::{AsObject, Py, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine};

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

/// What an instance holds in the slot that `member` stands for; None where it holds nothing.
pub fn held(member: &PyObject, instance: &PyObject, vm: &VirtualMachine) -> Option<PyObjectRef> {
    if let Some(descriptor) = member.downcast_ref_if_exact::<PyMemberDescriptor>(vm)
        && descriptor.member.kind == MemberKind::ObjectEx
        && instance.class().fast_issubclass(&descriptor.common.typ)
    {
        let place = (&raw const *instance).cast::<u8>().wrapping_offset(descriptor.member.offset);
        // Instances of the descriptor's class have a cell with a pointer there, or null (`PyObject::get_slot`, which is not public), and
        // there is one thread: a third of what asking the descriptor takes.
        return unsafe { place.cast::<*const PyObject>().read().as_ref() }.map(ToOwned::to_owned);
    }
    let get = member.class().slots.descr_get.load()?;
    get(member, Some(instance), None, vm).ok()
}

/// How the BSATN of a type is read and written.
pub enum Plan {
    /// A number, a bool, a text or bytes, by the letter that `struct` has for it; `s` is a text, `y` bytes.
    Leaf(u8),
    /// So many bytes as they are.
    Raw(usize),
    /// What a function of Python makes of another value.
    Through(PyObjectRef, Box<Plan>),
    /// So many bytes, of which a function of Python makes an instance of a class; a member of that holds them turned around.
    Turned(PyObjectRef, PyRef<PyType>, PyObjectRef, usize),
    /// An instance of a class, see `make`.
    Product(PyRef<PyType>, PyRef<PyTuple>, Vec<Plan>),
    /// One of several values, by its number.
    Variant(PyRef<PyTuple>),
    /// A value or None.
    Option(Box<Plan>),
    /// Any number of values.
    List(Box<Plan>),
    /// An instance of one of several classes.
    Sum(Vec<Plan>),
}

/// BSATN as it is written. `is_same`: what is read of it is what was written, and cannot be changed by who has it.
pub struct Written {
    pub data: Vec<u8>,
    pub is_same: bool,
}

impl Written {
    pub fn begun(data: Vec<u8>) -> Written {
        Written { data, is_same: true }
    }
}

// What an option begins with.
const SOME: u8 = 0;
const NONE: u8 = 1;

impl Plan {
    /// A plan as Python writes it, see `reading_plan.py`.
    pub fn read(written: &PyObjectRef, vm: &VirtualMachine) -> PyResult<Plan> {
        if let Some(text) = written.downcast_ref::<vm::builtins::PyStr>() {
            return Ok(Plan::Leaf(text.as_bytes().first().copied().unwrap_or(0)));
        }
        let Some(parts) = written.downcast_ref::<PyTuple>() else {
            return Ok(Plan::Raw(written.try_to_value(vm)?));
        };
        if let [kind, rest @ ..] = parts.as_slice()
            && let Some(kind) = kind.downcast_ref::<PyStr>()
        {
            return Plan::read_kind(kind.as_bytes(), rest, vm);
        }
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

    fn read_kind(kind: &[u8], rest: &[PyObjectRef], vm: &VirtualMachine) -> PyResult<Plan> {
        let several = |plans: &PyObjectRef| -> PyResult<Vec<Plan>> {
            let plans: Vec<PyObjectRef> = plans.try_to_value(vm)?;
            plans.iter().map(|plan| Plan::read(plan, vm)).collect()
        };
        let no_class = || vm.new_type_error("a class is awaited".to_owned());
        let no_tuple = || vm.new_type_error("a tuple is awaited".to_owned());
        Ok(match (kind, rest) {
            (b"turned", [function, class, member, len]) => Plan::Turned(
                function.clone(),
                class.clone().downcast().map_err(|_| no_class())?,
                member.clone(),
                len.try_to_value(vm)?,
            ),
            (b"variant", [members]) => Plan::Variant(members.clone().downcast().map_err(|_| no_tuple())?),
            (b"option", [inner]) => Plan::Option(Box::new(Plan::read(inner, vm)?)),
            (b"list", [inner]) => Plan::List(Box::new(Plan::read(inner, vm)?)),
            (b"sum", [variants]) => Plan::Sum(several(variants)?),
            _ => return Err(vm.new_type_error("this is no plan".to_owned())),
        })
    }

    /// Whether its values cannot be changed by who gets them.
    pub fn is_fixed(&self) -> bool {
        match self {
            Plan::List(_) => false,
            Plan::Option(inner) | Plan::Through(_, inner) => inner.is_fixed(),
            Plan::Product(_, _, plans) | Plan::Sum(plans) => plans.iter().all(Plan::is_fixed),
            _ => true,
        }
    }

    fn variant<'a>(plans: &'a [Plan], data: &mut &[u8], vm: &VirtualMachine) -> PyResult<&'a Plan> {
        let tag = u8::from_le_bytes(cut(data, vm)?);
        plans.get(tag as usize).ok_or_else(|| vm.new_value_error(format!("there is no variant {tag}")))
    }

    /// Append the BSATN of `value` to `out`. None where it is of another class than those that are stored most, or does not
    /// fit: who asks then leaves it to Python, which knows what else may be stored, and says what may not.
    pub fn put(&self, value: &PyObject, out: &mut Written, vm: &VirtualMachine) -> Option<()> {
        match self {
            Plan::Leaf(letter) => put_leaf(*letter, value, out, vm)?,
            Plan::Raw(_) | Plan::Through(..) => return None,
            Plan::Turned(_, class, member, len) => {
                let bytes = value.class().is(class).then(|| held(member, value, vm))??;
                let bytes = bytes.downcast_ref_if_exact::<PyBytes>(vm)?.as_bytes();
                if bytes.len() != *len {
                    return None;
                }
                out.data.extend(bytes.iter().rev());
            }
            Plan::Product(class, members, plans) => {
                if !value.class().is(class) {
                    return None;
                }
                for (member, plan) in members.iter().zip(plans) {
                    plan.put(&*held(member, value, vm)?, out, vm)?;
                }
            }
            Plan::Variant(members) => out.data.push(members.iter().position(|member| member.is(value))? as u8),
            Plan::Option(_) if vm.is_none(value) => out.data.push(NONE),
            Plan::Option(inner) => {
                out.data.push(SOME);
                inner.put(value, out, vm)?;
            }
            Plan::List(inner) => {
                let values = value.downcast_ref_if_exact::<PyList>(vm)?.borrow_vec();
                out.is_same = false;
                out.data.extend(u32::try_from(values.len()).ok()?.to_le_bytes());
                values.iter().try_for_each(|item| inner.put(item, out, vm))?;
            }
            Plan::Sum(variants) => {
                let is_it = |plan: &Plan| matches!(plan, Plan::Product(class, ..) if value.class().is(class));
                let tag = variants.iter().position(is_it)?;
                out.data.push(tag as u8);
                variants[tag].put(value, out, vm)?;
            }
        }
        Some(())
    }

    /// How many bytes each value takes; None where that differs.
    fn width(&self) -> Option<usize> {
        match self {
            Plan::Leaf(b's' | b'y') | Plan::Option(_) | Plan::List(_) | Plan::Sum(_) => None,
            Plan::Leaf(b'?' | b'b' | b'B') | Plan::Variant(_) => Some(1),
            Plan::Leaf(b'h' | b'H') => Some(2),
            Plan::Leaf(b'i' | b'I' | b'f') => Some(4),
            Plan::Leaf(_) => Some(8),
            Plan::Raw(len) | Plan::Turned(_, _, _, len) => Some(*len),
            Plan::Through(_, inner) => inner.width(),
            Plan::Product(_, _, plans) => plans.iter().map(Plan::width).sum(),
        }
    }

    /// Cut the value at the front of `data` off, without making it.
    fn skip(&self, data: &mut &[u8], vm: &VirtualMachine) -> PyResult<()> {
        let len = match self {
            Plan::Leaf(b's' | b'y') => u32::from_le_bytes(cut(data, vm)?) as usize,
            Plan::Option(inner) => match u8::from_le_bytes(cut(data, vm)?) {
                SOME => return inner.skip(data, vm),
                _ => return Ok(()),
            },
            Plan::List(inner) => {
                let count = u32::from_le_bytes(cut(data, vm)?);
                return (0..count).try_for_each(|_| inner.skip(data, vm));
            }
            Plan::Sum(plans) => return Plan::variant(plans, data, vm)?.skip(data, vm),
            Plan::Product(_, _, plans) => return plans.iter().try_for_each(|plan| plan.skip(data, vm)),
            Plan::Through(_, inner) => return inner.skip(data, vm),
            Plan::Leaf(_) | Plan::Raw(_) | Plan::Turned(..) | Plan::Variant(_) => self.width().unwrap_or(0),
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
            Plan::Turned(function, _, _, len) => {
                function.call((ctx.new_bytes(slice(data, *len, vm)?.to_vec()),), vm)?
            }
            Plan::Variant(members) => {
                let tag = u8::from_le_bytes(cut(data, vm)?);
                let found = members.as_slice().get(tag as usize).cloned();
                found.ok_or_else(|| vm.new_value_error(format!("there is no variant {tag}")))?
            }
            Plan::Option(inner) => match u8::from_le_bytes(cut(data, vm)?) {
                SOME => inner.take(data, vm)?,
                _ => ctx.none(),
            },
            Plan::List(inner) => {
                let count = u32::from_le_bytes(cut(data, vm)?);
                // A count may be any number: room is made as the values come.
                let values = (0..count).map(|_| inner.take(data, vm)).collect::<PyResult<Vec<_>>>()?;
                ctx.new_list(values).into()
            }
            Plan::Sum(plans) => Plan::variant(plans, data, vm)?.take(data, vm)?,
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

fn put_leaf(letter: u8, value: &PyObject, out: &mut Written, vm: &VirtualMachine) -> Option<()> {
    let Written { data: out, is_same } = out;
    let whole = || value.downcast_ref_if_exact::<PyInt>(vm);
    let signed = || whole()?.try_to_primitive::<i64>(vm).ok();
    match letter {
        b'?' if value.is(&vm.ctx.true_value) => out.push(1),
        b'?' if value.is(&vm.ctx.false_value) => out.push(0),
        b'b' => out.extend(i8::try_from(signed()?).ok()?.to_le_bytes()),
        b'B' => out.extend(u8::try_from(signed()?).ok()?.to_le_bytes()),
        b'h' => out.extend(i16::try_from(signed()?).ok()?.to_le_bytes()),
        b'H' => out.extend(u16::try_from(signed()?).ok()?.to_le_bytes()),
        b'i' => out.extend(i32::try_from(signed()?).ok()?.to_le_bytes()),
        b'I' => out.extend(u32::try_from(signed()?).ok()?.to_le_bytes()),
        b'q' => out.extend(signed()?.to_le_bytes()),
        b'Q' => out.extend(whole()?.try_to_primitive::<u64>(vm).ok()?.to_le_bytes()),
        b'f' => {
            let number = value.downcast_ref_if_exact::<PyFloat>(vm)?.to_f64();
            let narrow = number as f32;
            // What is too large for the column is refused; the bits of a NaN are those that Python writes.
            if number.is_nan() || narrow.is_finite() != number.is_finite() {
                return None;
            }
            *is_same &= f64::from(narrow) == number;
            out.extend(narrow.to_le_bytes());
        }
        b'd' => out.extend(value.downcast_ref_if_exact::<PyFloat>(vm)?.to_f64().to_le_bytes()),
        b's' => {
            let text = value.downcast_ref_if_exact::<PyStr>(vm)?.to_str()?.as_bytes();
            out.extend(u32::try_from(text.len()).ok()?.to_le_bytes());
            out.extend(text);
        }
        b'y' => {
            let bytes = value.downcast_ref_if_exact::<PyBytes>(vm)?.as_bytes();
            out.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
            out.extend(bytes);
        }
        _ => return None,
    }
    Some(())
}

/// Rows as they were read: those of a table are the same from call to call but for a few, and none is kept that can be changed.
/// Each has `WAYS` places where it may be; a new one takes that of another where they are taken, so the memory is bounded.
pub struct Known {
    is_fixed: bool,
    width: Option<usize>,
    rows: RefCell<Vec<Option<(Box<[u8]>, PyObjectRef)>>>,
    /// Which of its places the next row takes: in turn, for two that always took the same one would put each other out.
    turn: Cell<usize>,
}

/// How many rows are kept at most, in how many places each may be, and how long one may be.
const PLACES: usize = 4096;
const WAYS: usize = 4;
const LONGEST: usize = 128;
/// A few rows are read again as quickly as they are looked for.
const FEWEST: usize = 64;

impl Known {
    pub fn new(plan: &Plan) -> Known {
        let (is_fixed, width) = (plan.is_fixed(), plan.width());
        Known { is_fixed, width, rows: RefCell::new(Vec::new()), turn: Cell::new(0) }
    }

    /// The rows that lie back to back in `data`.
    pub fn all(&self, plan: &Plan, data: &[u8], vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        let mut rest = data;
        let mut values = Vec::with_capacity(self.width.map_or(0, |width| data.len() / width.max(1)));
        while !rest.is_empty() {
            let mut after = rest;
            match self.width {
                Some(width) => drop(slice(&mut after, width, vm)?),
                None => plan.skip(&mut after, vm)?,
            }
            let row = &rest[..rest.len() - after.len()];
            values.push(match self.is_fixed && row.len() * FEWEST <= data.len() && row.len() <= LONGEST {
                true => self.one(plan, row, vm)?,
                false => plan.take(&mut &*row, vm)?,
            });
            rest = after;
        }
        Ok(values)
    }

    fn one(&self, plan: &Plan, row: &[u8], vm: &VirtualMachine) -> PyResult {
        let first = place_of(row) / WAYS * WAYS;
        if let Some(places) = self.rows.borrow().get(first..first + WAYS) {
            for (bytes, value) in places.iter().flatten() {
                if **bytes == *row {
                    return Ok(value.clone());
                }
            }
        }
        let value = plan.take(&mut &*row, vm)?;
        let mut rows = self.rows.borrow_mut();
        if rows.is_empty() {
            rows.resize_with(PLACES, || None);
        }
        let places = &mut rows[first..first + WAYS];
        let free = places.iter().position(Option::is_none).unwrap_or_else(|| {
            self.turn.set((self.turn.get() + 1) % WAYS);
            self.turn.get()
        });
        let old = places[free].replace((row.into(), value.clone()));
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
