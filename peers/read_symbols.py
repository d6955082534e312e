"""An independent reader of what we print: poppler draws pages, zxing-cpp reads symbols, cwt checks signatures.

Usage: read_symbols.py FILE KEY_ID PUBLIC_KEY_HEX, with a PDF or a picture
Prints how many different symbols were read, how many of them verified, and how many verify with a bit changed; says of
each that doesn't verify where it is and what. Ends with 1 if a changed one verifies.

Only QR codes and Data Matrix are looked for, which is what we print. Asked for every format, zxing-cpp also reports a
Codabar symbol on about every other file, four characters long and one pixel high: a scan line through our symbols that
happens to look like one, and Codabar has no check digit. A QR code or a Data Matrix has Reed-Solomon error correction,
so one that is read is there, and if it isn't an indicium of ours then something is wrong.
"""

import glob
import os
import subprocess
import sys
import tempfile

import zxingcpp
from cwt import COSE, COSEKey
from PIL import Image

PDFTOPPM = os.environ.get("MINTAGE_PEER_PDFTOPPM", "pdftoppm")
FORMATS = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix]
PREFIX = "VBI:"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(text):
    """RFC 9285."""
    out = bytearray()
    for start in range(0, len(text), 3):
        digits = [ALPHABET.index(letter) for letter in text[start : start + 3]]
        value = sum(digit * 45**place for place, digit in enumerate(digits))
        out += value.to_bytes(2 if len(digits) == 3 else 1, "big")
    return bytes(out)


def pages(file, folder):
    if not file.endswith(".pdf"):
        return [file]
    subprocess.run([PDFTOPPM, "-r", "300", "-gray", "-png", file, f"{folder}/p"], check=True)
    return sorted(glob.glob(f"{folder}/*.png"))


def symbols(file):
    """What each symbol holds, and where it is."""
    with tempfile.TemporaryDirectory() as folder:
        for number, page in enumerate(pages(file, folder), 1):
            for found in zxingcpp.read_barcodes(Image.open(page), formats=FORMATS):
                is_text = found.text.startswith(PREFIX)
                content = base45(found.text[len(PREFIX) :]) if is_text else bytes(found.bytes)
                yield content, f"{found.format} on page {number} at {found.position}"


def verifies(cose, key, indicium):
    try:
        cose.decode(indicium, key)
        return True
    except Exception:  # whatever the library says, it isn't a signed indicium
        return False


file, key_id, public = sys.argv[1], bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
key = COSEKey.new({1: 1, 2: key_id, 3: -8, -1: 6, -2: public})
cose = COSE.new()
places = dict(symbols(file))
genuine, tampered = 0, 0
for content, place in places.items():
    if verifies(cose, key, content):
        genuine += 1
    else:
        print(f"not genuine: {place}: {content.hex()}", file=sys.stderr)
    changed = bytearray(content)
    changed[len(changed) // 2] ^= 1
    tampered += verifies(cose, key, bytes(changed))
print(len(places), genuine, tampered)
sys.exit(1 if tampered else 0)
