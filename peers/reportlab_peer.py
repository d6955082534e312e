"""What somebody would write with ReportLab and zxing-cpp: the same sheets of labels, made as fast as these libraries allow.

Usage: reportlab_peer.py FOLDER OUT.pdf < labels
The folder has both fonts. The first line of the input is the layout as JSON, with the largest module in whole dots; each further line a label.
Prints the seconds that it took, without starting Python and without reading the labels.

Of the ways that ReportLab has to draw a picture, one bit a dot within the page's content is the fastest (an ImageReader takes a third longer), and
its own QR codes, drawn as rectangles, take a hundred times as long. zxing-cpp makes QR codes faster than any other package.
"""

import json
import sys
import time

import zxingcpp
from PIL import Image
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

MARGIN, GAP, QUIET = 2.0, 1.5, 4


def draw(page, layout, label, left, top):
    def text(font, size, baseline, line):
        page.setFont(font, size)
        page.drawString(text_left * mm, (height - baseline) * mm, line)

    height = layout["page"][1]
    code = zxingcpp.create_barcode(label["symbol"], zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = Image.fromarray(code.to_image(add_quiet_zones=False)).convert("1")
    outer = picture.width + 2 * QUIET
    available = min(layout["label"][1] - 2 * MARGIN, layout["label"][0] * 0.6)
    module = int(min(available / outer, 1.0) * layout["dots_per_mm"]) / layout["dots_per_mm"]
    side = picture.width * module
    y = top + (layout["label"][1] - side) / 2
    page.drawInlineImage(picture, (left + MARGIN + QUIET * module) * mm, (height - y - side) * mm, side * mm, side * mm)
    text_left = left + MARGIN + outer * module + GAP
    baseline = top + MARGIN + 1
    lines = [("bold", 8, label["title"]), ("bold", 13, label["amount"]), ("regular", 8, label["holder"])]
    for font, size, line in lines + [("regular", 6.5, line) for line in label["lines"] + [label["validity"]]]:
        baseline += size * 25.4 / 72 * 1.25
        text(font, size, baseline, line)
    text("regular", 6.5, top + layout["label"][1] - MARGIN - 1, label["serial"])


folder, out = sys.argv[1:]
layout, *labels = [json.loads(line) for line in sys.stdin]
began = time.perf_counter()
pdfmetrics.registerFont(TTFont("regular", f"{folder}/regular.ttf"))
pdfmetrics.registerFont(TTFont("bold", f"{folder}/bold.ttf"))
page = canvas.Canvas(out, pagesize=[side * mm for side in layout["page"]], pageCompression=1)
places = layout["columns"] * layout["rows"]
for number, label in enumerate(labels):
    row, column = divmod(number % places, layout["columns"])
    left = layout["origin"][0] + column * layout["pitch"][0]
    draw(page, layout, label, left, layout["origin"][1] + row * layout["pitch"][1])
    if number % places == places - 1:
        page.showPage()
page.save()
print(time.perf_counter() - began)
