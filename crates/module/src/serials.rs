//! Which of a device's indicia something is about: runs of serial numbers, each number once.

use std::fmt;
use std::ops::Range;

use indicia::Serial;
use minicbor::decode::Error;
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use thiserror::Error;

/// Serial numbers in ascending order, as the runs that they make. At least one number, at most [`Serials::MOST`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serials(Vec<Range<u64>>);

/// Why numbers are none that can be named together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SerialsError {
    /// None at all.
    #[error("it names no serial")]
    None,
    /// One of them twice.
    #[error("it names serial number {0} twice")]
    Twice(u64),
    /// Beyond what a serial can be.
    #[error("it names serial number {0}; they go up to {max}", max = Serial::MAX_NUMBER)]
    Number(u64),
    /// Too many, or in too many pieces.
    #[error(
        "it names more than {most} serials, or more than {runs} runs of them; take several orders",
        most = Serials::MOST,
        runs = Serials::MOST_RUNS
    )]
    TooMany,
    /// Not in the one form.
    #[error("its runs of serials aren't in their one form")]
    Form,
}

impl Serials {
    /// Most numbers: so many are read, checked and written in some hundredths of a second.
    pub const MOST: u64 = 10_000;
    /// Most runs: each may take a look at a thousand indicia.
    pub const MOST_RUNS: usize = 500;

    /// These numbers, which may come in any order.
    ///
    /// # Errors
    /// [`SerialsError`].
    pub fn new(numbers: impl IntoIterator<Item = u64>) -> Result<Self, SerialsError> {
        let most = usize::try_from(Self::MOST).unwrap_or(usize::MAX);
        let mut numbers: Vec<u64> = numbers.into_iter().take(most.saturating_add(1)).collect();
        numbers.sort_unstable();
        let mut runs: Vec<Range<u64>> = Vec::new();
        for number in numbers {
            if number > Serial::MAX_NUMBER {
                return Err(SerialsError::Number(number));
            }
            match runs.last_mut() {
                Some(last) if last.end == number => last.end += 1,
                Some(last) if last.end > number => return Err(SerialsError::Twice(number)),
                _ => runs.push(number..number + 1),
            }
        }
        Self::of(runs)
    }

    fn of(runs: Vec<Range<u64>>) -> Result<Self, SerialsError> {
        let mut next = None;
        let mut count: u64 = 0;
        for run in &runs {
            // Neighbouring runs would be one.
            if run.is_empty() || next.is_some_and(|next| run.start <= next) {
                return Err(SerialsError::Form);
            }
            if run.end - 1 > Serial::MAX_NUMBER {
                return Err(SerialsError::Number(run.end - 1));
            }
            // Each run ends below 10^12, so that no sum passes its bounds.
            count += run.end - run.start;
            next = Some(run.end);
        }
        if count == 0 {
            return Err(SerialsError::None);
        }
        if count > Self::MOST || runs.len() > Self::MOST_RUNS {
            return Err(SerialsError::TooMany);
        }
        Ok(Self(runs))
    }

    /// The runs, in order.
    #[must_use]
    pub fn runs(&self) -> &[Range<u64>] {
        &self.0
    }

    /// Every number, in order.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.0.iter().cloned().flatten()
    }

    /// How many numbers.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|run| run.end - run.start).sum()
    }

    /// Whether a number is one of them.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        let place = self.0.partition_point(|run| run.end <= number);
        self.0.get(place).is_some_and(|run| run.contains(&number))
    }

    /// The greatest number.
    pub(crate) fn last(&self) -> u64 {
        // There is one.
        self.0.last().map_or(0, |run| run.end - 1)
    }
}

/// `17` or `17–20, 25`.
impl fmt::Display for Serials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, run) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            match run.end - run.start {
                1 => write!(f, "{comma}{}", run.start)?,
                _ => write!(f, "{comma}{}–{}", run.start, run.end - 1)?,
            }
        }
        Ok(())
    }
}

/// An array of each run's first number and length.
impl<C> Encode<C> for Serials {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.array(self.0.len() as u64 * 2)?;
        for run in &self.0 {
            encoder.u64(run.start)?.u64(run.end - run.start)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Serials {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let wrong = |error: SerialsError| Error::message(error.to_string());
        let length =
            decoder.array()?.filter(|length| length % 2 == 0).ok_or_else(|| wrong(SerialsError::Form))?;
        if length > Self::MOST_RUNS as u64 * 2 {
            return Err(wrong(SerialsError::TooMany));
        }
        let mut runs = Vec::new();
        for _ in 0..length / 2 {
            let (first, count) = (decoder.u64()?, decoder.u64()?);
            let end = first.checked_add(count).ok_or_else(|| wrong(SerialsError::Number(first)))?;
            runs.push(first..end);
        }
        Self::of(runs).map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_make_runs_of_one_form() {
        let serials = Serials::new([7, 3, 1, 2, 9, 8]).expect("some numbers");
        assert_eq!(serials.runs(), [1..4, 7..10]);
        assert_eq!((serials.count(), serials.last(), serials.to_string()), (6, 9, "1–3, 7–9".into()));
        assert!(serials.numbers().eq([1, 2, 3, 7, 8, 9]));
        assert!((0..12).filter(|number| serials.contains(*number)).eq([1, 2, 3, 7, 8, 9]));
        let bytes = crate::wire::encode(&serials);
        assert_eq!(minicbor::decode::<Serials>(&bytes).expect("what was encoded"), serials);
    }

    #[test]
    fn what_is_no_set_of_serials_is_refused() {
        assert_eq!(Serials::new([]), Err(SerialsError::None));
        assert_eq!(Serials::new([5, 4, 5]), Err(SerialsError::Twice(5)));
        let beyond = Serial::MAX_NUMBER + 1;
        assert_eq!(Serials::new([beyond]), Err(SerialsError::Number(beyond)));
        assert!(Serials::new(1..=Serials::MOST).is_ok());
        assert_eq!(Serials::new(0..=Serials::MOST), Err(SerialsError::TooMany));
        assert_eq!(Serials::new((0..501).map(|number| number * 2)), Err(SerialsError::TooMany));
        for flat in [
            &[][..],
            &[5],
            &[5, 0],
            &[5, 2, 6, 1],
            &[5, 2, 7, 1],
            &[9, 1, 5, 1],
            &[u64::MAX, 2],
            &[1, 20_000],
        ] {
            let bytes = crate::wire::encode(&flat.to_vec());
            assert!(minicbor::decode::<Serials>(&bytes).is_err(), "{flat:?}");
        }
    }
}
