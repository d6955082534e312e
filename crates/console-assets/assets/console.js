// What the console's pages do: sign in, sign what is asked for, and put parts of pages that the server writes in their place.
// Everything else is the server's.

import init, { Signer, addKey, addUser, keyId, publicKeyId, removeKey, removeUser, setLimits } from "./{{glue}}";

const loaded = init({ module_or_path: new URL("./{{wasm}}", import.meta.url) });

/** What went wrong, for whoever sits there. */
class Problem extends Error {
  constructor(title, detail) {
    super(detail);
    this.title = title;
  }

  /** What an answer of the API says (RFC 9457). */
  static async of(answer) {
    const said = await answer.json().catch(() => ({}));
    const detail = said.detail ?? "try again in a moment";
    const sentence = `${detail[0].toUpperCase()}${detail.slice(1)}.`;
    return new Problem(said.title ?? `The server answered ${answer.status}`, sentence);
  }
}

// The session is kept where other tabs find it, and keys that this browser made are beside it. None can be read out of there,
// only used, and only by this site's pages: a page that is somehow made to run what it shouldn't can't carry a key away.

const store = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("mintage", 1);
    opening.onupgradeneeded = () => ["session", "keys"].forEach((name) => opening.result.createObjectStore(name));
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Problem("No storage", "This browser keeps nothing for this site; allow it to."));
  });

const inStore = async (name, mode, act) => {
  const database = await store();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode);
    const request = act(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
  }).finally(() => database.close());
};

const session = {
  load: () => inStore("session", "readonly", (kept) => kept.get("now")),
  save: (one) => inStore("session", "readwrite", (kept) => kept.put(one, "now")),
  end: () => inStore("session", "readwrite", (kept) => kept.clear()),
};

/** Keys that this browser made, by account; the staff's have none. */
const made = {
  load: (account) => inStore("keys", "readonly", (kept) => kept.get(account ?? "")),
  save: (account, one) => inStore("keys", "readwrite", (kept) => kept.put(one, account ?? "")),
};

/** A key that can sign and nothing else. */
const importKey = (algorithm, bytes) => {
  if (algorithm === "hmac-sha256") {
    return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }
  // The seed within RFC 8410's form, which is all that browsers take.
  const form = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
  return crypto.subtle.importKey("pkcs8", new Uint8Array([...form, ...bytes]), { name: "Ed25519" }, false, ["sign"]);
};

/** A session under a key that the browser keeps; without an account it is the staff's. */
const begin = (account, { algorithm, id, key }) => ({ account, algorithm, id, key, last: "0", challenge: null });

/** A key of 32 bytes, an access key or one that a password gave, as the browser keeps it. */
const keep = async (algorithm, bytes) => {
  await loaded;
  const id = keyId(algorithm, bytes);
  const key = await importKey(algorithm, bytes);
  bytes.fill(0);
  return { algorithm, id, key };
};

/** Where something is asked for: below an account, or of the staff. */
const below = (account, place) => (account === undefined ? `/v1/staff/${place}` : `/v1/accounts/${account}/${place}`);

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

/** The number of the next request: what the server asked for, or one that was never used. */
const nonce = (one) => {
  if (one.challenge !== null) return one.challenge;
  const now = BigInt(Date.now()) * 1000000n;
  const last = BigInt(one.last);
  one.last = String(now > last ? now : last + 1n);
  return one.last;
};

/** Sends a signed request, and answers what the API answers. One goes after the other, in all tabs together. */
const ask = (one, place, query, content, type, idempotencyKey) =>
  navigator.locks.request("mintage-ask", async () => {
    await loaded;
    const kept = (await session.load()) ?? one;
    const number = nonce(kept);
    const signer = new Signer(kept.account, kept.algorithm, kept.id);
    const draft = signer.draft(place, query, content, idempotencyKey, Math.floor(Date.now() / 1000), number);
    const name = kept.algorithm === "ed25519" ? "Ed25519" : "HMAC";
    const signature = await crypto.subtle.sign(name, kept.key, new TextEncoder().encode(draft.base));
    await session.save(kept);
    const answer = await fetch(`${below(kept.account, place)}${query && "?"}${query}`, {
      method: "POST",
      body: content,
      headers: {
        "Content-Type": type,
        "Content-Digest": draft.contentDigest,
        "Idempotency-Key": `"${idempotencyKey}"`,
        "Signature-Input": draft.signatureInput,
        Signature: `sig=:${base64(signature)}:`,
      },
    });
    const challenge = answer.headers.get("Mintage-Challenge");
    if (challenge !== null) await session.save({ ...kept, challenge });
    return answer;
  });

