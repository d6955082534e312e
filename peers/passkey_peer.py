"""An independent authenticator and browser in software: what they say is put together by Yubico's python-fido2.

Reads lines of JSON, each one use of a passkey: "algorithm", the private "key" and the "challenge" in hex, "origin" and "site",
the "flags" of the authenticator data and its "count", and whether "extensions" follow. With "create" it makes the passkey, without it signs.
Prints what a browser would hand over, in hex, as JSON.
"""

import json
import sys
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from fido2.cose import ES256, EdDSA
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

ID = b"a passkey of " + bytes(32)


def private_key(case):
    key = bytes.fromhex(case["key"])
    if case["algorithm"] == "es256":
        return ec.derive_private_key(int.from_bytes(key, "big"), ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.from_private_bytes(key)


def use(case):
    key = private_key(case)
    is_es256 = case["algorithm"] == "es256"
    kind = "webauthn.create" if case["create"] else "webauthn.get"
    client_data = CollectedClientData.create(kind, bytes.fromhex(case["challenge"]), case["origin"], **case["more"])
    site = sha256(case["site"].encode()).digest()
    extensions = {"credProps": True} if case["extensions"] else None
    flags = AuthenticatorData.FLAG(case["flags"])
    if case["create"]:
        public = (ES256 if is_es256 else EdDSA).from_cryptography_key(key.public_key())
        made = AttestedCredentialData.create(bytes(16), ID, public)
        data = AuthenticatorData.create(site, flags, case["count"], made, extensions)
        said = {"attestation": bytes(AttestationObject.create(case["format"], data, {})).hex()}
    else:
        data = AuthenticatorData.create(site, flags, case["count"], b"", extensions)
        signed = bytes(data) + client_data.hash
        signature = key.sign(signed, ec.ECDSA(hashes.SHA256())) if is_es256 else key.sign(signed)
        said = {"authenticator_data": bytes(data).hex(), "signature": signature.hex()}
    return {"id": ID.hex(), "client_data": bytes(client_data).hex()} | said


for line in sys.stdin.read().splitlines():
    print(json.dumps(use(json.loads(line))))
