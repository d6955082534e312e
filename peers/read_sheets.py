"""An independent reader of our sheets: poppler draws the pages, zxing-cpp reads the symbols, cwt checks the signatures.

Usage: read_sheets.py FILE.pdf KEY_ID PUBLIC_KEY_HEX
Prints how many symbols were read and how many of them verified; ends with 1 if a changed one verifies too.
"""

import glob
import subprocess
import sys
import tempfile

import zxingcpp
from cwt import COSE, COSEKey
from PIL import Image

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


def symbols(pdf):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "300", "-gray", "-png", pdf, f"{folder}/p"], check=True)
        for page in sorted(glob.glob(f"{folder}/*.png")):
            for found in zxingcpp.read_barcodes(Image.open(page)):
                is_text = found.text.startswith(PREFIX)
                yield base45(found.text[len(PREFIX) :]) if is_text else bytes(found.bytes)


def verifies(cose, key, indicium):
    try:
        cose.decode(indicium, key)
        return True
    except Exception:  # whatever the library says, it isn't a signed indicium
        return False


pdf, key_id, public = sys.argv[1], bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
key = COSEKey.new({1: 1, 2: key_id, 3: -8, -1: 6, -2: public})
cose = COSE.new()
read = set(symbols(pdf))
genuine = sum(verifies(cose, key, indicium) for indicium in read)
tampered = 0
for indicium in read:
    changed = bytearray(indicium)
    changed[len(changed) // 2] ^= 1
    tampered += verifies(cose, key, bytes(changed))
print(len(read), genuine, tampered)
sys.exit(1 if tampered else 0)
