//! The rows of a CSV file as they stand there, to be shown to whoever wrote them.

use csv::{ReaderBuilder, StringRecord};

use crate::csv_file::Lines;
use crate::fault::shown;

/// Some rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvRows {
    /// The columns' names.
    pub header: Vec<String>,
    /// Rows, by the line on which each starts, as [`crate::Fault::row`] counts. Cells are as [`crate::Fault::value`] shows them.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// The rows of a CSV file that are wanted, at most so many, however faulty the file is.
#[must_use]
pub fn csv_rows(bytes: &[u8], mut wanted: impl FnMut(u64) -> bool, most: usize) -> CsvRows {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut reader = ReaderBuilder::new().has_headers(true).flexible(true).from_reader(text.as_bytes());
    let cells = |record: &StringRecord| record.iter().map(shown).collect();
    let header = reader.headers().map(cells).unwrap_or_default();
    let (mut lines, mut record, mut rows) = (Lines::new(&text), StringRecord::new(), Vec::new());
    while rows.len() < most && reader.read_record(&mut record).unwrap_or(false) {
        let number = lines.of(record.position().map_or(0, csv::Position::byte));
        if wanted(number) {
            rows.push((number, cells(&record)));
        }
    }
    CsvRows { header, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_faults_are() {
        let file = "\u{feff}kind,amount\r\nticket,1\r\n\r\n\"two\nlines\",2\nticket,x,more\n";
        let denomination = "EUR/2".parse().unwrap();
        let faults = crate::read_items(file.as_bytes(), crate::Format::Csv, denomination).unwrap_err();
        let faulty: Vec<u64> = faults.faults.iter().map(|fault| fault.row).collect();
        let rows = csv_rows(file.as_bytes(), |row| faulty.contains(&row), 10);
        assert_eq!(rows.header, ["kind", "amount"]);
        let (numbers, cells): (Vec<u64>, Vec<Vec<String>>) = rows.rows.into_iter().unzip();
        assert_eq!(numbers, [4, 6], "{faults}");
        assert_eq!(cells, [vec!["two\\u{a}lines", "2"], vec!["ticket", "x", "more"]]);
        assert_eq!(csv_rows(b"", |_| true, 1).rows, []);
        assert_eq!(
            csv_rows(format!("a\n{}", "b".repeat(99)).as_bytes(), |_| true, 1).rows[0].1[0].chars().count(),
            41
        );
    }
}
