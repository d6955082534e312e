//! What a printer is asked.

use ipp::attribute::{IppAttribute, IppAttributeName};
use ipp::model::{DelimiterTag, IppVersion, Operation};
use ipp::prelude::{IppRequestResponse, IppValue};
use ipp::value::BoundedString;

use crate::address::Address;
use crate::job::JobId;

/// A request that is put together.
pub(crate) struct Request(IppRequestResponse);

impl Request {
    /// A request of version 2.0, which IPP Everywhere asks for, in English.
    pub(crate) fn new(operation: Operation, printer: &Address) -> Self {
        // The library would write `ipp` for every URI that it is given.
        let request = IppRequestResponse::new(IppVersion::v2_0(), operation, None);
        // It fails for URIs only.
        let request = Self(request.expect("a request without a URI"));
        request.with("printer-uri", IppValue::Uri(bounded(&printer.to_string())))
    }

    /// The same about a job.
    pub(crate) fn about(self, job: JobId) -> Self {
        self.with("job-id", IppValue::Integer(job.0))
    }

    /// By whom it is asked, as the printer shows it.
    pub(crate) fn by(self, user: &str) -> Self {
        self.with("requesting-user-name", name(user))
    }

    /// With an operation attribute.
    pub(crate) fn with(self, name: &'static str, value: IppValue) -> Self {
        self.add(DelimiterTag::OperationAttributes, name, value)
    }

    /// Asks for these attributes alone.
    pub(crate) fn wanting(self, names: &[&str]) -> Self {
        self.with("requested-attributes", IppValue::Array(names.iter().map(|name| keyword(name)).collect()))
    }

    /// With an attribute of the job that it makes.
    pub(crate) fn with_job(self, name: &'static str, value: IppValue) -> Self {
        self.add(DelimiterTag::JobAttributes, name, value)
    }

    fn add(mut self, group: DelimiterTag, name: &'static str, value: IppValue) -> Self {
        // Our own names, all of them short.
        let name = IppAttributeName::new(name).expect("a short name");
        self.0.attributes_mut().add(group, IppAttribute::new(name, value));
        self
    }

    /// As it is sent; the document comes behind it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }
}

pub(crate) fn keyword(text: &str) -> IppValue {
    IppValue::Keyword(bounded(text))
}

pub(crate) fn name(text: &str) -> IppValue {
    IppValue::NameWithoutLanguage(bounded(text))
}

pub(crate) fn mime(text: &str) -> IppValue {
    IppValue::MimeMediaType(bounded(text))
}

/// A text, cut to as many bytes as its kind may have.
fn bounded<const MOST: usize>(text: &str) -> BoundedString<MOST> {
    let cut = text.floor_char_boundary(MOST);
    BoundedString::new(&text[..cut]).expect("a text that was cut to its bound")
}
