//! `_stdb`: the host's functions for Python. What the host refuses is an `OSError` with its number, but for inserts and
//! updates, whose refusals are ordinary and come as that number itself.

use rustpython_vm as vm;

pub(crate) use _stdb::module_def;

#[vm::pymodule]
mod _stdb {
    use super::vm;
    use crate::calls::{Constructor, Lookup, Writer, refused};
    use crate::host::{self, abi};
    use crate::reach;
    use crate::rows::{self, Known, Plan};
    use vm::builtins::{PyBaseExceptionRef, PyListRef, PyTupleRef, PyTypeRef, PyUtf8StrRef};
    use vm::function::{ArgBytesLike, FuncArgs, PosArgs};
    use vm::types::Callable;
    use vm::{Py, PyObjectRef, PyPayload, PyResult, VirtualMachine, pyclass};

    fn check(code: u16, vm: &VirtualMachine) -> PyResult<()> {
        match code {
            0 => Ok(()),
            _ => Err(refused(code, vm)),
        }
    }

    #[pyfunction]
    fn table_id(name: PyUtf8StrRef, vm: &VirtualMachine) -> PyResult<u32> {
        let name = name.as_str();
        let mut out = 0;
        check(unsafe { abi::table_id_from_name(name.as_ptr(), name.len(), &mut out) }, vm)?;
        Ok(out)
    }

    #[pyfunction]
    fn index_id(name: PyUtf8StrRef, vm: &VirtualMachine) -> PyResult<u32> {
        let name = name.as_str();
        let mut out = 0;
        check(unsafe { abi::index_id_from_name(name.as_ptr(), name.len(), &mut out) }, vm)?;
        Ok(out)
    }

    #[pyfunction]
    fn row_count(table: u32, vm: &VirtualMachine) -> PyResult<u64> {
        let mut out = 0;
        check(unsafe { abi::datastore_table_row_count(table, &mut out) }, vm)?;
        Ok(out)
    }

    /// The row as stored, cut down to its generated columns, or the number of the refusal.
    #[pyfunction]
    fn insert(table: u32, row: ArgBytesLike, vm: &VirtualMachine) -> PyObjectRef {
        let mut buffer = row.borrow_buf().to_vec();
        let mut len = buffer.len();
        let code = unsafe { abi::datastore_insert_bsatn(table, buffer.as_mut_ptr(), &mut len) };
        answer(code, buffer, len, vm)
    }

    /// As `insert`: the row takes the place of the one that has its value in the unique index.
    #[pyfunction]
    fn update(table: u32, index: u32, row: ArgBytesLike, vm: &VirtualMachine) -> PyObjectRef {
        let mut buffer = row.borrow_buf().to_vec();
        let mut len = buffer.len();
        let code = unsafe { abi::datastore_update_bsatn(table, index, buffer.as_mut_ptr(), &mut len) };
        answer(code, buffer, len, vm)
    }

    fn answer(code: u16, mut buffer: Vec<u8>, len: usize, vm: &VirtualMachine) -> PyObjectRef {
        if code != 0 {
            return vm.ctx.new_int(code).into();
        }
        buffer.truncate(len);
        vm.ctx.new_bytes(buffer).into()
    }

    /// An iterator over a table, for `next_rows`.
    #[pyfunction]
    fn scan(table: u32, vm: &VirtualMachine) -> PyResult<u32> {
        let mut iter = 0;
        check(unsafe { abi::datastore_table_scan_bsatn(table, &mut iter) }, vm)?;
        Ok(iter)
    }

    /// Some rows back to back, and whether they were the last: then the iterator is gone.
    #[pyfunction]
    fn next_rows(iter: u32, vm: &VirtualMachine) -> PyResult<(Vec<u8>, bool)> {
        host::next_rows(iter).map_err(|code| refused(code, vm))
    }

    /// Give an iterator up before its end.
    #[pyfunction]
    fn close_rows(iter: u32, vm: &VirtualMachine) -> PyResult<()> {
        check(unsafe { abi::row_iter_bsatn_close(iter) }, vm)
    }

