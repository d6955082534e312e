//! Pictures and pages, all of whose symbols are wanted, however long that takes.

use std::thread;

use crate::regions::{self, Region};
use crate::symbols::{self, Effort};
use crate::{Found, Grey, developing, turning};

/// Reads all symbols of a picture; if there is none as it is, those of the first of its prints that has some.
pub(crate) fn read_bad(grey: &Grey) -> Vec<Found> {
    let found = read_all(grey, None);
    if !found.is_empty() {
        return found;
    }
    let mut read = developing::prints(grey).map(|print| read_print(&print));
    read.find(|found| !found.is_empty()).unwrap_or_default()
}

/// Reads all symbols of a picture; if no region reads, the picture as a whole.
pub(crate) fn read_all(grey: &Grey, page: Option<usize>) -> Vec<Found> {
    let found = shared(&regions::find(grey), |region| read_apart(&symbols::crop(grey, *region), page));
    if found.is_empty() { read_whole(grey, page) } else { found }
}

/// Reads all symbols of a print: also those that are wide, and turned upright those that aren't.
fn read_print(grey: &Grey) -> Vec<Found> {
    let found = shared(&regions::find_wide(grey), |region| {
        let upright = || turning::upright(grey, *region).and_then(|turned| read_apart(&turned, None));
        read_apart(&symbols::crop(grey, *region), None).or_else(upright)
    });
    if found.is_empty() { read_whole(grey, None) } else { found }
}

/// Reads regions on all cores. A reader that panics on a strange region has read nothing of its share.
fn shared(regions: &[Region], read: impl Fn(&Region) -> Option<Found> + Sync) -> Vec<Found> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(regions.len().max(1));
    let share = regions.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let read = |regions: &[Region]| regions.iter().filter_map(&read).collect::<Vec<Found>>();
        let threads: Vec<_> =
            regions.chunks(share).map(|regions| scope.spawn(move || read(regions))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

/// Straight and clean, as printed by ourselves, or else however it lies.
fn read_apart(apart: &Grey, page: Option<usize>) -> Option<Found> {
    symbols::read_one(apart, Effort::Pure, page).or_else(|| symbols::read_one(apart, Effort::Hard, page))
}

/// Reads a picture as a whole, again and again, each time without what was read, as long as something may be left.
fn read_whole(grey: &Grey, page: Option<usize>) -> Vec<Found> {
    let (mut rest, mut found) = (grey.clone(), Vec::new());
    let some = |rest: &Grey| symbols::read_anywhere(rest, Effort::Hard, page);
    while let Some((one, place)) =
        thread::scope(|scope| scope.spawn(|| some(&rest)).join().unwrap_or_default())
    {
        let is_again = found.contains(&one);
        if !is_again {
            found.push(one);
            rest.blank(place);
        }
        if is_again || regions::find_wide(&rest).is_empty() {
            break;
        }
    }
    found
}
