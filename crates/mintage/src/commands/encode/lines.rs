//! Lines of any length and of any bytes, in little memory.

use std::io::{BufRead, BufReader, ErrorKind, Read, Result};

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// A line, which may lack its end if it is the last one.
    Line,
    /// One that is longer than it may be.
    TooLong,
    /// There is nothing more.
    Input,
}

/// Reads a line without its end, be that LF or CR and LF. Calls `before_waiting` whenever more has to be asked for, so that
/// whoever waits for the answers to the lines before gets them.
pub(super) fn read_line(
    input: &mut BufReader<impl Read>,
    line: &mut Vec<u8>,
    longest: usize,
    mut before_waiting: impl FnMut() -> Result<()>,
) -> Result<Ended> {
    line.clear();
    let mut length = 0;
    loop {
        if input.buffer().is_empty() {
            before_waiting()?;
        }
        let available = match input.fill_buf() {
            Ok([]) if length == 0 => return Ok(Ended::Input),
            Ok([]) => break,
            Ok(available) => available,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        // Room for a CR is left.
        line.extend_from_slice(&part[..part.len().min(longest + 1 - line.len())]);
        length += part.len();
        let read = part.len() + usize::from(end.is_some());
        input.consume(read);
        if end.is_some() {
            break;
        }
    }
    if line.len() == length && line.last() == Some(&b'\r') {
        line.pop();
        length -= 1;
    }
    Ok(if length > longest { Ended::TooLong } else { Ended::Line })
}
