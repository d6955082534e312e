//! How a batch is wanted: the query of its request, which its proof covers.

use thiserror::Error;

/// What to do when less value is unreserved than a batch asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInsufficient {
    /// Refuse it, and say by how much.
    #[default]
    Reject,
    /// Issue as many whole items as fit, in order.
    Partial,
    /// Wait until value becomes free, at most so many seconds.
    Wait(u64),
}

/// How a batch is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchOptions {
    /// What to do when not enough is unreserved.
    pub on_insufficient: OnInsufficient,
    /// Who waits goes in order of priority, highest first.
    pub priority: u8,
    /// Hold the reservation for so many seconds, until it is drawn, instead of issuing.
    pub hold_seconds: Option<u64>,
}

/// Why a query is no batch's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OptionsError {
    /// No such parameter.
    #[error("a batch has no parameter {0:?}; there are on_insufficient, wait, priority and hold")]
    Unknown(String),
    /// Twice the same.
    #[error("the parameter {0} comes twice")]
    Twice(&'static str),
    /// Not a value of it.
    #[error("{value:?} is no value of {parameter}, which is {expected}")]
    Value {
        /// Of which parameter.
        parameter: &'static str,
        /// What stands there.
        value: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// One needs the other.
    #[error("on_insufficient=wait and wait=SECONDS go together")]
    Wait,
}

impl BatchOptions {
    /// Reads a query: `on_insufficient=reject|partial|wait`, `wait=SECONDS`, `priority=0…255` and `hold=SECONDS`, each at
    /// most once.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub fn from_query(query: &str) -> Result<Self, OptionsError> {
        let (mut how, mut wait, mut priority, mut hold) = (None, None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "on_insufficient" => (&mut how, "on_insufficient"),
                "wait" => (&mut wait, "wait"),
                "priority" => (&mut priority, "priority"),
                "hold" => (&mut hold, "hold"),
                _ => return Err(OptionsError::Unknown(name.into_owned())),
            };
            if slot.0.replace(value.into_owned()).is_some() {
                return Err(OptionsError::Twice(slot.1));
            }
        }
        let wait = wait.map(|value| number("wait", "a number of seconds", value)).transpose()?;
        let on_insufficient = match (how.as_deref(), wait) {
            (None | Some("reject"), None) => OnInsufficient::Reject,
            (Some("partial"), None) => OnInsufficient::Partial,
            (Some("wait"), Some(seconds)) => OnInsufficient::Wait(seconds),
            (None | Some("reject" | "partial" | "wait"), _) => return Err(OptionsError::Wait),
            (Some(other), _) => {
                let value = other.to_owned();
                let (parameter, expected) = ("on_insufficient", "reject, partial or wait");
                return Err(OptionsError::Value { parameter, value, expected });
            }
        };
        Ok(Self {
            on_insufficient,
            priority: priority.map_or(Ok(0), |value| number("priority", "a number from 0 to 255", value))?,
            hold_seconds: hold.map(|value| number("hold", "a number of seconds", value)).transpose()?,
        })
    }

    /// The query that says this; empty where everything is as it is without one.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        match self.on_insufficient {
            OnInsufficient::Reject => {}
            OnInsufficient::Partial => drop(query.append_pair("on_insufficient", "partial")),
            OnInsufficient::Wait(seconds) => {
                query.append_pair("on_insufficient", "wait").append_pair("wait", &seconds.to_string());
            }
        }
        if self.priority > 0 {
            query.append_pair("priority", &self.priority.to_string());
        }
        if let Some(seconds) = self.hold_seconds {
            query.append_pair("hold", &seconds.to_string());
        }
        query.finish()
    }
}

fn number<T: std::str::FromStr + ToString>(
    parameter: &'static str,
    expected: &'static str,
    value: String,
) -> Result<T, OptionsError> {
    let number = value.parse().ok().filter(|number: &T| number.to_string() == value);
    number.ok_or(OptionsError::Value { parameter, value, expected })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn how() -> impl Strategy<Value = OnInsufficient> {
        prop_oneof![
            Just(OnInsufficient::Reject),
            Just(OnInsufficient::Partial),
            any::<u64>().prop_map(OnInsufficient::Wait),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(on_insufficient in how(), priority: u8, hold_seconds: Option<u64>) {
            let options = BatchOptions { on_insufficient, priority, hold_seconds };
            prop_assert_eq!(BatchOptions::from_query(&options.to_query()), Ok(options));
        }
    }

    #[test]
    fn anything_else_is_refused_for_what_it_is() {
        assert_eq!(BatchOptions::from_query(""), Ok(BatchOptions::default()));
        let wrong = |query: &str| BatchOptions::from_query(query).unwrap_err();
        assert_eq!(wrong("proof=batch"), OptionsError::Unknown("proof".into()));
        assert_eq!(wrong("priority=1&priority=1"), OptionsError::Twice("priority"));
        for query in ["wait=1", "on_insufficient=wait", "on_insufficient=partial&wait=1"] {
            assert_eq!(wrong(query), OptionsError::Wait, "{query}");
        }
        for query in ["priority=256", "priority=", "hold=-1", "hold=+1", "hold=01", "on_insufficient=all"] {
            assert!(matches!(wrong(query), OptionsError::Value { .. }), "{query}");
        }
    }
}
