// Keys that the browser keeps for this site, and what both of its scripts say when something goes wrong.

/** What went wrong, for whoever sits there. */
export class Problem extends Error {
  constructor(title, detail, type, status) {
    super(detail);
    this.title = title;
    this.type = type;
    this.status = status;
  }

  /** What an answer of the API says (RFC 9457). */
  static async of(answer) {
    const said = await answer.json().catch(() => ({}));
    const detail = said.detail ?? "try again in a moment";
    const sentence = `${detail[0].toUpperCase()}${detail.slice(1)}.`;
    return new Problem(said.title ?? `The server answered ${answer.status}`, sentence, said.type, answer.status);
  }
}

// The session is kept where other tabs find it, and keys that this browser made are beside it. None can be read out of there,
// only used, and only by this site's pages: a page that is somehow made to run what it shouldn't can't carry a key away.

/** Opens a database of this site, and makes its stores if they aren't there. */
const open = (name, stores) =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => stores.forEach((store) => opening.result.createObjectStore(store));
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Problem("No storage", "This browser keeps nothing for this site; allow it to."));
  });

/** A way into a database: what is done in a store is durable once it is answered. */
export const databaseOf = (name, stores) => async (store, mode, act) => {
  const database = await open(name, stores);
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
  }).finally(() => database.close());
};

/** The console's. */
export const inStore = databaseOf("mintage", ["session", "keys"]);

/** The key that this browser made for somebody of the staff. */
export const made = {
  load: () => inStore("keys", "readonly", (kept) => kept.get("staff")),
  save: (one) => inStore("keys", "readwrite", (kept) => kept.put(one, "staff")),
};

/** A key that can sign and nothing else. */
export const importKey = (algorithm, bytes) => {
  if (algorithm === "hmac-sha256") {
    return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }
  // The seed within RFC 8410's form, which is all that browsers take.
  const form = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
  return crypto.subtle.importKey("pkcs8", new Uint8Array([...form, ...bytes]), { name: "Ed25519" }, false, ["sign"]);
};

export const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const unhex = (text, otherwise = "An access key has 64 hexadecimal digits: 0 to 9 and a to f.") => {
  const digits = text.trim();
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw new Problem("That is no key", otherwise);
  return Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
};

export const random = (count) => crypto.getRandomValues(new Uint8Array(count));
