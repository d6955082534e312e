//! A printer, and what it can be asked.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::Duration;

use ipp::model::{DelimiterTag, Operation, StatusCode};
use ipp::prelude::{IppRequestResponse, IppValue};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, SendBody, Timeout};

use crate::about::{About, Resolution};
use crate::address::Address;
use crate::answer::Attributes;
use crate::error::PrinterError;
use crate::job::{Job, JobId};
use crate::media::Medium;
use crate::reasons;
use crate::request::{Request, keyword, mime, name};
use crate::wire;

/// The media type of PDF.
pub const PDF: &str = "application/pdf";
/// How long a printer has to be reached.
const CONNECT: Duration = Duration::from_secs(10);
/// How long it may be silent: it answers a document once it has all of it, and takes no more of it while it can't print.
const PATIENCE: Duration = Duration::from_secs(120);
/// Jobs of a printer's list at most.
const JOBS: i32 = 500;

/// A job that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    /// What it is called; by its name it is found again.
    pub name: &'a str,
    /// Who prints.
    pub user: &'a str,
    /// What it is printed on.
    pub medium: &'a Medium,
    /// The size of its pages in millimetres.
    pub page: (f64, f64),
    /// How finely it is printed, where that isn't the printer's to choose.
    pub resolution: Option<Resolution>,
}

/// A printer. Each question has a connection of its own.
#[derive(Debug, Clone)]
pub struct Printer {
    address: Address,
    agent: Agent,
}

impl Printer {
    /// A printer. Over `ipps:` it is known by a certificate that this machine's authorities signed; or by the one, or its
    /// authority's, that is given in PEM: most printers sign their own.
    ///
    /// # Errors
    /// [`PrinterError::Certificate`].
    pub fn new(address: Address, certificate: Option<&str>) -> Result<Self, PrinterError> {
        let known = match certificate {
            Some(pem) => given(&address, pem)?,
            None if address.is_secure() => {
                let known = rustls_native_certs::load_native_certs().certs;
                known.iter().map(|known| Certificate::from_der(known).to_owned()).collect()
            }
            None => Vec::new(),
        };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(known)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(PATIENCE))
            .timeout_per_write(Some(PATIENCE))
            .max_redirects(0)
            .max_idle_connections(0)
            .http_status_as_error(false)
            .build();
        Ok(Self { address, agent: agent.into() })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Asks what it is and how it is (Get-Printer-Attributes).
    ///
    /// # Errors
    /// [`PrinterError`].
    pub fn about(&self) -> Result<About, PrinterError> {
        let request = Request::new(Operation::GetPrinterAttributes, &self.address).wanting(&About::WANTED);
        let answer = self.ask(&request)?;
        let attributes = Attributes::first(&answer, DelimiterTag::PrinterAttributes);
        About::of(attributes).ok_or_else(|| self.no_printer("it doesn't tell its state"))
    }

    /// Asks why it stands as it does, in words for people; nothing if there is nothing to be said.
    ///
    /// # Errors
    /// [`PrinterError`].
    pub fn reasons(&self) -> Result<Vec<String>, PrinterError> {
        let request =
            Request::new(Operation::GetPrinterAttributes, &self.address).wanting(&["printer-state-reasons"]);
        let answer = self.ask(&request)?;
        let keywords =
            Attributes::first(&answer, DelimiterTag::PrinterAttributes).texts("printer-state-reasons");
        Ok(keywords
            .iter()
            .filter(|keyword| *keyword != "none")
            .map(|keyword| reasons::of_printer(keyword))
            .collect())
    }

    /// Whether it would take a PDF now, or why not.
    ///
    /// # Errors
    /// [`PrinterError::Unable`].
    pub fn check(&self, about: &About) -> Result<(), PrinterError> {
        if !about.is_accepting_jobs {
            return Err(self.unable("takes no jobs at the moment"));
        }
        if !about.can(Operation::CreateJob) || !about.can(Operation::SendDocument) {
            return Err(
                self.unable("can't make a job before it gets its document, as IPP Everywhere asks for")
            );
        }
        if !about.takes(PDF) {
            let formats = about.formats.join(", ");
            return Err(self
                .unable(&format!("doesn't take PDF, only {formats}; print with --out and another program")));
        }
        Ok(())
    }

