//! The keystore: the master key, wrapped; and under it the issuer's keys.

mod contents;
mod person;
#[cfg(feature = "pkcs11")]
mod token;
mod wrapping;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use indicia::{
    BundleClaims, CertificateClaims, DeviceId, PublicKey, RevokedKeys, StatusClaims, Subject, UnixTime,
};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::paper;
use crate::protocol::{NewModule, Secret};
use crate::sealing::{MasterKey, Purpose};
use crate::signing::{KeyFault, SigningKey};
use contents::Contents;
pub use person::PersonKey;
use wrapping::Wrapping;

const NAME: &str = "keystore";
/// Version 1 knew one provider and no officers.
const VERSION: u8 = 2;
/// How long an issuer certificate lasts: ten years.
const ISSUER_SECONDS: u64 = 3_653 * 86_400;

/// Why a keystore can't be made or opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// Not there.
    #[error("there is no keystore at {}; make one with `mintage init`", .0.display())]
    Missing(PathBuf),
    /// There already.
    #[error("there is a keystore at {} already", .0.display())]
    Exists(PathBuf),
    /// Of a newer program.
    #[error("the keystore has version {0}; this program knows up to {VERSION}")]
    NewerVersion(u8),
    /// Of a program that knew no roles.
    #[error(
        "the keystore has version {0}, which knew no officers; make a new data folder with `mintage init`"
    )]
    OlderVersion(u8),
    /// Not readable.
    #[error("the keystore is damaged ({0})")]
    Damaged(String),
    /// The wrapped key doesn't open.
    #[error("the passphrase is wrong, or the keystore was changed")]
    WrongSecret,
    /// The token's PIN.
    #[error("the token's PIN is wrong")]
    WrongPin,
    /// Unlocked by another sort of secret than it was made with.
    #[error("the keystore is unlocked by {0}")]
    OtherSecret(&'static str),
    /// The passphrase is too short.
    #[error("a passphrase has at least {least} characters, this one has {found}")]
    ShortPassphrase {
        /// Characters found.
        found: usize,
        /// Characters needed.
        least: usize,
    },
    /// The issuer's name can't be used.
    #[error("an issuer's name has 1 to 40 bytes and no control characters")]
    IssuerName,
    /// The token.
    #[error("the PKCS#11 token: {0}")]
    Token(String),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Reading or writing failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// The file.
#[derive(Encode, Decode)]
struct Stored {
    #[n(0)]
    version: u8,
    #[n(1)]
    wrapping: Wrapping,
    #[n(2)]
    wrapped: ByteVec,
    #[n(3)]
    contents: ByteVec,
}

/// An open keystore.
#[derive(Debug)]
pub struct Keystore {
    master: MasterKey,
    contents: Contents,
    root: SigningKey,
    issuer: SigningKey,
}

impl Keystore {
    /// Makes a keystore in a folder: master key, root and issuer keys are made here and never leave in clear.
    ///
    /// # Errors
    /// [`KeystoreError`].
    pub fn create(folder: &Path, unlock: &Secret, new: &NewModule) -> Result<Self, KeystoreError> {
        let path = folder.join(NAME);
        if path.exists() {
            return Err(KeystoreError::Exists(path));
        }
        if new.issuer.is_empty() || new.issuer.len() > 40 || new.issuer.chars().any(char::is_control) {
            return Err(KeystoreError::IssuerName);
        }
        let master = MasterKey::generate().map_err(|_| KeyFault::NoRandomness)?;
        let mut contents = Contents::generate(new)?;
        let (root, issuer) = (contents.root()?, contents.issuer_key()?);
        let certificate = CertificateClaims {
            issuer: new.issuer.clone(),
            subject: Subject::Issuer,
            key: issuer.public(),
            not_before: UnixTime(new.at),
            expires: UnixTime(new.at.saturating_add(ISSUER_SECONDS)),
        };
        contents.set_issuer_certificate(paper::sign(&certificate.encode(), &root));

        let (wrapping, wrapped) = wrapping::wrap(&master, unlock)?;
        let sealed = master.derive(Purpose::Keystore).seal([0; 12], &[VERSION], &contents.encode());
        let stored = Stored { version: VERSION, wrapping, wrapped: wrapped.into(), contents: sealed.into() };
        write_new(&path, &crate::wire::encode(&stored))?;
        Ok(Self { master, contents, root, issuer })
    }

    /// Opens the keystore of a folder.
    ///
    /// # Errors
    /// [`KeystoreError`].
    pub fn open(folder: &Path, unlock: &Secret) -> Result<Self, KeystoreError> {
        let path = folder.join(NAME);
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => KeystoreError::Missing(path.clone()),
            _ => KeystoreError::Io { path: path.clone(), error },
        })?;
        let damaged = |error: minicbor::decode::Error| KeystoreError::Damaged(error.to_string());
        let mut decoder = minicbor::Decoder::new(&bytes);
        decoder.array().map_err(damaged)?;
        let version = decoder.u8().map_err(damaged)?;
        match version {
            VERSION => {}
            0..VERSION => return Err(KeystoreError::OlderVersion(version)),
            _ => return Err(KeystoreError::NewerVersion(version)),
        }
        let stored: Stored = minicbor::decode(&bytes).map_err(damaged)?;
        let master = wrapping::unwrap(&stored.wrapping, &stored.wrapped, unlock)?;
        let plain = master.derive(Purpose::Keystore).open([0; 12], &[VERSION], &stored.contents);
        let plain = plain.map_err(|_| KeystoreError::Damaged("its contents were changed".into()))?;
        let contents = Contents::decode(&plain)?;
        let (root, issuer) = (contents.root()?, contents.issuer_key()?);
        Ok(Self { master, contents, root, issuer })
    }

    /// The master key.
    #[must_use]
    pub fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The module's id.
    #[must_use]
    pub fn module_id(&self) -> [u8; 16] {
        self.contents.module_id()
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.contents.issuer()
    }

    /// The root's public key.
    #[must_use]
    pub fn root(&self) -> PublicKey {
        self.root.public()
    }

    /// Certificate of the issuer key, signed by the root.
    #[must_use]
    pub fn issuer_certificate(&self) -> &[u8] {
        self.contents.issuer_certificate()
    }

    /// Whether the issuer key may certify a key for this long: only while its own certificate holds.
    #[must_use]
    pub fn may_certify(&self, from: UnixTime, until: UnixTime) -> bool {
        let created = self.contents.created();
        created <= from.0 && from < until && until.0 <= created.saturating_add(ISSUER_SECONDS)
    }

    /// Certifies a device's key with the issuer key.
    #[must_use]
    pub fn certify_device(&self, id: DeviceId, key: &PublicKey, from: UnixTime, until: UnixTime) -> Vec<u8> {
        let claims = CertificateClaims {
            issuer: self.issuer().to_owned(),
            subject: Subject::Device(id),
            key: key.clone(),
            not_before: from,
            expires: until,
        };
        paper::sign(&claims.encode(), &self.issuer)
    }

    /// Signs a trust bundle with the root.
    #[must_use]
    pub fn sign_bundle(
        &self,
        devices: &[Vec<u8>],
        revoked: &RevokedKeys,
        at: UnixTime,
        expires: UnixTime,
    ) -> Vec<u8> {
        let devices: Vec<&[u8]> = devices.iter().map(Vec::as_slice).collect();
        let claims = BundleClaims {
            issuer: self.issuer(),
            issued_at: at,
            expires,
            root: &self.root.public(),
            issuers: &[self.issuer_certificate()],
            devices: &devices,
            revoked,
        };
        paper::sign(&claims.encode(), &self.root)
    }

    /// Signs a status snapshot with the root.
    #[must_use]
    pub fn sign_status(&self, claims: &StatusClaims) -> Vec<u8> {
        paper::sign(&claims.encode(), &self.root)
    }
}

/// Writes a file whole, for its owner only, and waits until it and its name are on the disk.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeystoreError> {
    let written = (|| {
        let temporary = path.with_extension("new");
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    })();
    written.map_err(|error| KeystoreError::Io { path: path.to_owned(), error })
}
