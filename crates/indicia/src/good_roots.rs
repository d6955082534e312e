//! Roots of batches whose signature was found good, so that it is checked once for a whole session.

use std::collections::{HashMap, VecDeque};

use crate::algorithm::PublicKey;
use crate::merkle::Hash;
use crate::sign1::{Sign1, SignError};

/// A memory of the last roots whose signature verified, for [`crate::verify_many`].
///
/// It never changes an answer: a receipt is taken from memory only when signature, signed header, root and key are those
/// that verified. What didn't verify isn't remembered, so that only somebody with a key can push others out.
#[derive(Debug, Clone, Default)]
pub struct GoodRoots {
    by_signature: HashMap<[u8; 64], GoodRoot>,
    /// Signatures, the oldest first.
    order: VecDeque<[u8; 64]>,
}

/// What a signature was found to be for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GoodRoot {
    key: PublicKey,
    protected: Vec<u8>,
    root: Hash,
}

impl GoodRoots {
    /// How many are remembered at most; each takes about 400 bytes.
    pub const CAPACITY: usize = 256;

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_signature.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_signature.is_empty()
    }

    /// Verifies a receipt's signature over a root, unless just that was done before.
    pub(crate) fn verify(
        &mut self,
        receipt: &Sign1<'_>,
        root: &Hash,
        key: &PublicKey,
    ) -> Result<(), SignError> {
        let known = self.by_signature.get(receipt.signature());
        if known.is_some_and(|known| {
            known.root == *root && known.protected == receipt.protected() && known.key == *key
        }) {
            return Ok(());
        }
        receipt.verify_detached(root, key)?;
        self.remember(
            *receipt.signature(),
            GoodRoot { key: key.clone(), protected: receipt.protected().to_vec(), root: *root },
        );
        Ok(())
    }

    fn remember(&mut self, signature: [u8; 64], good: GoodRoot) {
        if self.by_signature.insert(signature, good).is_some() {
            return; // its place in the order is kept
        }
        self.order.push_back(signature);
        if self.order.len() > Self::CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_signature.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::GoodRoots;
    use crate::algorithm::{KeyError, PublicKey};
    use crate::merkle::Hash;
    use crate::sign1::{Inclusion, Sign1, SignError, SignerHeader};

    const WRONG: Result<(), SignError> = Err(SignError::Signature(KeyError::Signature));

    fn signer(seed: u8) -> (SigningKey, PublicKey) {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = PublicKey::ed25519(key.verifying_key().as_bytes()).expect("a key");
        (key, public)
    }

    /// A receipt that says it was signed by this key, for a tree of so many leaves.
    fn receipt(named: &PublicKey, size: u64, signature: [u8; 64]) -> Vec<u8> {
        let header = SignerHeader::receipt_of_tree(named.algorithm(), named.key_id(), size);
        let mut bytes = Vec::new();
        let place = Inclusion { size, index: 0, path: vec![[0; 32]] };
        header.assemble_receipt(&place, &signature, None, &mut bytes);
        bytes
    }

    fn sign(key: &SigningKey, named: &PublicKey, size: u64, root: &Hash) -> [u8; 64] {
        let mut message = Vec::new();
        SignerHeader::receipt_of_tree(named.algorithm(), named.key_id(), size)
            .to_be_signed(root, &mut message);
        key.sign(&message).to_bytes()
    }

    fn answer(roots: &mut GoodRoots, bytes: &[u8], root: &Hash, key: &PublicKey) -> Result<(), SignError> {
        roots.verify(&Sign1::decode(bytes).expect("a receipt"), root, key)
    }

    #[test]
    fn a_good_root_counts_under_its_own_key_with_its_own_header_and_signature_alone() {
        let ((key, public), (_, other)) = (signer(1), signer(2));
        let mut roots = GoodRoots::default();
        let root = [7; 32];
        let signature = sign(&key, &public, 2, &root);
        let good = receipt(&public, 2, signature);
        for _ in 0..2 {
            assert_eq!(answer(&mut roots, &good, &root, &public), Ok(()));
        }
        assert_eq!(answer(&mut roots, &good, &[8; 32], &public), WRONG, "another root");
        assert_eq!(answer(&mut roots, &good, &root, &other), WRONG, "another key");
        let longer = receipt(&public, 3, signature);
        assert_eq!(answer(&mut roots, &longer, &root, &public), WRONG, "another header");
        let mut bent = signature;
        bent[63] ^= 1;
        assert_eq!(
            answer(&mut roots, &receipt(&public, 2, bent), &root, &public),
            WRONG,
            "another signature"
        );
        assert_eq!(roots.len(), 1, "what is wrong isn't remembered");
        assert_eq!(answer(&mut roots, &good, &root, &public), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded_and_what_was_forgotten_is_checked_again() {
        let (key, public) = signer(1);
        let mut roots = GoodRoots::default();
        let root = |number: u64| {
            let mut root = [0; 32];
            root[..8].copy_from_slice(&number.to_be_bytes());
            root
        };
        let made: Vec<_> = (0..GoodRoots::CAPACITY as u64 + 3)
            .map(|number| (root(number), receipt(&public, 2, sign(&key, &public, 2, &root(number)))))
            .collect();
        for round in 0..2 {
            for (root, bytes) in &made {
                assert_eq!(answer(&mut roots, bytes, root, &public), Ok(()), "round {round}");
                assert!(roots.len() <= GoodRoots::CAPACITY && roots.order.len() == roots.len());
            }
        }
        assert_eq!(answer(&mut roots, &made[0].1, &made[1].0, &public), WRONG);
    }
}
