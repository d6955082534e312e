"""An independent customer: batches as canonical JSON by Python's json, signed by its hmac.

Arguments: the server, the account, the file of its HMAC key. Asks for a few batches, and prints each answer on a line.
"""

import base64
import hashlib
import hmac
import json
import sys
import time
import urllib.request

server, account, secret = sys.argv[1], sys.argv[2], bytes.fromhex(open(sys.argv[3]).read().strip())


def sf_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def issue(document, idempotency_key):
    # RFC 8785, as far as a batch goes: there are no fractions in it, and its members' names are ASCII.
    content = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    path = f"/v1/accounts/{account}/batches"
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
    key_id = hashlib.sha256(b"hmac-sha256" + secret).hexdigest()[:16]
    params = (
        '("@method" "@path" "@query" "content-digest" "idempotency-key")'
        f';created={int(time.time())};keyid="{key_id}";nonce="{time.time_ns()}"'
    )
    base = (
        f'"@method": POST\n"@path": {path}\n"@query": ?\n"content-digest": {digest}\n'
        f'"idempotency-key": {sf_string(idempotency_key)}\n"@signature-params": {params}'
    )
    signature = base64.b64encode(hmac.new(secret, base.encode(), "sha256").digest()).decode()
    fields = {
        "Content-Type": "application/json",
        "Content-Digest": digest,
        "Idempotency-Key": sf_string(idempotency_key),
        "Signature-Input": f"sig={params}",
        "Signature": f"sig=:{signature}:",
    }
    with urllib.request.urlopen(urllib.request.Request(server + path, content, fields)) as answer:
        print(json.dumps(json.load(answer)))


def batch(items, proof="signature"):
    return {"denomination": "EUR/2", "items": items, "proof": proof}


issue(batch([{"template": "ticket", "amount": "1.00"}]), 'order "1"')

escaped = '"quoted" \\ / <&> \u00e9 e\u0301 \u2028 \u00a0 \uffff \U0001f39f \U0010ffff'
issue(
    batch(
        [
            {"template": "ticket", "amount": "0.01", "holder": escaped, "service": "\u65e5\u672c"},
            {"template": "postage", "amount": "0.02", "weight_g": 4294967295, "valid_from": "1970-01-01T00:00:00Z"},
            {"template": "coupon", "amount": "0.03", "reference": "\\u0041", "valid_until": "9999-12-30T00:00:00Z"},
        ],
        "batch",
    ),
    "escapes",
)

issue(batch([{"template": "voucher", "amount": f"1.{place % 2:02}"} for place in range(200)]), "many")
