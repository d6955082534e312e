"""An independent writer of symbols: zxing-cpp.

Usage: write_symbol.py FORMAT HEX FILE.png
"""

import sys

import zxingcpp
from PIL import Image

kind, content, file = sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3]
symbol = zxingcpp.create_barcode(content, getattr(zxingcpp.BarcodeFormat, kind))
picture = symbol.to_image(scale=4, add_quiet_zones=True)
Image.fromarray(picture).save(file)
