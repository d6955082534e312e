//! Pictures and pages, all of whose symbols are wanted, however long that takes.

use std::thread;

use crate::regions::{self, Region};
use crate::symbols::{self, Effort};
use crate::{Found, Grey};

/// Reads all symbols of a picture; if no region reads, the picture as a whole.
pub(crate) fn read_all(grey: &Grey, page: Option<usize>) -> Vec<Found> {
    let regions = regions::find(grey);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(regions.len().max(1));
    let share = regions.len().div_ceil(workers).max(1);
    let mut found: Vec<Found> = thread::scope(|scope| {
        let threads: Vec<_> = regions
            .chunks(share)
            .map(|regions| scope.spawn(move || read_regions(grey, regions, page)))
            .collect();
        // A reader that panics on a strange region has read nothing of its share.
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    if found.is_empty() {
        found.extend(symbols::read_one(grey, Effort::Hard, page));
    }
    found
}

fn read_regions(grey: &Grey, regions: &[Region], page: Option<usize>) -> Vec<Found> {
    regions
        .iter()
        .filter_map(|region| {
            let apart = symbols::crop(grey, *region);
            // Straight and clean, as printed by ourselves, or else however it lies.
            symbols::read_one(&apart, Effort::Pure, page)
                .or_else(|| symbols::read_one(&apart, Effort::Hard, page))
        })
        .collect()
}
