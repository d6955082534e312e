"""An independent maker and reader of HTTP message signatures: PyPI's http-message-signatures.

Reads lines of JSON, each a POST request: "path", "query", "idempotency_key", "content" in hex, and of its signature the
"algorithm", the "key" (a shared secret or an Ed25519 seed, in hex), "key_id", "created" and "nonce". With "params" and
"signature" it says whether that is a signature over the request: genuine, or refused and why. Without them it signs, in
the order of "covered", and prints the two as JSON.
"""

import datetime
import json
import sys
from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

ALGORITHMS = {"hmac-sha256": algorithms.HMAC_SHA256, "ed25519": algorithms.ED25519}
LABEL = "sig1"


class Request:
    method = "POST"

    def __init__(self, case):
        query = "?" + case["query"] if case["query"] else ""
        self.url = "https://mintage.example" + case["path"] + query
        key = case["idempotency_key"].replace("\\", "\\\\").replace('"', '\\"')
        digest = b64encode(sha256(bytes.fromhex(case["content"])).digest()).decode()
        self.headers = {"Content-Digest": f"sha-256=:{digest}:", "Idempotency-Key": f'"{key}"'}


class Key(HTTPSignatureKeyResolver):
    def __init__(self, case):
        self.id, key = case["key_id"], bytes.fromhex(case["key"])
        is_shared = case["algorithm"] == "hmac-sha256"
        self.private = key if is_shared else Ed25519PrivateKey.from_private_bytes(key)
        self.public = key if is_shared else self.private.public_key()

    def resolve_private_key(self, key_id):
        return self.private

    def resolve_public_key(self, key_id):
        if key_id != self.id:
            raise ValueError(f"another key, {key_id}")
        return self.public


def sign(case):
    request = Request(case)
    signer = HTTPMessageSigner(signature_algorithm=ALGORITHMS[case["algorithm"]], key_resolver=Key(case))
    signer.sign(
        request,
        key_id=case["key_id"],
        created=datetime.datetime.fromtimestamp(case["created"], datetime.timezone.utc),
        nonce=case["nonce"],
        label=LABEL,
        covered_component_ids=case["covered"],
        use_existing_digest=True,
    )
    params = request.headers["Signature-Input"].removeprefix(LABEL + "=")
    signature = request.headers["Signature"].removeprefix(LABEL + "=").strip(":")
    return json.dumps({"params": params, "signature": b64decode(signature).hex()})


def verify(case):
    request = Request(case)
    signature = b64encode(bytes.fromhex(case["signature"])).decode()
    request.headers["Signature-Input"] = f"{LABEL}={case['params']}"
    request.headers["Signature"] = f"{LABEL}=:{signature}:"
    verifier = HTTPMessageVerifier(signature_algorithm=ALGORITHMS[case["algorithm"]], key_resolver=Key(case))
    try:
        [result] = verifier.verify(request, max_age=None, body=bytes.fromhex(case["content"]))
        if result.nonce != case["nonce"]:
            raise ValueError(f"another nonce, {result.nonce}")
    except Exception as error:
        return f"refused: {error}"
    return "genuine"


for line in sys.stdin.read().splitlines():
    case = json.loads(line)
    print(verify(case) if "signature" in case else sign(case))
