//! What stands in a printer's answer.

use std::collections::BTreeMap;

use ipp::attribute::IppAttributeGroup;
use ipp::model::DelimiterTag;
use ipp::prelude::{IppRequestResponse, IppValue};
use ipp::value::IppName;

/// A collection's members.
pub(crate) type Members = BTreeMap<IppName, IppValue>;

/// Attributes of a printer or a job. What isn't there, or is of another type than it should be, is nothing.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a>(Option<&'a IppAttributeGroup>);

impl<'a> Attributes<'a> {
    /// Those of the first group of a kind.
    pub(crate) fn first(answer: &'a IppRequestResponse, group: DelimiterTag) -> Self {
        Self(answer.attributes().first_of(group))
    }

    /// Those of each group of a kind.
    pub(crate) fn each(
        answer: &'a IppRequestResponse,
        group: DelimiterTag,
    ) -> impl Iterator<Item = Attributes<'a>> {
        answer.attributes().groups_of(group).map(|group| Self(Some(group)))
    }

    /// An attribute's values.
    pub(crate) fn values(&self, name: &str) -> &'a [IppValue] {
        match self.0.and_then(|group| group.get(name)).map(|attribute| attribute.value()) {
            Some(IppValue::Array(values)) => values,
            Some(value) => std::slice::from_ref(value),
            None => &[],
        }
    }

    /// An attribute's texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.values(name).iter().filter_map(text).map(str::to_owned).collect()
    }

    /// An attribute's text, unless it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let found = self.values(name).first().and_then(text)?;
        (!found.is_empty()).then(|| found.to_owned())
    }

    /// An attribute's number.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.values(name).first().and_then(number)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.values(name).first().and_then(IppValue::as_boolean).copied()
    }
}

pub(crate) fn text(value: &IppValue) -> Option<&str> {
    match value {
        IppValue::Keyword(text) => Some(text),
        IppValue::NameWithoutLanguage(text) | IppValue::NameWithLanguage { name: text, .. } => Some(text),
        IppValue::TextWithoutLanguage(text) | IppValue::TextWithLanguage { text, .. } => Some(text),
        IppValue::MimeMediaType(text) => Some(text),
        IppValue::Uri(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn number(value: &IppValue) -> Option<i32> {
    match value {
        IppValue::Integer(number) | IppValue::Enum(number) => Some(*number),
        _ => None,
    }
}