    /// The rows that an index has between two bounds (BSATN of `Bound<value>`), behind `elems` values of `prefix`.
    #[pyfunction]
    fn index_scan(
        index: u32,
        prefix: ArgBytesLike,
        elems: u16,
        start: ArgBytesLike,
        end: ArgBytesLike,
        vm: &VirtualMachine,
    ) -> PyResult<Vec<u8>> {
        let mut iter = 0;
        let (prefix, start, end) = (prefix.borrow_buf(), start.borrow_buf(), end.borrow_buf());
        let code = unsafe {
            abi::datastore_btree_scan_bsatn(
                index,
                prefix.as_ptr(),
                prefix.len(),
                elems,
                start.as_ptr(),
                start.len(),
                end.as_ptr(),
                end.len(),
                &mut iter,
            )
        };
        check(code, vm)?;
        host::all_rows(iter).map_err(|code| refused(code, vm))
    }

    /// Delete what `index_scan` would find; how many rows that were.
    #[pyfunction]
    fn index_delete(
        index: u32,
        prefix: ArgBytesLike,
        elems: u16,
        start: ArgBytesLike,
        end: ArgBytesLike,
        vm: &VirtualMachine,
    ) -> PyResult<u32> {
        let mut deleted = 0;
        let (prefix, start, end) = (prefix.borrow_buf(), start.borrow_buf(), end.borrow_buf());
        let code = unsafe {
            abi::datastore_delete_by_btree_scan_bsatn(
                index,
                prefix.as_ptr(),
                prefix.len(),
                elems,
                start.as_ptr(),
                start.len(),
                end.as_ptr(),
                end.len(),
                &mut deleted,
            )
        };
        check(code, vm)?;
        Ok(deleted)
    }

    /// Delete the rows that equal those of `relation` (BSATN of an array of rows); how many rows that were.
    #[pyfunction]
    fn delete_equal(table: u32, relation: ArgBytesLike, vm: &VirtualMachine) -> PyResult<u32> {
        let mut deleted = 0;
        let relation = relation.borrow_buf();
        let code = unsafe {
            abi::datastore_delete_all_by_eq_bsatn(table, relation.as_ptr(), relation.len(), &mut deleted)
        };
        check(code, vm)?;
        Ok(deleted)
    }

    /// An instance of a slotted class: `members` are the descriptors of its slots, in the order of `values`.
    #[pyfunction]
    fn make(class: PyTypeRef, members: PyTupleRef, values: PosArgs, vm: &VirtualMachine) -> PyResult {
        rows::make(class, &members, values, vm)
    }

    /// See `reach`.
    #[pyfunction]
    fn within_reach(
        rows: PyListRef,
        circles: PyListRef,
        at: PyUtf8StrRef,
        vm: &VirtualMachine,
    ) -> PyResult<Vec<PyObjectRef>> {
        // A copy: what is asked of the rows may be Python's, and change the list.
        let (rows, circles) = (rows.borrow_vec().to_vec(), circles.borrow_vec().to_vec());
        reach::within_reach(&rows, &circles, at.as_str(), vm)
    }

    /// Reads the BSATN of one type, see `rows::Plan`.
    #[pyattr]
    #[pyclass(name = "Reader")]
    #[derive(PyPayload)]
    struct Reader(Plan, Known);

