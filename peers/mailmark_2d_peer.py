"""2D Mailmarks as PyPI's zint-bindings make them: `24x24`, or `refused: …`.

Reads a JSON array of type and text on each line: type 7, 9 or 29, or 0 for whichever is the smallest.
"""

import json
import sys

from zint import Symbol, Symbology

# zint counts from 1.
VERSIONS = {0: 0, 7: 8, 9: 10, 29: 30}


def answer(code_type, text):
    symbol = Symbol()
    symbol.symbology = Symbology.MAILMARK_2D
    symbol.option_2 = VERSIONS[code_type]
    try:
        symbol.encode(text)
    except Exception as error:  # whatever it is, it's a refusal
        return f"refused: {error}"
    return f"{symbol.rows}x{symbol.width}"


for line in sys.stdin.readlines():
    print(answer(*json.loads(line)))
