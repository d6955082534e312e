"""An independent device and reader of presentations: PyPI's cwt for COSE, by RFC 9052, RFC 9597 and docs/passes.md alone.

Reads lines of JSON, all values but "at" in hex. With "seed", a device's private key, "indicium" and "at" it presents the indicium
at that time, and prints the presentation. With "key", a device's public key, and "presentation" it prints the time and the
indicium, or refused and why.
"""

import json
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey

ALGORITHM, EDDSA = 1, -8  # RFC 9053
CWT_CLAIMS, ISSUED_AT = 15, 6  # RFC 9597, RFC 8392
KEY_TYPE, OKP, KEY_ALGORITHM, CURVE, ED25519, X, D = 1, 1, 3, -1, 6, -2, -4
BESIDE = b"mintage-presentation"

cose = COSE.new()


def key(parts):
    return COSEKey.new({KEY_TYPE: OKP, KEY_ALGORITHM: EDDSA, CURVE: ED25519, **parts})


def make(case):
    seed = bytes.fromhex(case["seed"])
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    header = {ALGORITHM: EDDSA, CWT_CLAIMS: {ISSUED_AT: case["at"]}}
    signed = cose.encode(bytes.fromhex(case["indicium"]), key({X: public, D: seed}), header, {}, external_aad=BESIDE)
    return signed.hex()


def read(case):
    public = key({X: bytes.fromhex(case["key"])})
    presentation = bytes.fromhex(case["presentation"])
    protected, _, indicium = cose.decode_with_headers(presentation, public, external_aad=BESIDE)
    return f"{protected[CWT_CLAIMS][ISSUED_AT]} {indicium.hex()}"


for line in sys.stdin.read().splitlines():
    case = json.loads(line)
    try:
        print(make(case) if "seed" in case else read(case))
    except Exception as error:  # the library and the tampered bytes raise whatever they like
        print("refused:", type(error).__name__, str(error).partition("\n")[0])
