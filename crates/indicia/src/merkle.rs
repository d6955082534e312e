//! Merkle trees of RFC 9162 §2.1 with SHA-256: one signature over the root vouches for every leaf.

use sha2::{Digest, Sha256};

/// A node or a leaf.
pub type Hash = [u8; 32];

/// The hash of a leaf's content.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry);
    hash.finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// A tree with all its levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// From the leaves up to the root; an odd last node goes up as it is, which is RFC 9162's shape.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Builds the tree over these entries.
    pub fn from_leaves<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::from_hashes(entries.into_iter().map(leaf_hash))
    }

    /// The same over entries of which only the hashes are known.
    pub fn from_hashes(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let mut levels = vec![leaves.into_iter().collect::<Vec<_>>()];
        while let Some(level) = levels.last()
            && level.len() > 1
        {
            let above = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => node_hash(left, right),
                    odd => odd[0],
                })
                .collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The root; of a tree without leaves the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let top = self.levels.last().and_then(|level| level.first());
        top.copied().unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> usize {
        self.levels[0].len()
    }

    /// The inclusion path of a leaf, from its sibling upwards; `None` beyond the last leaf.
    #[must_use]
    pub fn path(&self, index: usize) -> Option<Vec<Hash>> {
        if index >= self.size() {
            return None;
        }
        let below_root = &self.levels[..self.levels.len() - 1];
        let siblings =
            below_root.iter().enumerate().filter_map(|(height, level)| level.get((index >> height) ^ 1));
        Some(siblings.copied().collect())
    }
}

/// The root that an inclusion path leads to (RFC 9162 §2.1.3.2); `None` for a path that fits no such tree.
#[must_use]
pub fn root_of(entry: &[u8], index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    root_of_hash(leaf_hash(entry), index, size, path)
}

/// The same for an entry of which only the hash is known.
#[must_use]
pub fn root_of_hash(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut root = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            root = node_hash(sibling, &root);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

#[cfg(test)]
mod tests {
    use super::{Tree, root_of};

    /// Entries and roots of the certificate-transparency reference tests (RFC 6962, the same tree).
    #[test]
    fn known_roots() {
        let entries: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (count, root) in (1..).zip(roots) {
            assert_eq!(hex::encode(Tree::from_leaves(entries[..count].iter().copied()).root()), root);
        }
    }

    #[test]
    fn every_path_of_every_small_tree_leads_to_the_root_and_no_other_leaf_does() {
        let entries: Vec<Vec<u8>> = (0..70_u8).map(|value| vec![value; 3]).collect();
        for size in 1..entries.len() {
            let tree = Tree::from_leaves(entries[..size].iter().map(Vec::as_slice));
            for index in 0..size {
                let path = tree.path(index).expect("a leaf");
                let root = |entry: &[u8], index: usize| root_of(entry, index as u64, size as u64, &path);
                assert_eq!(root(&entries[index], index), Some(tree.root()));
                assert_ne!(root(&entries[size], index), Some(tree.root()));
                if size > 1 {
                    assert_ne!(root(&entries[index], (index + 1) % size), Some(tree.root()));
                }
            }
            assert_eq!(tree.path(size), None);
        }
    }
}
