"""An independent reader of bad pictures: zxing-cpp.

Usage: read_pictures.py FOLDER
Prints a line of JSON for each picture of the folder, in the order of their names: what its symbols hold, in hexadecimal digits.
Last a line with the seconds that reading took.
"""

import glob
import json
import sys
import time

import zxingcpp
from PIL import Image

FORMATS = [getattr(zxingcpp.BarcodeFormat, name) for name in ("QRCode", "DataMatrix", "Aztec", "PDF417")]

seconds = 0.0
for file in sorted(glob.glob(f"{sys.argv[1]}/*.png")):
    picture = Image.open(file)
    picture.load()
    began = time.perf_counter()
    found = zxingcpp.read_barcodes(picture, formats=FORMATS)
    seconds += time.perf_counter() - began
    print(json.dumps([bytes(one.bytes).hex() for one in found]))
print(json.dumps(seconds))
