//! Stored segments of indicia.

use std::collections::HashMap;

use indicia::{Segment, SegmentError, SignaturePack};

/// Most indicia that are looked at: a batch of empty claims makes long receipts from few bytes.
const MOST: usize = 500;

/// The three ways of reading a segment agree, and what it holds is the same after it was packed again.
pub(crate) fn segment(bytes: &[u8]) -> bool {
    let segment = Segment::new(bytes);
    let mut indicia: Vec<(u64, Vec<u8>)> = Vec::new();
    let read = segment.each(|number, indicium| {
        if indicia.len() >= MOST {
            return Err(SegmentError::Damaged("enough".into()));
        }
        indicia.push((number, indicium));
        Ok(())
    });
    let mut first: HashMap<u64, &[u8]> = HashMap::new();
    for (number, indicium) in &indicia {
        first.entry(*number).or_insert(indicium);
    }
    for (number, indicium) in first {
        assert_eq!(segment.get(number).as_ref().map(Option::as_deref), Ok(Some(indicium)));
    }
    let mut claims = 0;
    let claims_read = segment.each_claims(|number, payload| {
        if let Some((same, indicium)) = indicia.get(claims) {
            assert_eq!(*same, number);
            assert!(indicium.windows(payload.len().max(1)).any(|part| part == payload) || payload.is_empty());
        }
        claims += 1;
        Ok::<_, SegmentError>(())
    });
    if read.is_ok() && claims_read.is_ok() {
        assert_eq!(claims, indicia.len());
    }
    for (number, indicium) in indicia.iter().take(3) {
        let mut entry = Vec::new();
        SignaturePack::encode_entry(indicium, &mut entry);
        let mut pack = SignaturePack::new(*number, 1);
        pack.push_encoded(&entry);
        assert_eq!(Segment::new(&pack.finish()).get(*number), Ok(Some(indicium.clone())));
    }
    read.is_ok() && !indicia.is_empty()
}
