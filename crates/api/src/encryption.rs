//! The certificate that a listener shows, and its key.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::listener::ListenError;

/// Certificate and key of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those that it was signed with, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// What was read last from the files, of what can be used.
pub struct Encryption {
    files: TlsFiles,
    acceptor: watch::Sender<TlsAcceptor>,
}

impl Encryption {
    /// Reads the files.
    ///
    /// # Errors
    /// [`ListenError::Tls`].
    pub fn read(files: TlsFiles) -> Result<Self, ListenError> {
        let acceptor = watch::Sender::new(acceptor(&files)?);
        Ok(Self { files, acceptor })
    }

    /// Reads them again, for connections that come from now on. What can't be used changes nothing: customers are served as
    /// before, and the log says why.
    pub async fn read_anew(&self) {
        let files = self.files.clone();
        match tokio::task::spawn_blocking(move || acceptor(&files)).await {
            Ok(Ok(acceptor)) => {
                self.acceptor.send_replace(acceptor);
                tracing::info!("certificate and key were read anew");
            }
            Ok(Err(error)) => tracing::error!(%error, "certificate and key stay as they were"),
            Err(error) => tracing::error!(%error, "certificate and key stay as they were"),
        }
    }

    /// For one more connection.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.borrow().clone()
    }
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ListenError> {
    let wrong = |path: &PathBuf, reason: String| ListenError::Tls { path: path.clone(), reason };
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect);
    let certificates = certificates.map_err(|error| wrong(&files.certificate, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let key = key.map_err(|error| wrong(&files.key, error.to_string()))?;
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| wrong(&files.certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
