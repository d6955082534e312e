/* Whether tickets, stamps and vouchers of Mintage are genuine, without a network.
 *
 *   int32_t verifier = mintage_open(bundle, bundle_length, root, strlen(root), text, sizeof text, &length);
 *   int32_t is_good = mintage_verify(verifier, code, code_length, NULL, 0, time(NULL), text, sizeof text, &length);
 *
 * Texts. Every function but mintage_close writes a text as snprintf does: as much as `capacity` has room for, with a 0 after it,
 * and into `length` the length of all of it without that 0, so that something was cut off if length >= capacity. `text` and
 * `length` may be NULL for whoever doesn't want them. After MINTAGE_GOOD, MINTAGE_BAD and MINTAGE_UNCLEAR the text is JSON,
 * or empty where there is nothing to say; after a code below 0 it is a sentence that says what was wrong.
 *
 * Inputs are bytes with a length, and needn't end with a 0. None is kept after the call.
 *
 * All functions may be called by all threads at once, also with the same verifier. A number that isn't a verifier's, or of one
 * that was closed, is answered with MINTAGE_MISUSE; no number is given twice. A fault inside is caught (MINTAGE_FAULT)
 * and never unwinds into your program. The library reads no file and no clock, and opens no connection. */
#ifndef MINTAGE_VERIFY_H
#define MINTAGE_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mintage_code {
    /* It was done; of a code: it is to be taken. */
    MINTAGE_GOOD = 0,
    /* The code isn't to be taken: not genuine, used, void, or made out to somebody else. */
    MINTAGE_BAD = 1,
    /* Whether the code is to be taken can't be told: the bundle doesn't know its key, or the snapshot is older than it. */
    MINTAGE_UNCLEAR = 2,
    /* What was handed over can't be looked at: a null pointer, text that isn't UTF-8, a verifier that isn't open. */
    MINTAGE_MISUSE = -1,
    /* The trust bundle or status snapshot can't be used. */
    MINTAGE_REFUSED = -2,
    /* A fault of the library's own. */
    MINTAGE_FAULT = -3
};

/* Opens a verifier that goes by a trust bundle (`mintage bundle export`, or GET /v1/trust-bundle). `root` is the id of
 * the root's key, or the key, in hexadecimal digits; with NULL and 0 the bundle of any root is taken, which is to trust whoever
 * handed it over. Returns the verifier's number, above 0, or a code below 0. */
int32_t mintage_open(const uint8_t *bundle, size_t bundle_length, const char *root, size_t root_length,
                     char *text, size_t capacity, size_t *length);

/* Gives a verifier a status snapshot (`mintage status export`, or GET /v1/status-snapshot): a full one, or what has
 * changed since the one that it has. An older one is refused. Returns MINTAGE_GOOD or a code below 0, after which it goes by
 * what it had before. */
int32_t mintage_add_status(int32_t verifier, const uint8_t *status, size_t status_length,
                           char *text, size_t capacity, size_t *length);

/* Verifies a code: the text of a QR or Aztec code, or the bytes of a Data Matrix or PDF417. `holder`, unless it is NULL, is
 * whom it should be made out to, letter by letter as it is printed, in UTF-8; `now` is in seconds since 1970. Returns
 * MINTAGE_GOOD, MINTAGE_BAD, MINTAGE_UNCLEAR or a code below 0. The text is an object:
 *
 *   valid         true, false, or null if it can't be told: what is returned, in JSON
 *   verdict       "genuine", "not genuine", "can't tell"; of a genuine one that lets nobody in at this time "too early to
 *                 enter" or "too late to enter", and of one that is tied to its holder's device and isn't shown live by it
 *                 "not live"
 *   reason        why it isn't to be taken, or why that can't be told
 *   status        what the snapshot says: "live", "redeemed in part", "redeemed", "void"; "unknown" if it is the older one
 *   status_as_of  of when that is
 *   bundle_made   when the trust bundle was made
 *   serial, kind, amount, issued_at, expires    what a genuine one says; times are as in 2027-01-15T08:00:00Z
 *   has_holder    whether it is made out to somebody
 *   holder        whether that is `holder`: "matches", "differs", "made out to nobody"
 *   uses          for how many uses it is, if for several; uses_left of them are left, if that is known
 *   event, seat, entrance, enter_from, enter_until    what a genuine ticket says
 *   reentry       true if whoever leaves may come in again
 *   mailed, origin, destination                       what a genuine mail piece says; mailed is a day
 *   barcode       the barcode of its trade's own that belongs beside it: digits of an Intelligent Mail barcode, or a GS1 element string
 *   holder_key    the key of its holder's device, if it is tied to one, in hexadecimal digits
 *
 * What there is nothing to be said of is left out, but for valid. */
int32_t mintage_verify(int32_t verifier, const uint8_t *code, size_t code_length,
                       const char *holder, size_t holder_length, uint64_t now,
                       char *text, size_t capacity, size_t *length);

/* Says what a verifier goes by. Returns MINTAGE_GOOD or a code below 0. The text is an object: issuer, root (its key's id),
 * devices (how many it knows), bundle_made, bundle_expires, and status_as_of if it has a snapshot. */
int32_t mintage_about(int32_t verifier, char *text, size_t capacity, size_t *length);

/* Closes a verifier. Returns MINTAGE_GOOD, or MINTAGE_MISUSE if it isn't open. */
int32_t mintage_close(int32_t verifier);

#ifdef __cplusplus
}
#endif
#endif
