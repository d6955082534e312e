"""Whether tickets, stamps and vouchers of Mintage are genuine, without a network.

    with Verifier(bundle, root="0123456789abcdef") as verifier:
        verdict = verifier.verify("VBI:…")
"""

from __future__ import annotations

import ctypes
import json
import threading
import time
import weakref
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Optional, Union

__all__ = ["About", "Verdict", "Verifier", "VerifierError"]

_bytes = (ctypes.c_char_p, ctypes.c_size_t)
_answer = (ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t))
_library = ctypes.CDLL(str(Path(__file__).with_name("libmintage_verify.so")))
_library.mintage_open.argtypes = (*_bytes, *_bytes, *_answer)
_library.mintage_add_status.argtypes = (ctypes.c_int32, *_bytes, *_answer)
_library.mintage_verify.argtypes = (ctypes.c_int32, *_bytes, *_bytes, ctypes.c_uint64, *_answer)
_library.mintage_about.argtypes = (ctypes.c_int32, *_answer)
_library.mintage_close.argtypes = (ctypes.c_int32,)
for _name in ("open", "add_status", "verify", "about", "close"):
    getattr(_library, f"mintage_{_name}").restype = ctypes.c_int32

_MOST = 2**64 - 1


class VerifierError(ValueError):
    """A trust bundle or status snapshot can't be used, or a verifier is closed. Its text says why."""


@dataclass(frozen=True)
class Verdict:
    """What was found of one code. What an indicium says is said only of a genuine one; times are as in 2027-01-15T08:00:00Z."""

    valid: Optional[bool]
    """Whether it is to be taken: genuine, not used up or void as far as the snapshot knows, made out to the holder if one was
    named. `None` if that can't be told."""
    verdict: str
    """genuine, not genuine, or can't tell; of a genuine one that lets nobody in at this time, too early to enter, or too late to
    enter; of one that is tied to its holder's device, and isn't as that shows it now, not live."""
    bundle_made: str
    """When the trust bundle was made."""
    has_holder: bool
    """Whether it is made out to somebody."""
    reason: Optional[str] = None
    """Why it isn't to be taken, or why that can't be told."""
    status: Optional[str] = None
    """What the snapshot says: live, redeemed in part, redeemed, void; unknown if it is the older one."""
    status_as_of: Optional[str] = None
    """Of when that is."""
    serial: Optional[str] = None
    kind: Optional[str] = None
    amount: Optional[str] = None
    issued_at: Optional[str] = None
    expires: Optional[str] = None
    """From when on it is valid no more."""
    holder: Optional[str] = None
    """Whether it is made out to the holder that was named: matches, differs, made out to nobody."""
    uses: Optional[int] = None
    """For how many uses it is, if for several; how many are left only the books know."""
    uses_left: Optional[int] = None
    event: Optional[str] = None
    seat: Optional[str] = None
    entrance: Optional[str] = None
    enter_from: Optional[str] = None
    """It lets nobody in before this."""
    enter_until: Optional[str] = None
    """It lets nobody in from this on."""
    mailed: Optional[str] = None
    """The day of mailing, as in 2027-01-15."""
    origin: Optional[str] = None
    destination: Optional[str] = None
    reentry: Optional[bool] = None
    """True if whoever leaves may come in again."""
    barcode: Optional[str] = None
    """The barcode of its trade's own that belongs beside it: digits of an Intelligent Mail barcode, or a GS1 element string."""
    holder_key: Optional[str] = None
    """The Ed25519 key of its holder's device, which alone can show it, in hexadecimal digits."""


@dataclass(frozen=True)
class About:
    """What a verifier goes by."""

    issuer: str
    root: str
    """Id of the root's key."""
    devices: int
    """How many devices' keys the trust bundle knows."""
    bundle_made: str
    bundle_expires: str
    """From when on nothing can be told by it."""
    status_as_of: Optional[str] = None
    """Up to when what is used or void is known, if it is known at all."""


class Verifier:
    """Verifies codes by a trust bundle. Threads may share one."""

    def __init__(self, bundle: bytes, root: Optional[str] = None) -> None:
        """Opens a bundle, of the root whose key, or key's id, is given in hexadecimal digits; without one that of any root, which
        is to trust whoever handed it over.

        Raises VerifierError.
        """
        self._number, _ = _call(_library.mintage_open, *_pair(bundle), *_pair(_utf8(root)))
        self._close = weakref.finalize(self, _library.mintage_close, self._number)

    def add_status(self, status: bytes) -> None:
        """Takes a status snapshot: a full one, or what has changed since the one that it has. An older one is refused.

        Raises VerifierError; it then goes by what it had before.
        """
        _call(_library.mintage_add_status, self._number, *_pair(status))

    def verify(
        self,
        code: Union[str, bytes],
        holder: Optional[str] = None,
        at: Union[datetime, float, None] = None,
    ) -> Verdict:
        """Verifies a code: the text of a QR or Aztec code, or the bytes of a Data Matrix or PDF417; and whether it is made out to
        a holder, letter by letter as it is printed. `at` is now, unless it is given: a datetime or seconds since 1970.
        """
        now = int(time.time() if at is None else at.timestamp() if isinstance(at, datetime) else at)
        if not 0 <= now <= _MOST:
            raise ValueError("at is before 1970, or never")
        code = code.encode("utf-8", "replace") if isinstance(code, str) else code
        _, text = _call(_library.mintage_verify, self._number, *_pair(code), *_pair(_utf8(holder)), now)
        return Verdict(**json.loads(text))

    def about(self) -> About:
        """What it goes by."""
        _, text = _call(_library.mintage_about, self._number)
        return About(**json.loads(text))

    def close(self) -> None:
        """Forgets it; what isn't closed is when nothing knows it any more."""
        self._close()

    def __enter__(self) -> Verifier:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _utf8(text: Optional[str]) -> Optional[bytes]:
    return None if text is None else text.encode()


def _pair(content: Optional[bytes]) -> tuple[Optional[bytes], int]:
    """Bytes as the library takes them; empty text is not the same as none."""
    return (None, 0) if content is None else (bytes(content), len(content))


_rooms = threading.local()


def _call(function, *arguments) -> tuple[int, str]:
    """A number and the text beside it; the call is repeated if there wasn't room for all of that."""
    room = getattr(_rooms, "room", None) or ctypes.create_string_buffer(4096)
    length = ctypes.c_size_t()
    while True:
        number = function(*arguments, room, len(room), ctypes.byref(length))
        if length.value < len(room):
            break
        room = ctypes.create_string_buffer(length.value + 1)
    _rooms.room = room
    text = room.raw[: length.value].decode()
    if number < 0:
        raise VerifierError(text)
    return number, text