    /// Makes a job, of which nothing is printed yet (Create-Job). What the printer can't do as it is asked for, it refuses.
    ///
    /// # Errors
    /// [`PrinterError`]; nothing is printed then, whichever it is.
    pub fn make(&self, about: &About, job: &NewJob<'_>) -> Result<JobId, PrinterError> {
        let (attribute, medium) = job.medium.ask(job.page);
        let mut request = Request::new(Operation::CreateJob, &self.address)
            .by(job.user)
            .with("job-name", name(job.name))
            .with("ipp-attribute-fidelity", IppValue::Boolean(true))
            .with_job(attribute, medium);
        for (attribute, value) in &about.plain {
            request = request.with_job(attribute, keyword(value));
        }
        if let Some(resolution) = job.resolution {
            request = request.with_job("printer-resolution", resolution.ask());
        }
        Ok(self.one_job(&self.ask(&request)?)?.id)
    }

    /// Gives a job its document, of so many bytes, which begins it (Send-Document).
    ///
    /// # Errors
    /// [`PrinterError`]. After [`PrinterError::Lost`] the job may be printed or not: [`Printer::job`] tells.
    pub fn send(
        &self,
        job: JobId,
        user: &str,
        document: impl Read + 'static,
        length: u64,
    ) -> Result<Job, PrinterError> {
        let request = Request::new(Operation::SendDocument, &self.address)
            .about(job)
            .by(user)
            .with("document-format", mime(PDF))
            .with("last-document", IppValue::Boolean(true));
        self.one_job(&self.ask_with(&request, document, length)?)
    }

    /// Asks where a job stands (Get-Job-Attributes); none if the printer knows no such job, any more. Some printers tell a job's name
    /// only to the user whose it is.
    ///
    /// # Errors
    /// [`PrinterError`].
    pub fn job(&self, job: JobId, user: &str) -> Result<Option<Job>, PrinterError> {
        let request = Request::new(Operation::GetJobAttributes, &self.address)
            .about(job)
            .by(user)
            .wanting(&Job::WANTED);
        let answer = self.post(&request, std::io::empty(), 0)?;
        match answer.header().status_code() {
            StatusCode::ClientErrorNotFound | StatusCode::ClientErrorGone => Ok(None),
            _ => Ok(Some(self.one_job(&self.agreed(answer)?)?)),
        }
    }

