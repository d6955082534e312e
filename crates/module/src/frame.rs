//! Frames on the socket between engine and module: length, call number, CBOR.

use std::io::{self, Read, Write};

/// Largest frame in bytes: the answer to a batch of a million items.
pub(crate) const MAX_FRAME: usize = 512 * 1024 * 1024;
const HEADER: usize = 4 + 8;

/// One message with the number that ties an answer to its call.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) call: u64,
    pub(crate) body: Vec<u8>,
}

impl Frame {
    /// Starts a frame: its header, still without the length, to append the body to.
    pub(crate) fn start(call: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&call.to_le_bytes());
        bytes
    }

    /// Fills in the length and writes the frame with one call.
    pub(crate) fn finish(bytes: &mut [u8], socket: &mut impl Write) -> io::Result<()> {
        let length = u32::try_from(bytes.len() - HEADER)
            .ok()
            .filter(|length| *length as usize <= MAX_FRAME)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the message is too large"))?;
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        socket.write_all(bytes)
    }

    /// Reads the next frame; `None` when the other side has closed between two frames.
    pub(crate) fn read(socket: &mut impl Read) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER];
        match socket.read(&mut header)? {
            0 => return Ok(None),
            some => socket.read_exact(&mut header[some..])?,
        }
        let (length, call) = header.split_at(4);
        // split_at gave exactly four and eight bytes
        let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
        let call = u64::from_le_bytes(call.try_into().expect("eight bytes"));
        if length > MAX_FRAME {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the message is too large"));
        }
        let mut body = Vec::with_capacity(length);
        if socket.take(length as u64).read_to_end(&mut body)? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(Self { call, body }))
    }
}
