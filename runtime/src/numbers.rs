//! Products of numbers of tens of thousands of digits. What the interpreter's own library has for them, Fourier transforms with their
//! tables, takes more room than any module has use for: `parts.py` has it call this instead.

use malachite_nz::natural::Natural;

/// Factors of so many limbs together are multiplied by the library without a transform, whatever their lengths.
const MOST_LIMBS: usize = 900;

/// Writes the product of two numbers, each its limbs from the least on, to `out`, which has as many limbs as both.
#[unsafe(no_mangle)]
unsafe extern "C" fn python_multiply(
    out: *mut u64,
    out_len: usize,
    left: *const u64,
    left_len: usize,
    right: *const u64,
    right_len: usize,
) {
    let left = unsafe { std::slice::from_raw_parts(left, left_len) };
    let right = unsafe { std::slice::from_raw_parts(right, right_len) };
    let limbs = product(left, right).into_limbs_asc();
    let out = unsafe { std::slice::from_raw_parts_mut(out, out_len) };
    out[..limbs.len()].copy_from_slice(&limbs);
    // What lies behind the product is no part of it.
    out[limbs.len()..left_len + right_len].fill(0);
}

/// The product, by three of half the length (Karatsuba).
fn product(left: &[u64], right: &[u64]) -> Natural {
    if left.len() + right.len() < MOST_LIMBS {
        return number(left) * number(right);
    }
    if left.is_empty() || right.is_empty() {
        return number(&[]);
    }
    let half = left.len().max(right.len()).div_ceil(2);
    let (left_low, left_high) = left.split_at(half.min(left.len()));
    let (right_low, right_high) = right.split_at(half.min(right.len()));
    let low = product(left_low, right_low);
    let shift = 64 * half as u64;
    if left_high.is_empty() || right_high.is_empty() {
        // One is no longer than half of the other.
        return low + ((product(left_high, right_low) + product(left_low, right_high)) << shift);
    }
    let high = product(left_high, right_high);
    let left_sum = (number(left_low) + number(left_high)).into_limbs_asc();
    let right_sum = (number(right_low) + number(right_high)).into_limbs_asc();
    let middle = product(&left_sum, &right_sum) - &low - &high;
    low + (middle << shift) + (high << (2 * shift))
}

fn number(limbs: &[u64]) -> Natural {
    Natural::from_limbs_asc(limbs)
}