// Forms: while one is at work its button says so, and what goes wrong stands in it.

const fail = (form, error) => {
  const place = form.querySelector(".failure");
  if (!place) throw error;
  const title = document.createElement("strong");
  title.textContent = error instanceof Problem ? error.title : "That didn't work";
  const detail = document.createElement("p");
  detail.textContent = error instanceof TypeError ? "The server can't be reached. Try again in a moment." : error.message;
  place.replaceChildren(title, detail);
};

const working = async (form, act) => {
  const button = form.querySelector("[type=submit]");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  form.querySelector(".failure")?.replaceChildren();
  try {
    await act();
  } catch (error) {
    fail(form, error);
  } finally {
    button.removeAttribute("aria-busy");
  }
};

/** Puts what the server wrote into its place, and leads there whoever asked for it. */
const put = async (place, answer, moves) => {
  place.innerHTML = await answer.text();
  if (moves) place.querySelector("h2[tabindex], h1[tabindex]")?.focus();
};

const unhex = (text) => {
  const digits = text.trim();
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    throw new Problem("That is no access key", "An access key has 64 hexadecimal digits: 0 to 9 and a to f.");
  }
  return Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
};

const signIn = async (form) => {
  const { account: field, key, ed25519 } = form.elements;
  const account = field?.value.trim();
  if (account === "") throw new Problem("Which account?", "Enter the name of the account.");
  const isSeed = ed25519?.checked ?? true;
  const kept =
    key.value === "" ? await made.load(account) : await keep(isSeed ? "ed25519" : "hmac-sha256", unhex(key.value));
  if (!kept) throw new Problem("Which key?", "This browser made no key for this; enter an access key.");
  await session.end();
  const one = begin(account, kept);
  const answer = await ask(one, "sessions", "", new Uint8Array(), "application/cbor", crypto.randomUUID());
  if (!answer.ok) {
    await session.end();
    if (answer.status === 401) throw new Problem("Not signed in", "No such account, or the key isn't one of its keys.");
    throw await Problem.of(answer);
  }
  const { token } = await answer.json();
  const cookie = await fetch("/sign-in/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, mark: form.dataset.mark }),
  });
  if (!cookie.ok) throw await Problem.of(cookie);
  key.value = "";
  location.assign("/");
};

/** Makes a key, unless this browser has one for the account already, and shows what to tell of it. */
const join = async (form) => {
  await loaded;
  const { account, back } = form.dataset;
  let kept = await made.load(account);
  if (!kept) {
    const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]).catch(() => {
      throw new Problem("This browser can't", "It doesn't know Ed25519 keys; bring it up to date.");
    });
    const bytes = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    kept = { algorithm: "ed25519", id: publicKeyId(bytes), key: pair.privateKey, public: digits };
    await made.save(account, kept);
    await navigator.storage?.persist?.();
  }
  document.getElementById("fingerprint").textContent = kept.id.match(/.{4}/g).join(" ");
  document.getElementById("back").value = back ? new URL(back + kept.public, location).href : kept.public;
  form.hidden = true;
  document.getElementById("made").hidden = false;
  document.getElementById("made-title").focus();
};

/** The session of this page's account, if this browser has its key. */
const own = async () => {
  const one = await session.load();
  const [, , account] = location.pathname.split("/");
  if (one?.account === decodeURIComponent(account)) return one;
  throw new Problem("Sign in again", "This browser doesn't have the key of this account any more. Nothing was issued.");
};

const decoded = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** As soon as a request is kept, its batch has a page, however long it takes to issue. */
const watched = async (account, key, signal) => {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    if (signal.aborted) return null;
    const found = await fetch(`/accounts/${account}/batches?idempotency_key=${key}`, { signal }).catch(() => null);
    if (found?.redirected && found.ok) return found.url;
  }
};

const issue = async (form) => {
  const one = await own();
  const isBatch = form.elements.batch?.checked ?? false;
  const items = decoded(isBatch ? form.dataset.itemsBatch : form.dataset.items);
  const query = form.elements.query?.value ?? "";
  // The same form, asked again after a lost answer, is the same request.
  form.dataset.key ??= crypto.randomUUID();
  const key = form.dataset.key;
  const over = new AbortController();
  const asked = (async () => {
    const answer = await ask(one, "batches", query, items, "application/cbor", key);
    if (!answer.ok) {
      // What was refused is another request when it is asked again.
      if (answer.status < 500) delete form.dataset.key;
      throw await Problem.of(answer);
    }
    return `/accounts/${one.account}/batches/${(await answer.json()).batch}`;
  })();
  const seen = watched(one.account, key, over.signal);
  try {
    location.assign(await Promise.race([asked, seen]));
  } finally {
    over.abort();
  }
};