    /// Finds a user's job by its name among those that the printer still knows (Get-Jobs).
    ///
    /// # Errors
    /// [`PrinterError`].
    pub fn find(&self, is_name: impl Fn(&str) -> bool, user: &str) -> Result<Option<Job>, PrinterError> {
        for which in ["not-completed", "completed"] {
            let request = Request::new(Operation::GetJobs, &self.address)
                .by(user)
                .with("which-jobs", keyword(which))
                .with("limit", IppValue::Integer(JOBS))
                .wanting(&Job::WANTED);
            let answer = self.ask(&request)?;
            let mut jobs = Attributes::each(&answer, DelimiterTag::JobAttributes).filter_map(Job::of);
            if let Some(job) = jobs.find(|job| job.name.as_deref().is_some_and(&is_name)) {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    /// Asks that a job be canceled (Cancel-Job); what is on paper stays there.
    ///
    /// # Errors
    /// [`PrinterError`]; [`PrinterError::Refused`] also for one that is over.
    pub fn cancel(&self, job: JobId, user: &str) -> Result<(), PrinterError> {
        let request = Request::new(Operation::CancelJob, &self.address).about(job).by(user);
        self.ask(&request).map(|_| ())
    }

    fn one_job(&self, answer: &IppRequestResponse) -> Result<Job, PrinterError> {
        let attributes = Attributes::first(answer, DelimiterTag::JobAttributes);
        Job::of(attributes).ok_or_else(|| self.no_printer("it doesn't tell a job's number and state"))
    }

    fn ask(&self, request: &Request) -> Result<IppRequestResponse, PrinterError> {
        self.ask_with(request, std::io::empty(), 0)
    }

    fn ask_with(
        &self,
        request: &Request,
        document: impl Read + 'static,
        length: u64,
    ) -> Result<IppRequestResponse, PrinterError> {
        self.agreed(self.post(request, document, length)?)
    }

    /// The answer, unless it is a no.
    fn agreed(&self, answer: IppRequestResponse) -> Result<IppRequestResponse, PrinterError> {
        let status = answer.header().status_code();
        if status.is_success() {
            return Ok(answer);
        }
        let operation = Attributes::first(&answer, DelimiterTag::OperationAttributes);
        let mut reason = status.to_string().to_lowercase();
        if let Some(message) = operation.text("status-message") {
            reason = format!("{reason}: {message}");
        }
        let unsupported = answer.attributes().first_of(DelimiterTag::UnsupportedAttributes);
        let names = unsupported
            .iter()
            .flat_map(|group| group.attributes())
            .map(|attribute| attribute.name().as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        if !names.is_empty() {
            reason = format!("{reason} ({names})");
        }
        Err(PrinterError::Refused { printer: self.address.to_string(), reason })
    }

    /// Posts a request with the document behind it (RFC 8010, section 4).
    fn post(
        &self,
        request: &Request,
        document: impl Read + 'static,
        length: u64,
    ) -> Result<IppRequestResponse, PrinterError> {
        let head = request.to_bytes();
        let length = length.saturating_add(head.len() as u64);
        let body = SendBody::from_owned_reader(Cursor::new(head).chain(document));
        let posted = self
            .agent
            .post(self.address.url())
            .header("content-type", "application/ipp")
            .header("content-length", length.to_string())
            .send(body);
        let mut answer = posted.map_err(|error| self.failed(&error))?;
        match answer.status().as_u16() {
            200 => {}
            401 => {
                return Err(self.unable("wants a user's name and password, which printing here has none of"));
            }
            426 => return Err(self.unable("wants an encrypted connection; its URI then begins with ipps://")),
            status => return Err(self.no_printer(&format!("HTTP status {status}"))),
        }
        let read = answer.body_mut().with_config().limit(wire::MOST).read_to_vec();
        let bytes = read.map_err(|error| self.failed(&error))?;
        wire::read(bytes).map_err(|reason| self.no_printer(&reason))
    }

    /// What a failed exchange means: whether anything was sent.
    fn failed(&self, error: &ureq::Error) -> PrinterError {
        use std::io::ErrorKind;
        let (printer, reason) = (self.address.to_string(), error.to_string());
        let is_before = match error {
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
            ureq::Error::Timeout(at) => matches!(at, Timeout::Resolve | Timeout::Connect),
            ureq::Error::Io(error) => matches!(
                error.kind(),
                ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
            ),
            _ => false,
        };
        if is_untrusted(error) {
            PrinterError::Untrusted { printer, reason }
        } else if is_before {
            PrinterError::Unreachable { printer, reason }
        } else {
            PrinterError::Lost { printer, reason }
        }
    }

    fn no_printer(&self, reason: &str) -> PrinterError {
        PrinterError::NoPrinter { printer: self.address.to_string(), reason: reason.to_owned() }
    }

    fn unable(&self, reason: &str) -> PrinterError {
        PrinterError::Unable { printer: self.address.to_string(), reason: reason.to_owned() }
    }
}

/// Whether the handshake failed by the other side's certificate, before anything was sent.
fn is_untrusted(error: &ureq::Error) -> bool {
    let found = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    matches!(found, Some(rustls::Error::InvalidCertificate(_)))
}

/// The certificates in a text.
fn given(address: &Address, pem: &str) -> Result<Vec<Certificate<'static>>, PrinterError> {
    let wrong = |reason: String| PrinterError::Certificate { printer: address.to_string(), reason };
    let mut known = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        match item.map_err(|error| wrong(error.to_string()))? {
            PemItem::Certificate(certificate) => known.push(certificate),
            _ => return Err(wrong("it holds something else too".into())),
        }
    }
    if known.is_empty() { Err(wrong("it holds none".into())) } else { Ok(known) }
}
