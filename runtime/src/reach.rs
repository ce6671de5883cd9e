//! Reach: which rows lie in which circles. `module/reach.py` does the same in Python, and says what is meant.

use crate::rows::held;
use rustpython_vm as vm;
use vm::builtins::{PyFloat, PyStrInterned, PyTypeRef};
use vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};

/// An attribute of objects that are mostly of one class: where that keeps it in a slot, the slot is asked.
struct Attribute {
    name: &'static PyStrInterned,
    slot: Option<(PyTypeRef, PyObjectRef)>,
}

impl Attribute {
    fn new(name: &str, vm: &VirtualMachine) -> Attribute {
        Attribute { name: vm.ctx.intern_str(name), slot: None }
    }

    fn of(&mut self, object: &PyObject, vm: &VirtualMachine) -> PyResult {
        if let Some((class, member)) = &self.slot
            && object.class().is(class)
            && let Some(value) = held(member, object, vm)
        {
            return Ok(value);
        }
        let class = object.class().to_owned();
        let member = class.get_attr(self.name).filter(|member| member.class().slots.descr_set.load().is_some());
        self.slot = member.map(|member| (class, member));
        object.get_attr(self.name, vm)
    }
}

fn number(value: &PyObjectRef, vm: &VirtualMachine) -> PyResult<f64> {
    match value.downcast_ref_if_exact::<PyFloat>(vm) {
        Some(number) => Ok(number.to_f64()),
        None => Ok(value.try_float(vm)?.to_f64()),
    }
}

/// A list for each circle `(x, y, radius)`: what of `rows` lies there, in their order.
pub fn within_reach(
    rows: &[PyObjectRef],
    circles: &[PyObjectRef],
    at: &str,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    let (mut position, mut x, mut y) = (Attribute::new(at, vm), Attribute::new("x", vm), Attribute::new("y", vm));
    let mut places = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let place = position.of(row, vm)?;
        let (x, y) = (number(&x.of(&place, vm)?, vm)?, number(&y.of(&place, vm)?, vm)?);
        // What is no number has no place in an order, and lies in no circle.
        if !x.is_nan() {
            places.push((x, y, i));
        }
    }
    places.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let mut found = Vec::with_capacity(circles.len());
    for circle in circles {
        let parts: Vec<PyObjectRef> = circle.try_to_value(vm)?;
        let [x, y, radius] = parts.as_slice() else {
            return Err(vm.new_value_error(format!("a circle is (x, y, radius), not {} values", parts.len())));
        };
        let (x, y, radius) = (number(x, vm)?, number(y, vm)?, number(radius, vm)?);
        let first = places.partition_point(|place| place.0 < x - radius);
        let mut inside: Vec<usize> = places[first..]
            .iter()
            .take_while(|place| place.0 <= x + radius)
            .filter(|place| (place.0 - x) * (place.0 - x) + (place.1 - y) * (place.1 - y) <= radius * radius)
            .map(|place| place.2)
            .collect();
        inside.sort_unstable();
        let inside = inside.into_iter().map(|i| rows[i].clone()).collect();
        found.push(vm.ctx.new_list(inside).into());
    }
    Ok(found)
}