/** What an owner changes, as the code that checks it writes it. */
const changes = {
  addUser: ({ name, role }) => addUser(name.value.trim(), role.value),
  removeUser: ({ name }) => removeUser(name.value),
  addKey: ({ user, ed25519 }) => addKey(user.value, ed25519.value),
  removeKey: ({ user, key }) => removeKey(user.value, key.value),
  setLimits: ({ per_item, per_day }, { denomination }) => setLimits(per_item.value, per_day.value, denomination),
};

const change = async (form) => {
  const one = await own();
  await loaded;
  let asked;
  try {
    asked = changes[form.dataset.change](form.elements, form.dataset);
  } catch (error) {
    throw new Problem("That can't be", `${error.message[0].toUpperCase()}${error.message.slice(1)}.`);
  }
  form.dataset.key ??= crypto.randomUUID();
  const content = new TextEncoder().encode(asked.content);
  const answer = await ask(one, asked.place, "", content, "application/json", form.dataset.key);
  if (answer.status < 500) delete form.dataset.key;
  if (!answer.ok) throw await Problem.of(answer);
  location.assign(location.pathname);
};

/** Marks the fields that the server found fault with. */
const markFields = (form, preview) => {
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  for (const fault of preview.querySelectorAll("[data-fault]")) {
    form.elements[fault.dataset.fault]?.setAttribute("aria-invalid", "true");
  }
};

const content = (form) => {
  const file = form.elements.file;
  if (!file) return [new URLSearchParams(new FormData(form)), "application/x-www-form-urlencoded"];
  const [chosen] = file.files;
  if (!chosen) throw new Problem("No file", "Choose a file first.");
  return [chosen, /\.(jsonl|ndjson)$/i.test(chosen.name) ? "application/x-ndjson" : "text/csv"];
};

let latest = 0;

const preview = async (form, moves) => {
  const number = ++latest;
  const place = document.getElementById("preview");
  const [body, type] = content(form);
  const answer = await fetch(form.dataset.preview, { method: "POST", body, headers: { "Content-Type": type } });
  if (number !== latest) return;
  await put(place, answer, moves);
  if (moves) markFields(form, place);
};

const verify = async (form) => {
  const { picture, text } = form.elements;
  const [chosen] = picture.files;
  if (!chosen && !text.value.trim()) throw new Problem("Nothing to verify", "Choose a picture or PDF, or paste a text.");
  const [body, type] = chosen ? [chosen, chosen.type] : [text.value.trim(), "text/plain"];
  const answer = await fetch(form.dataset.verify, { method: "POST", body, headers: { "Content-Type": type } });
  await put(document.getElementById("findings"), answer, true);
};

/** What a form does when it is sent, by what it is marked with. */
const acts = [
  ["signIn", signIn],
  ["join", join],
  ["batch", issue],
  ["change", change],
  ["preview", (form) => preview(form, true)],
  ["verify", verify],
];

document.addEventListener("submit", (event) => {
  const form = event.target;
  const found = acts.find(([mark]) => mark in form.dataset);
  if (found) {
    event.preventDefault();
    working(form, () => found[1](form));
  } else if ("signOut" in form.dataset) {
    // The key goes first; the form itself then ends the token.
    event.preventDefault();
    session.end().finally(() => form.submit());
  }
});

for (const field of document.querySelectorAll("[data-absolute]")) {
  field.value = new URL(field.value, location).href;
}

document.addEventListener("click", async (event) => {
  const { copy } = event.target.dataset;
  if (copy === undefined) return;
  const field = document.getElementById(copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  event.target.textContent = "Copied";
});

let pause;

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form) return;
  for (const only of form.querySelectorAll("[data-only]")) {
    only.hidden = form.elements.template.value !== only.dataset.only;
  }
  if ("live" in form.dataset && form.elements.amount.value.trim()) {
    clearTimeout(pause);
    pause = setTimeout(() => preview(form, false).catch(() => {}), 250);
  }
});

// A batch that is under way tells how it goes on.

const watching = document.querySelector("[data-events]");

if (watching) {
  const { events: path } = watching.dataset;
  const events = new EventSource(`${path}/events`);
  let told = false;
  events.addEventListener("batch", async (event) => {
    const { state } = JSON.parse(event.data);
    const isOver = state === "issued" || state === "ended";
    if (isOver) events.close();
    // The first says what the page says already, unless it has ended meanwhile.
    if (told || isOver) await put(watching, await fetch(`${path}/state`), false);
    told = true;
  });
}
