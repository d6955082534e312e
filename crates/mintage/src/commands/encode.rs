//! `mintage encode …`: posts' formats, an item a line.

mod forms;
mod lines;

use std::io::{BufReader, BufWriter, Write, stdin, stdout};
use std::path::Path;

use clap::Subcommand;
use indicia::postal::mailmark_4state::Barcode;
use serde::Serialize;

use crate::args::Args;
use crate::failure::Failure;
use forms::{Encoded, LineError};
use lines::{Ended, read_line};

/// The longest line in bytes: no item takes a tenth of that, and a line without an end takes no more memory.
const LONGEST: usize = 4096;
const BUFFER: usize = 1 << 16;

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum EncodeCommand {
    /// USPS Intelligent Mail barcodes: their 65 bars.
    #[command(
        after_help = "A line is TRACKING,ROUTING: 20 digits, of which the second is 0 to 4, a comma, and 0, 5, 9 or 11 digits. \
        Spaces are errors, as in the post's own test set.\n\n\
        Example: echo 01234567094987654321,01234567891 | mintage encode imb"
    )]
    Imb,
    /// Royal Mail 4-state Mailmark C: its 66 bars.
    #[command(
        after_help = "A line is the barcode's 22 characters: format, version, class, 2 digits of supply chain, 8 of item, and 9 \
        places of postcode and delivery point. Spaces at the end may be missing.\n\n\
        Example: echo 21B2254800659JW5O9QA6Y | mintage encode mailmark-c"
    )]
    MailmarkC,
    /// Royal Mail 4-state Mailmark L: its 78 bars.
    #[command(
        after_help = "A line is the barcode's 26 characters: format, version, class, 6 digits of supply chain, 8 of item, and 9 \
        places of postcode and delivery point. Spaces at the end may be missing.\n\n\
        Example: echo 41038422416563762EF61AH8T | mintage encode mailmark-l"
    )]
    MailmarkL,
    /// Royal Mail 2D Mailmark: the text for its Data Matrix, and with --json its type and size.
    #[command(
        name = "mailmark-2d",
        after_help = "A line is the text from \"JGB \" on; spaces before the customer's own content may be \
        missing. The type is the smallest that has room: 7 (24x24), 29 (16x48) or 9 (32x32).\n\n\
        Example: echo 'JGB 012100123412345678AB19XY1A 0' | mintage encode mailmark-2d --json"
    )]
    Mailmark2d,
    /// Deutsche Post DV-Freimachung: the 42 bytes for its Data Matrix in hex, and with --json its Frankier-ID too.
    #[command(
        after_help = "A line is VERSION,CUSTOMER,CENTS,DATE,PRODUCT,ITEM,PARTICIPATION,LIST,ANNOUNCEMENT,DATA: decimal numbers, \
        the day of posting as YYYY-MM-DD, and up to 19 bytes of the customer's own in hex, or nothing.\n\n\
        Example: echo 49,5125149612,185,2016-06-03,148,156322,1,588,0,AA48616C6C6F | mintage encode dv"
    )]
    Dv,
    /// Deutsche Post Frankier-ID: its 20 hexadecimal digits.
    #[command(
        after_help = "A line is PARTICIPATION,CUSTOMER,LIST,ITEM: decimal numbers, the customer's with all its digits.\n\n\
        Example: echo 66,5071515100,9999,520931 | mintage encode frankier-id"
    )]
    FrankierId,
}

impl EncodeCommand {
    fn encode(self, line: &str) -> Result<Encoded, LineError> {
        match self {
            Self::Imb => forms::imb(line),
            Self::MailmarkC => forms::mailmark(Barcode::C, line),
            Self::MailmarkL => forms::mailmark(Barcode::L, line),
            Self::Mailmark2d => forms::mailmark_2d(line),
            Self::Dv => forms::dv(line),
            Self::FrankierId => forms::frankier_id(line),
        }
    }
}

/// What is said of a line in JSON.
#[derive(Debug, Serialize)]
struct Said {
    line: u64,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum What {
    Encoded(Encoded),
    Refused { error: String },
}

/// Reads standard input to its end. A line that is wrong is said to be, and the next one is read.
pub(crate) fn run(args: &Args, command: EncodeCommand) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(BUFFER, stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER, stdout().lock());
    let mut bytes = Vec::new();
    for line in 1.. {
        let ended = read_line(&mut input, &mut bytes, LONGEST, || output.flush());
        let encoded = match ended.map_err(Failure::io(Path::new("standard input")))? {
            Ended::Input => break,
            Ended::TooLong => Err(LineError::TooLong(LONGEST)),
            Ended::Line if bytes.is_empty() => Err(LineError::Empty),
            Ended::Line => text(&bytes).and_then(|line| command.encode(line)),
        };
        let what = match encoded {
            Ok(encoded) => What::Encoded(encoded),
            Err(error) => What::Refused { error: error.to_string() },
        };
        say(&mut output, &Said { line, what }, args.json)
            .map_err(Failure::io(Path::new("standard output")))?;
    }
    output.flush().map_err(Failure::io(Path::new("standard output")))
}

fn text(bytes: &[u8]) -> Result<&str, LineError> {
    std::str::from_utf8(bytes).map_err(|error| LineError::NotUtf8(error.valid_up_to() + 1))
}

fn say(output: &mut impl Write, said: &Said, as_json: bool) -> std::io::Result<()> {
    if as_json {
        serde_json::to_writer(&mut *output, said)?;
        return output.write_all(b"\n");
    }
    match &said.what {
        What::Encoded(encoded) => writeln!(output, "{encoded}"),
        What::Refused { error } => writeln!(output, "error: {error}"),
    }
}
