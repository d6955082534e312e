"""An independent look at what PDF/A-2b (ISO 19005-2) asks of a PDF, as far as it concerns files like ours.

Usage: pdfa_peer.py FILE
Says each fault on a line of its own, and ends with 1 if there is any. What our files have no trace of (forms, annotations, actions,
attachments, layers) is a fault as such. pdf-oxide's own validator is asked too.
"""

import io
import sys

import pdf_oxide
import pikepdf
from PIL import Image, ImageCms

faults = []


def must(condition, fault):
    if not condition:
        faults.append(fault)


file = sys.argv[1]
with open(file, "rb") as opened:
    raw = opened.read()
pdf = pikepdf.open(file)
must(raw[:5] == b"%PDF-" and raw[8:10] == b"\n%" and all(byte > 127 for byte in raw[10:14]), "6.1.2: the header")
must(raw.endswith(b"%%EOF\n"), "6.1.3: something stands behind the end")
must("/Encrypt" not in pdf.trailer, "6.1.3: it is encrypted")
must(len(pdf.trailer.get("/ID", [])) == 2, "6.1.3: there is no identifier")

root = pdf.Root
for key in ("/AA", "/OpenAction", "/OCProperties", "/AcroForm", "/Names", "/NeedsRendering"):
    must(key not in root, f"the catalog has {key}")
with pdf.open_metadata() as metadata:
    must(metadata.get("pdfaid:part") == "2" and metadata.get("pdfaid:conformance") == "B", "6.6.4: the metadata")
must("/Filter" not in root.Metadata and root.Metadata.Type == "/Metadata", "6.6.2: the metadata's stream")

intents = [intent for intent in root.get("/OutputIntents", []) if intent.S == "/GTS_PDFA1"]
must(len(intents) == 1 and len(root.OutputIntents) == 1, "6.2.3: there isn't one output intent")
for intent in intents:
    must("/OutputConditionIdentifier" in intent, "6.2.3: the output condition has no name")
    profile = intent.DestOutputProfile.read_bytes()
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    must(opened.profile.xcolor_space.strip() == "RGB" and intent.DestOutputProfile.N == 3, "6.2.3: the profile")
    must(opened.profile.device_class in ("mntr", "prtr"), "6.2.3: the profile is of no screen or printer")
    must(int.from_bytes(profile[:4], "big") == len(profile), "6.2.3: the profile's length")
    must(profile[24:26] == (1999).to_bytes(2, "big"), "the profile says when the file was made, which nothing else in it does")
    # It says what it is said to be: a colour is the same in it and in the library's own sRGB.
    picture = Image.new("RGB", (1, 1), (200, 100, 50))
    same = ImageCms.profileToProfile(picture, opened, ImageCms.createProfile("sRGB")).getpixel((0, 0))
    must(all(abs(a - b) <= 1 for a, b in zip(same, (200, 100, 50))), f"the profile isn't sRGB: {same}")


def check_font(font):
    must(font.Subtype == "/Type0" and font.Encoding == "/Identity-H", "a font of another kind")
    (cid,) = font.DescendantFonts
    must(cid.CIDSystemInfo.Registry == "Adobe" and cid.CIDSystemInfo.Ordering == "Identity", "6.2.11.3.1")
    gids = cid.CIDToGIDMap.read_bytes()
    program = cid.FontDescriptor.FontFile2
    must(len(program.read_bytes()) == program.Length1, "6.2.11.4: the font program's length")
    must(len(font.ToUnicode.read_bytes()) > 0, "a font has no way back to Unicode")
    name = str(cid.FontDescriptor.FontName)
    must(name[7:8] == "+" and name[1:7].isupper() and str(cid.BaseFont) == name == str(font.BaseFont), "a subset's name")
    widths = iter(cid.get("/W", []))
    for first in widths:
        for place, width in enumerate(next(widths)):
            yield int(first) + place, float(width), int.from_bytes(gids[2 * (int(first) + place) :][:2], "big"), program


def advances(program):
    """Widths by glyph in thousandths, from the font program itself (hhea, hmtx, head)."""
    data = program.read_bytes()
    count = int.from_bytes(data[4:6], "big")
    tables = {}
    for at in range(12, 12 + 16 * count, 16):
        tables[data[at : at + 4]] = int.from_bytes(data[at + 8 : at + 12], "big")
    units = int.from_bytes(data[tables[b"head"] + 18 :][:2], "big")
    longs = int.from_bytes(data[tables[b"hhea"] + 34 :][:2], "big")
    hmtx = tables[b"hmtx"]
    return [int.from_bytes(data[hmtx + 4 * glyph :][:2], "big") * 1000 / units for glyph in range(longs)]


shown = {}
for page in pdf.pages:
    must("/Group" not in page.obj and "/Annots" not in page.obj and "/AA" not in page.obj, "a page has more than content")
    must("/ExtGState" not in page.Resources and "/ColorSpace" not in page.Resources, "a page has other resources")
    for image in page.Resources.get("/XObject", {}).values():
        must(image.Subtype == "/Image" and not image.get("/Interpolate", False), "6.2.8: an image is interpolated")
        must("/SMask" not in image and "/Alternates" not in image and "/OPI" not in image, "6.2.8: an image")
        must(image.get("/ImageMask", False) or image.ColorSpace in ("/DeviceRGB", "/DeviceGray"), "6.2.4: colours")
    name = None
    for operands, operator in pikepdf.parse_content_stream(page):
        operator = str(operator)
        must(operator in "BT ET Tf Td Tj q Q cm Do w m l S re f".split(), f"6.2.2: the operator {operator}")
        if operator == "Tf":
            name = str(operands[0])
        elif operator == "Tj":
            glyphs = bytes(operands[0])
            font = page.Resources.Font[name]
            cids = {int.from_bytes(glyphs[at : at + 2], "big") for at in range(0, len(glyphs), 2)}
            shown.setdefault(font.objgen, (font, set()))[1].update(cids)
for font, cids in shown.values():
    known = {cid: (width, gid, program) for cid, width, gid, program in check_font(font)}
    for cid in cids:
        must(cid in known and known[cid][1] != 0, f"6.2.11.8: the glyph {cid} isn't there")
    if known:
        program = next(iter(known.values()))[2]
        own = advances(program)
        for cid, (width, gid, _) in known.items():
            must(abs(own[min(gid, len(own) - 1)] - width) < 1, f"6.2.11.5: the glyph {cid} has another width")
must(shown, "there is no text")
verdict = pdf_oxide.PdfDocument(file).validate_pdf_a("2b")
faults += [f"pdf-oxide: {error}" for error in verdict["errors"]]
must(verdict["valid"], "pdf-oxide: it isn't valid")
for fault in sorted(set(faults)):
    print(fault)
sys.exit(1 if faults else 0)
