"""Does what the lines of standard input say, by the package in the folder that is named."""

import dataclasses
import datetime
import json
import sys

sys.path.insert(0, sys.argv[1])
from mintage_verify import Verifier, VerifierError  # noqa: E402


def content(word):
    return None if word == "-" else bytes.fromhex(word[1:])


def text(word):
    return None if word == "-" else content(word).decode()


def said(what):
    """Python has a field for everything; JSON leaves out what there is nothing to be said of."""
    if what is None:
        return {}
    return {name: value for name, value in dataclasses.asdict(what).items() if value is not None or name == "valid"}


def step(name, *words):
    global verifier
    if name == "open":
        verifier = Verifier(content(words[0]), root=text(words[1]))
    elif name == "status":
        verifier.add_status(content(words[0]))
    elif name == "about":
        return verifier.about()
    elif name == "verify":
        return verifier.verify(content(words[2]), text(words[1]), at=int(words[0]))
    else:
        at = datetime.datetime.fromtimestamp(int(words[0]), datetime.timezone.utc)
        return verifier.verify(text(words[2]), holder=text(words[1]), at=at)


for line in sys.stdin:
    try:
        print(json.dumps(said(step(*line.split()))))
    except VerifierError as error:
        print(json.dumps(str(error)))
