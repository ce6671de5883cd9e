//! The host: SpacetimeDB's functions as a module imports them, and reading and writing through its handles.

/// The functions of `spacetime_10.0`, which every server from 1.0 on offers.
pub mod abi {
    #[link(wasm_import_module = "spacetime_10.0")]
    unsafe extern "C" {
        pub fn table_id_from_name(name: *const u8, name_len: usize, out: *mut u32) -> u16;
        pub fn index_id_from_name(name: *const u8, name_len: usize, out: *mut u32) -> u16;
        pub fn datastore_table_row_count(table: u32, out: *mut u64) -> u16;
        pub fn datastore_table_scan_bsatn(table: u32, out: *mut u32) -> u16;
        pub fn datastore_btree_scan_bsatn(
            index: u32,
            prefix: *const u8,
            prefix_len: usize,
            prefix_elems: u16,
            rstart: *const u8,
            rstart_len: usize,
            rend: *const u8,
            rend_len: usize,
            out: *mut u32,
        ) -> u16;
        pub fn datastore_delete_by_btree_scan_bsatn(
            index: u32,
            prefix: *const u8,
            prefix_len: usize,
            prefix_elems: u16,
            rstart: *const u8,
            rstart_len: usize,
            rend: *const u8,
            rend_len: usize,
            out: *mut u32,
        ) -> u16;
        pub fn datastore_delete_all_by_eq_bsatn(
            table: u32,
            relation: *const u8,
            relation_len: usize,
            out: *mut u32,
        ) -> u16;
        pub fn row_iter_bsatn_advance(iter: u32, buffer: *mut u8, buffer_len: *mut usize) -> i16;
        pub fn row_iter_bsatn_close(iter: u32) -> u16;
        pub fn datastore_insert_bsatn(table: u32, row: *mut u8, row_len: *mut usize) -> u16;
        pub fn datastore_update_bsatn(table: u32, index: u32, row: *mut u8, row_len: *mut usize) -> u16;
        pub fn bytes_sink_write(sink: u32, buffer: *const u8, buffer_len: *mut usize) -> u16;
        pub fn bytes_source_read(source: u32, buffer: *mut u8, buffer_len: *mut usize) -> i16;
        pub fn console_log(
            level: u8,
            target: *const u8,
            target_len: usize,
            file: *const u8,
            file_len: usize,
            line: u32,
            text: *const u8,
            text_len: usize,
        );
        pub fn identity(out: *mut u8);
    }

    // Transactions of procedures, which servers of 2.x offer.
    #[cfg(feature = "abi-2x")]
    #[link(wasm_import_module = "spacetime_10.3")]
    unsafe extern "C" {
        pub fn procedure_start_mut_tx(out: *mut i64) -> u16;
        pub fn procedure_commit_mut_tx() -> u16;
        pub fn procedure_abort_mut_tx() -> u16;
        pub fn procedure_http_request(
            request: *const u8,
            request_len: u32,
            body: *const u8,
            body_len: u32,
            out: *mut [u32; 2],
        ) -> u16;
    }
}

use std::cell::UnsafeCell;

/// What the host answers when a buffer is too small; the length then says how much room it wants.
const BUFFER_TOO_SMALL: i16 = 11;
/// What a source or an iterator answers with its last piece.
const EXHAUSTED: i16 = -1;
/// Rows come in pieces of about this size: large enough that calls do not count, small enough to be decoded as they come.
const PIECE: usize = 64 * 1024;

/// One line in the module's log. `level`: 0 error, 1 warning, 2 info, 3 debug.
pub fn log(level: u8, file: &str, line: u32, text: &str) {
    let target = b"python";
    let (file_at, file_len) = if file.is_empty() { (std::ptr::null(), 0) } else { (file.as_ptr(), file.len()) };
    unsafe {
        abi::console_log(level, target.as_ptr(), target.len(), file_at, file_len, line, text.as_ptr(), text.len())
    }
}

/// Room for one piece, which stays: to make 64 KiB anew for each row that is looked up costs more than the row.
struct Room(UnsafeCell<Vec<u8>>);
// A module has one thread.
unsafe impl Sync for Room {}
static ROOM: Room = Room(UnsafeCell::new(Vec::new()));

/// The room, of at least `size` bytes. Between two calls nothing of it is in use.
fn room(size: usize) -> &'static mut [u8] {
    let room = unsafe { &mut *ROOM.0.get() };
    if room.len() < size {
        room.resize(size, 0);
    }
    room
}

/// Everything that a source of the host holds; 0 is the empty one.
pub fn read_source(source: u32) -> Vec<u8> {
    let mut all = Vec::new();
    if source == 0 {
        return all;
    }
    loop {
        let piece = room(PIECE);
        let mut len = piece.len();
        let code = unsafe { abi::bytes_source_read(source, piece.as_mut_ptr(), &mut len) };
        assert!(code <= 0, "the host does not give what it offers: error {code}");
        all.extend_from_slice(&piece[..len]);
        if code == EXHAUSTED {
            return all;
        }
    }
}

/// Hand all of `data` to a sink of the host.
pub fn write_sink(sink: u32, mut data: &[u8]) {
    while !data.is_empty() {
        let mut len = data.len();
        let code = unsafe { abi::bytes_sink_write(sink, data.as_ptr(), &mut len) };
        assert!(code == 0, "the host does not take what it asked for: error {code}");
        data = &data[len..];
    }
}

/// Append the next piece of rows, whole ones, to `all`; whether it was the last, the host's error otherwise.
fn take_rows(iter: u32, all: &mut Vec<u8>) -> Result<bool, u16> {
    let mut size = PIECE;
    loop {
        let piece = room(size);
        let mut len = piece.len();
        match unsafe { abi::row_iter_bsatn_advance(iter, piece.as_mut_ptr(), &mut len) } {
            BUFFER_TOO_SMALL => size = len,
            code if code > 0 => return Err(code as u16),
            code => {
                all.extend_from_slice(&piece[..len]);
                return Ok(code == EXHAUSTED);
            }
        }
    }
}

/// The next piece of rows, whole ones, and whether it was the last; the host's error otherwise.
pub fn next_rows(iter: u32) -> Result<(Vec<u8>, bool), u16> {
    let mut piece = Vec::new();
    let done = take_rows(iter, &mut piece)?;
    Ok((piece, done))
}

/// The rows that an index has for one value: `bound` is BSATN of `Bound`.
pub fn rows_at(index: u32, bound: &[u8]) -> Result<Vec<u8>, u16> {
    let mut iter = 0;
    let (at, len) = (bound.as_ptr(), bound.len());
    match unsafe { abi::datastore_btree_scan_bsatn(index, at, 0, 0, at, len, at, len, &mut iter) } {
        0 => all_rows(iter),
        code => Err(code),
    }
}

/// Delete the rows that an index has for one value; how many they were.
pub fn delete_at(index: u32, bound: &[u8]) -> Result<u32, u16> {
    let mut deleted = 0;
    let (at, len) = (bound.as_ptr(), bound.len());
    match unsafe { abi::datastore_delete_by_btree_scan_bsatn(index, at, 0, 0, at, len, at, len, &mut deleted) } {
        0 => Ok(deleted),
        code => Err(code),
    }
}

/// All rows of an iterator.
pub fn all_rows(iter: u32) -> Result<Vec<u8>, u16> {
    let mut all = Vec::new();
    while !take_rows(iter, &mut all)? {}
    Ok(all)
}
