/** What was found of one code. What an indicium says is said only of a genuine one; times are as in 2027-01-15T08:00:00Z. */
export interface Verdict {
  /**
   * Whether it is to be taken: genuine, not used up or void as far as the snapshot knows, made out to the holder if one was
   * named. `null` if that can't be told.
   */
  valid: boolean | null;
  /** `too early to enter` and `too late to enter` are said of a genuine one that lets nobody in at this time; `not live` of one that
   * is tied to its holder's device and isn't as that shows it now. */
  verdict: 'genuine' | 'not genuine' | "can't tell" | 'too early to enter' | 'too late to enter' | 'not live';
  /** Why it isn't to be taken, or why that can't be told. */
  reason?: string;
  /** What the snapshot says; `unknown` if it is older than what was verified. */
  status?: 'live' | 'redeemed in part' | 'redeemed' | 'void' | 'unknown';
  /** Of when that is. */
  status_as_of?: string;
  /** When the trust bundle was made. */
  bundle_made: string;
  serial?: string;
  kind?: string;
  amount?: string;
  issued_at?: string;
  /** From when on it is valid no more. */
  expires?: string;
  /** Whether it is made out to somebody. */
  has_holder: boolean;
  /** Whether it is made out to the holder that was named. */
  holder?: 'matches' | 'differs' | 'made out to nobody';
  /** For how many uses it is, if for several; how many are left only the books know. */
  uses?: number;
  uses_left?: number;
  event?: string;
  seat?: string;
  entrance?: string;
  /** It lets nobody in before this. */
  enter_from?: string;
  /** It lets nobody in from this on. */
  enter_until?: string;
  /** The day of mailing, as in 2027-01-15. */
  mailed?: string;
  origin?: string;
  destination?: string;
  /** Whether whoever leaves may come in again. */
  reentry?: boolean;
  /** The barcode of its trade's own that belongs beside it: digits of an Intelligent Mail barcode, or a GS1 element string. */
  barcode?: string;
  /** The Ed25519 key of its holder's device, which alone can show it, in hexadecimal digits. */
  holder_key?: string;
}

/** What a verifier goes by. */
export interface About {
  issuer: string;
  /** Id of the root's key. */
  root: string;
  /** How many devices' keys the trust bundle knows. */
  devices: number;
  bundle_made: string;
  /** From when on nothing can be told by it. */
  bundle_expires: string;
  /** Up to when what is used or void is known, if it is known at all. */
  status_as_of?: string;
}

/** A trust bundle or status snapshot can't be used. Its message says why. */
export class VerifierError extends Error {}

/** Verifies codes by a trust bundle. */
export class Verifier {
  private constructor();

  /**
   * Opens a bundle, of the root whose key, or key's id, is given in hexadecimal digits; without one that of any root, which is
   * to trust whoever handed it over. Rejects with a {@link VerifierError}.
   */
  static open(bundle: Uint8Array | ArrayBuffer, options?: { root?: string | null }): Promise<Verifier>;

  /**
   * Takes a status snapshot: a full one, or what has changed since the one that it has. An older one is refused.
   * @throws {VerifierError} It then goes by what it had before.
   */
  addStatus(status: Uint8Array | ArrayBuffer): void;

  /**
   * Verifies a code: the text of a QR or Aztec code, or the bytes of a Data Matrix or PDF417; and whether it is made out to a holder,
   * letter by letter as it is printed. `at` is now, unless it is given: a date or seconds since 1970.
   */
  verify(
    code: string | Uint8Array | ArrayBuffer,
    options?: { holder?: string | null; at?: Date | number },
  ): Verdict;

  /** What it goes by. */
  about(): About;
}
