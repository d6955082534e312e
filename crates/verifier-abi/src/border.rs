//! The functions that C sees. Nothing else in this workspace is unsafe.
//!
//! What a pointer leads to can't be checked from here. So each function is `unsafe`, and asks the same of whoever calls it: of a
//! pointer that isn't null, so many bytes can be read (inputs) or written (`text`, and one number behind `length`), by nobody
//! else during the call. No pointer is kept after it.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::{ptr, slice, str};

use crate::open::{self, Answer, guarded};

/// Opens a verifier that goes by a trust bundle, of the root whose key, or key's id, is given in hexadecimal digits; of any
/// root if that is null. Returns the verifier's number, above 0, or a code below 0.
///
/// # Safety
/// As the module says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mintage_open(
    bundle: *const u8,
    bundle_length: usize,
    root: *const c_char,
    root_length: usize,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    let answer = guarded(|| {
        // SAFETY: the caller promises both to be readable for so many bytes.
        let (bundle, root) = unsafe { (bytes(bundle, bundle_length), words(root, root_length)) };
        answered(bundle.and_then(|bundle| Ok(open::open(bundle, root?))))
    });
    // SAFETY: the caller promises both to be writable.
    unsafe { tell(answer, text, capacity, length) }
}

/// Gives a verifier a status snapshot, full or what has changed since the one it has. Returns 0 or a code below 0.
///
/// # Safety
/// As the module says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mintage_add_status(
    verifier: i32,
    status: *const u8,
    status_length: usize,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    let answer = guarded(|| {
        // SAFETY: the caller promises it to be readable for so many bytes.
        let status = unsafe { bytes(status, status_length) };
        answered(status.map(|status| open::add_status(verifier, status)))
    });
    // SAFETY: the caller promises both to be writable.
    unsafe { tell(answer, text, capacity, length) }
}

/// Verifies a code at a time in seconds since 1970; also whether somebody holds it, unless `holder` is null. Returns 0, 1 or 2,
/// or a code below 0.
///
/// # Safety
/// As the module says.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // C has neither slices nor tuples
pub unsafe extern "C" fn mintage_verify(
    verifier: i32,
    code: *const u8,
    code_length: usize,
    holder: *const c_char,
    holder_length: usize,
    now: u64,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    let answer = guarded(|| {
        // SAFETY: the caller promises both to be readable for so many bytes.
        let (code, holder) = unsafe { (bytes(code, code_length), words(holder, holder_length)) };
        answered(code.and_then(|code| Ok(open::verify(verifier, code, holder?, now))))
    });
    // SAFETY: the caller promises both to be writable.
    unsafe { tell(answer, text, capacity, length) }
}

/// Says what a verifier goes by. Returns 0 or a code below 0.
///
/// # Safety
/// As the module says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mintage_about(
    verifier: i32,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    let answer = guarded(|| open::about(verifier));
    // SAFETY: the caller promises both to be writable.
    unsafe { tell(answer, text, capacity, length) }
}

/// Closes a verifier. Returns 0, or a code below 0 if it isn't open.
#[unsafe(no_mangle)]
pub extern "C" fn mintage_close(verifier: i32) -> i32 {
    guarded(|| open::close(verifier)).number
}

fn answered(answer: Result<Answer, Answer>) -> Answer {
    answer.unwrap_or_else(|misuse| misuse)
}

/// What the caller points at. Nothing at all may be null.
///
/// # Safety
/// A pointer that isn't null is readable for so many bytes for as long as the result is used, and nobody writes there.
unsafe fn bytes<'a>(start: *const u8, length: usize) -> Result<&'a [u8], Answer> {
    if length == 0 {
        return Ok(&[]);
    }
    if start.is_null() {
        return Err(Answer::misuse("a pointer is null, but its length isn't 0"));
    }
    if isize::try_from(length).is_err() {
        return Err(Answer::misuse("a length is more than there can be"));
    }
    // SAFETY: not null, not longer than objects can be, bytes need no alignment, and the rest is the caller's promise.
    Ok(unsafe { slice::from_raw_parts(start, length) })
}

/// Text that the caller points at; null is none.
///
/// # Safety
/// As of [`bytes`].
unsafe fn words<'a>(start: *const c_char, length: usize) -> Result<Option<&'a str>, Answer> {
    if start.is_null() && length == 0 {
        return Ok(None);
    }
    // SAFETY: the same is promised.
    let bytes = unsafe { bytes(start.cast(), length) }?;
    str::from_utf8(bytes).map(Some).map_err(|_| Answer::misuse("a text isn't UTF-8"))
}

/// Writes as much of an answer's text as there is room for, with a 0 after it, and the length of all of it; each only if
/// its pointer isn't null. Returns the answer's number.
///
/// # Safety
/// Pointers that aren't null are writable: `text` for `capacity` bytes, `length` for one number.
unsafe fn tell(answer: Answer, text: *mut c_char, capacity: usize, length: *mut usize) -> i32 {
    let Answer { number, text: said } = answer;
    if !text.is_null() && capacity > 0 {
        let mut count = said.len().min(capacity - 1);
        while !said.is_char_boundary(count) {
            count -= 1;
        }
        // SAFETY: writable for `capacity` bytes, which are at least `count` and one; what was made here is no part of them.
        unsafe {
            ptr::copy_nonoverlapping(said.as_ptr().cast(), text, count);
            text.add(count).write(0);
        }
    }
    if !length.is_null() {
        // SAFETY: writable, says the caller; whether it is aligned doesn't matter.
        unsafe { length.write_unaligned(said.len()) };
    }
    number
}