    impl std::fmt::Debug for Reader {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Reader")
        }
    }

    #[pyclass]
    impl Reader {
        /// The value that `data` begins with.
        #[pymethod]
        fn one(zelf: &Py<Self>, data: ArgBytesLike, vm: &VirtualMachine) -> PyResult {
            zelf.0.take(&mut &*data.borrow_buf(), vm)
        }

        /// The values that lie back to back in `data`.
        #[pymethod]
        fn all(zelf: &Py<Self>, data: ArgBytesLike, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
            zelf.1.all(&zelf.0, &data.borrow_buf(), vm)
        }
    }

    /// A reader of what a plan describes.
    #[pyfunction]
    fn reader(plan: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        let plan = Plan::read(&plan, vm)?;
        let known = Known::new(&plan);
        Ok(Reader(plan, known).into_pyobject(vm))
    }

    /// A function that this module does instead of Python, see `calls`.
    #[pyattr]
    #[pyclass(name = "Native")]
    #[derive(PyPayload)]
    enum Native {
        Constructor(Constructor),
        Lookup(Lookup),
        Writer(Writer),
    }

    impl std::fmt::Debug for Native {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Native")
        }
    }

    #[pyclass(with(Callable))]
    impl Native {}

    impl Callable for Native {
        type Args = FuncArgs;
        fn call(zelf: &Py<Self>, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
            match &**zelf {
                Native::Constructor(constructor) => constructor.call(args, vm),
                Native::Lookup(lookup) => lookup.call(args, vm),
                Native::Writer(writer) => writer.call(args, vm),
            }
        }
    }

    /// The `__new__` of a slotted class: `names` are its fields, `defaults` what the last of them may be left out for, `slow` the
    /// function of Python that says what is wrong.
    #[pyfunction]
    fn constructor(
        members: PyTupleRef,
        names: Vec<PyUtf8StrRef>,
        defaults: Vec<PyObjectRef>,
        slow: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyObjectRef {
        Native::Constructor(Constructor { members, names, defaults, slow }).into_pyobject(vm)
    }

    /// A function of one value: what an index of one column has for it. `what` is `found` (BSATN), `get` (a row of `rows` or None),
    /// `contains`, `deleted` (how many) or `delete` (whether any); `ask` gives the index's number, `slow` does the same in Python.
    #[pyfunction]
    fn lookup(
        what: PyUtf8StrRef,
        key: PyObjectRef,
        rows: PyObjectRef,
        ask: PyObjectRef,
        slow: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<PyObjectRef> {
        let rows = (!vm.is_none(&rows)).then(|| Plan::read(&rows, vm)).transpose()?;
        Ok(Native::Lookup(Lookup::new(what.as_str(), Plan::read(&key, vm)?, rows, ask, slow, vm)?).into_pyobject(vm))
    }

    /// A function of one row: stores it, and gives it with what was generated. `ask` gives the table's number and the index's of an
    /// update, `generated` is the place and the plan of the only generated column, `slow` does the same in Python, or goes on
    /// from what the host answered.
    #[pyfunction]
    fn writer(
        replaces: bool,
        plan: PyObjectRef,
        generated: PyObjectRef,
        ask: PyObjectRef,
        slow: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<PyObjectRef> {
        let generated = match vm.is_none(&generated) {
            true => None,
            false => {
                let parts: Vec<PyObjectRef> = generated.try_to_value(vm)?;
                Some((parts[0].try_to_value(vm)?, Plan::read(&parts[1], vm)?))
            }
        };
        Ok(Native::Writer(Writer::new(replaces, Plan::read(&plan, vm)?, generated, ask, slow)).into_pyobject(vm))
    }

    #[pyfunction]
    fn log(level: u8, file: PyUtf8StrRef, line: u32, text: PyUtf8StrRef) {
        host::log(level, file.as_str(), line, text.as_str());
    }

    /// The traceback of an exception, as Python prints it.
    #[pyfunction]
    fn traceback(error: PyBaseExceptionRef, vm: &VirtualMachine) -> String {
        crate::traceback(vm, &error)
    }

    /// The database's own identity, 32 bytes, little end first.
    #[pyfunction]
    fn identity() -> Vec<u8> {
        let mut out = vec![0; 32];
        unsafe { abi::identity(out.as_mut_ptr()) };
        out
    }

    /// Begin a procedure's transaction; its timestamp in microseconds.
    #[cfg(feature = "abi-2x")]
    #[pyfunction]
    fn start_tx(vm: &VirtualMachine) -> PyResult<i64> {
        let mut timestamp = 0;
        check(unsafe { abi::procedure_start_mut_tx(&mut timestamp) }, vm)?;
        Ok(timestamp)
    }

    /// Whether it was committed; otherwise another transaction was first, and the work is to be done again.
    #[cfg(feature = "abi-2x")]
    #[pyfunction]
    fn commit_tx() -> bool {
        unsafe { abi::procedure_commit_mut_tx() == 0 }
    }

    #[cfg(feature = "abi-2x")]
    #[pyfunction]
    fn abort_tx(vm: &VirtualMachine) -> PyResult<()> {
        check(unsafe { abi::procedure_abort_mut_tx() }, vm)
    }

    /// Ask another server (BSATN of the host's `Request`): whether it answered, the head of the answer (BSATN of
    /// `Response`) or the reason (BSATN of a string), and the body.
    #[cfg(feature = "abi-2x")]
    #[pyfunction]
    fn http_request(request: ArgBytesLike, body: ArgBytesLike) -> (bool, Vec<u8>, Vec<u8>) {
        let (request, body) = (request.borrow_buf(), body.borrow_buf());
        let mut out = [0; 2];
        let code = unsafe {
            abi::procedure_http_request(
                request.as_ptr(),
                request.len() as u32,
                body.as_ptr(),
                body.len() as u32,
                &mut out,
            )
        };
        let head = host::read_source(out[0]);
        match code {
            0 => (true, head, host::read_source(out[1])),
            _ => (false, head, Vec::new()),
        }
    }
}
