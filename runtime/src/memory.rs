//! Memory: small blocks by size, each size with a list of those that are free; larger ones are the standard allocator's.
//! An interpreter makes and gives up small objects all the time, and a list costs a tenth of a search.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::{self, NonNull};

/// Sizes are rounded up to this, which is what blocks are aligned to.
const STEP: usize = 16;
/// The largest block that has a list.
const MOST: usize = 512;
/// Blocks of one size are cut from pieces of this size.
const PIECE: usize = 32 * 1024;

/// A free block: the next one of its size.
struct Free {
    next: Option<NonNull<Free>>,
}

struct Lists {
    free: [Option<NonNull<Free>>; MOST / STEP],
    /// What is left of the piece that blocks are cut from.
    at: usize,
    end: usize,
    has_started: bool,
}

pub struct Blocks(UnsafeCell<Lists>);
// A module has one thread.
unsafe impl Sync for Blocks {}

#[global_allocator]
pub static ALLOCATOR: Blocks =
    Blocks(UnsafeCell::new(Lists { free: [None; MOST / STEP], at: 0, end: 0, has_started: false }));

impl Blocks {
    /// From now on what is given up is left as it is. Until then it is filled with zeros: the memory of a started module goes
    /// into its file, and zeros take no room there.
    pub fn started(&self) {
        unsafe { (*self.0.get()).has_started = true }
    }
}

impl Lists {
    /// A block of `size`, a multiple of `STEP`, where no list has one.
    #[cold]
    #[inline(never)]
    unsafe fn cut(&mut self, size: usize) -> *mut u8 {
        if self.end - self.at < size {
            // What is left over becomes blocks of its own size.
            if self.end > self.at {
                let rest = self.end - self.at;
                unsafe { self.give_back(self.at as *mut u8, rest) }
            }
            let piece = unsafe { System.alloc(Layout::from_size_align_unchecked(PIECE, STEP)) };
            if piece.is_null() {
                (self.at, self.end) = (0, 0);
                return piece;
            }
            (self.at, self.end) = (piece as usize, piece as usize + PIECE);
        }
        let block = self.at;
        self.at += size;
        block as *mut u8
    }

    #[inline(always)]
    unsafe fn give_back(&mut self, block: *mut u8, size: usize) {
        let list = unsafe { self.free.get_unchecked_mut(size / STEP - 1) };
        let block = block.cast::<Free>();
        unsafe { block.write(Free { next: *list }) };
        *list = NonNull::new(block);
    }
}

/// The size of the block that a layout gets; None for what the standard allocator keeps.
#[inline(always)]
fn block_size(layout: Layout) -> Option<usize> {
    let size = (layout.size() + STEP - 1) & !(STEP - 1);
    (size <= MOST && size != 0 && layout.align() <= STEP).then_some(size)
}

// Not inlined: there are so many places that ask for memory that the interpreter would be a third larger.
unsafe impl GlobalAlloc for Blocks {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(size) = block_size(layout) else {
            return unsafe { System.alloc(layout) };
        };
        let lists = unsafe { &mut *self.0.get() };
        let list = unsafe { lists.free.get_unchecked_mut(size / STEP - 1) };
        match *list {
            Some(block) => unsafe {
                *list = (*block.as_ptr()).next;
                block.as_ptr().cast()
            },
            None => unsafe { lists.cut(size) },
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let lists = unsafe { &mut *self.0.get() };
        if !lists.has_started {
            unsafe { ptr::write_bytes(block, 0, layout.size()) };
        }
        match block_size(layout) {
            Some(size) => unsafe { lists.give_back(block, size) },
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (block_size(layout), block_size(new)) {
            (Some(old_size), Some(size)) if old_size == size => block,
            // While it starts what is left behind has to be filled with zeros, which the standard allocator does not do.
            (None, None) if unsafe { (*self.0.get()).has_started } => unsafe { System.realloc(block, layout, new_size) },
            _ => unsafe {
                let moved = self.alloc(new);
                if !moved.is_null() {
                    ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size));
                    self.dealloc(block, layout);
                }
                moved
            },
        }
    }
}
