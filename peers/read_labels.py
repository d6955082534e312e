"""An independent reader of labels and receipts: poppler draws pages, zxing-cpp reads symbols.

Usage: read_labels.py FILE [DPI ...]
A PDF is drawn at each resolution, a picture is taken as it is, and receipts (.escpos) are laid out as the printer would by a reader of the
commands that they may use. Prints a line for each: how many symbols there are, and their contents in hexadecimal digits, in order;
those of GS1 as they are written for people.
"""

import glob
import os
import subprocess
import sys
import tempfile

import zxingcpp
from PIL import Image

PDFTOPPM = os.environ.get("MINTAGE_PEER_PDFTOPPM", "pdftoppm")
FORMATS = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix]


def drawn(file, dpi):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([PDFTOPPM, "-r", dpi, "-gray", "-png", file, f"{folder}/p"], check=True)
        for page in sorted(glob.glob(f"{folder}/*.png")):
            yield Image.open(page).copy()


def receipts(stream):
    """The pictures of a stream of ESC @, GS v 0 and GS V 66, each cut from the next; nothing else is known."""
    rows, width = None, 0
    while stream:
        if stream[:2] == b"\x1b@":
            rows, stream = [], stream[2:]
        elif stream[:4] == b"\x1dv0\0":
            width, count = (int.from_bytes(stream[at : at + 2], "little") for at in (4, 6))
            assert len(stream) >= 8 + width * count and rows is not None, "a picture is cut short"
            rows += [stream[8 + width * row : 8 + width * (row + 1)] for row in range(count)]
            stream = stream[8 + width * count :]
        elif stream[:3] == b"\x1dVB":
            picture = Image.frombytes("1", (width * 8, len(rows)), bytes(255 - byte for row in rows for byte in row))
            # The roll is wider than what is printed, and longer.
            paper = Image.new("L", (picture.width + 80, picture.height + 80), 255)
            paper.paste(picture.convert("L"), (40, 40))
            yield paper
            rows, stream = None, stream[4:]
        else:
            sys.exit(f"an unknown command: {stream[:8]!r}")
    assert rows is None, "a receipt isn't cut"


def contents(pictures):
    found = [symbol for picture in pictures for symbol in zxingcpp.read_barcodes(picture, formats=FORMATS)]
    # Those of GS1 as people write them: so their identifiers were told apart.
    gs1 = zxingcpp.ContentType.GS1
    written = (symbol.text.encode() if symbol.content_type == gs1 else bytes(symbol.bytes) for symbol in found)
    return sorted(content.hex() for content in written)


def say(pictures):
    found = contents(pictures)
    print(len(found), *found)


file = sys.argv[1]
if file.endswith(".pdf"):
    for resolution in sys.argv[2:]:
        say(drawn(file, resolution))
elif file.endswith(".escpos"):
    with open(file, "rb") as bytes_:
        say(receipts(bytes_.read()))
else:
    say([Image.open(file)])
