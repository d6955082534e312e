"""An independent verifier of indicia: PyPI's cwt for the signatures, hashlib for the trees.

Reads lines of JSON, each with "indicium" and "key", a COSE_Key, both in hex, and "trust": whether the key is the
"signer" or the "root", to which the certificates inside must lead. Prints a line for each: genuine, or refused and why.
It knows the standards and the layout of an indicium, not what Mintage refuses beyond them.
"""

import hashlib
import json
import sys

import cbor2
from cwt import COSE, COSEKey

KEY_TYPE, KEY_ID, KEY_ALGORITHM = 1, 2, 3  # of a COSE_Key, RFC 9052 §7.1
SUBJECT, CONFIRMATION, CONFIRMED_KEY = 2, 8, 1  # RFC 8392 §3.1, RFC 8747 §3.1
VDS, VDP, INCLUSION, RFC9162_SHA256 = 395, 396, -1, 1  # RFC 9942
CHAIN = -65537  # ours: the device's certificate and its issuer's
ALGORITHMS = {1: -8, 2: -7}  # an OKP key is for EdDSA, an EC2 key for ES256

cose = COSE.new()


def sha256(data):
    return hashlib.sha256(data).digest()


def verify(signed, key, detached=None):
    """The payload, if this key signed it. The key's id is its thumbprint (RFC 9679)."""
    key_id = sha256(cbor2.dumps(key, canonical=True))[:8]
    cose_key = COSEKey.new({**key, KEY_ID: key_id, KEY_ALGORITHM: ALGORITHMS[key[KEY_TYPE]]})
    return cose.decode(signed, cose_key, detached_payload=detached)


def certified(certificate, above, subject):
    """The key in a certificate that the key above signed."""
    claims = cbor2.loads(verify(cbor2.loads(certificate), above))
    if claims[SUBJECT] != subject:
        raise ValueError(f"a certificate for {claims[SUBJECT]}, not {subject}")
    return claims[CONFIRMATION][CONFIRMED_KEY]


def root(leaf, index, size, path):
    """The tree's root, by the recursive definition of RFC 9162 §2.1.1."""
    if size == 1:
        if index != 0 or path:
            raise ValueError("the path doesn't fit the tree")
        return sha256(b"\x00" + leaf)
    left = 1 << (size - 1).bit_length() - 1
    *below, sibling = path
    if index < left:
        return sha256(b"\x01" + root(leaf, index, left, below) + sibling)
    return sha256(b"\x01" + sibling + root(leaf, index - left, size - left, below))


def root_of_receipt(leaf, receipt):
    protected, unprotected = cbor2.loads(receipt.value[0]), receipt.value[1]
    if protected[VDS] != RFC9162_SHA256:
        raise ValueError("an unknown kind of tree")
    [proof] = unprotected[VDP][INCLUSION]
    size, index, path = cbor2.loads(proof)
    return root(leaf, index, size, path)


def check(indicium, key, trust):
    read, detached = cbor2.loads(indicium), None
    if isinstance(read, list):
        leaf, read = read
        detached = root_of_receipt(leaf, read)
    if trust == "root":
        device, issuer = read.value[1][CHAIN]
        key = certified(device, certified(issuer, key, "issuer"), "device")
    verify(read, key, detached)


for line in sys.stdin.read().splitlines():
    case = json.loads(line)
    indicium, key = bytes.fromhex(case["indicium"]), cbor2.loads(bytes.fromhex(case["key"]))
    try:
        check(indicium, key, case["trust"])
        print("genuine")
    except Exception as error:  # the library and the tampered bytes raise whatever they like
        print("refused:", type(error).__name__, str(error).partition("\n")[0])
