// What the console's pages do: sign in, sign what is asked for, and put parts of pages that the server writes in their place.
// Everything else is the server's.

import init, {
  NewSecondFactor,
  SetPassword,
  SignIn,
  Signer,
  addPasskey,
  addUser,
  dropSecondFactor,
  invite as invitation,
  keyId,
  passkeyChallenge,
  publicHalf,
  publicKeyId,
  removeKey,
  removePasskey,
  removeUser,
  setLimits,
} from "./{{glue}}";
import { Problem, base64, hex, importKey, inStore, made, random, unhex } from "./{{keys.js}}";

const loaded = init({ module_or_path: new URL("./{{wasm}}", import.meta.url) });

const session = {
  load: () => inStore("session", "readonly", (kept) => kept.get("now")),
  save: (one) => inStore("session", "readwrite", (kept) => kept.put(one, "now")),
  end: () => inStore("session", "readwrite", (kept) => kept.clear()),
};

/** A session under a key that the browser keeps; without an account it is the staff's. */
const begin = (account, { algorithm, id, key }, challenge = null) => ({
  account,
  algorithm,
  id,
  key,
  last: "0",
  challenge,
});

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

/** Whoever didn't hear an answer asks what the next request of his session must name. */
const UNHEARD = "";

/** The number of the next request: what the module wants to read there, or one that was never used. */
const nonce = async (one) => {
  if (one.challenge === null) {
    const now = BigInt(Date.now()) * 1000000n;
    const last = BigInt(one.last);
    one.last = String(now > last ? now : last + 1n);
    return one.last;
  }
  if (one.challenge === UNHEARD) {
    const shown = await fetch(`/accounts/${one.account}/sessions/${one.id}`);
    if (!shown.ok) throw new Problem("Sign in again", "Your session has ended. Nothing was done.");
    one.challenge = (await shown.json()).challenge;
  }
  return one.challenge;
};

// Passkeys: with one a person agrees to a single request, since its challenge is the digest of what the session signs.

const decoded = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const digest = (text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));

/** The ids of the passkeys that a form is to ask for one of; none where it asks for none. */
const passkeysOf = (form) => form.dataset.passkeys?.split(" ").filter(Boolean);

const listed = (ids) => ids.map((id) => ({ type: "public-key", id: decoded(id) }));

/** Lets the browser make or use a passkey. */
const byPasskey = async (how, publicKey) => {
  if (!navigator.credentials) throw new Problem("No passkeys here", "This browser has them on https pages only.");
  return navigator.credentials[how]({ publicKey }).catch((error) => {
    if (error.name === "InvalidStateError") {
      throw new Problem("There already", "That device keeps a passkey of yours. Choose another device.");
    }
    throw new Problem("No passkey was used", "Nothing was done. Try again, on a device with a passkey of yours.");
  });
};

/** What a request says in Mintage-Passkey whose signature is over this text. */
const agreement = async (base, ids) => {
  if (ids.length === 0) throw new Problem("A passkey is needed", "Add one on the page of your passkeys first.");
  const wanted = { challenge: await digest(base), allowCredentials: listed(ids), userVerification: "required" };
  const { rawId, response } = await byPasskey("get", wanted);
  const { clientDataJSON, authenticatorData, signature } = response;
  const parts = { id: rawId, "client-data": clientDataJSON, "authenticator-data": authenticatorData, signature };
  return Object.entries(parts)
    .map(([name, bytes]) => `${name}=:${base64(bytes)}:`)
    .join(", ");
};

/** Sends a signed request, and answers what the API answers. One goes after the other, in all tabs together. */
const ask = (asker, place, query, content, type, idempotencyKey, passkeys) =>
  navigator.locks.request("mintage-ask", async () => {
    await loaded;
    const save = (one) => (asker.isForOnce ? undefined : session.save(one));
    const one = asker.isForOnce ? asker : ((await session.load()) ?? asker);
    const number = await nonce(one);
    const signer = new Signer(one.account, one.algorithm, one.id);
    const draft = signer.draft(place, query, content, idempotencyKey, Math.floor(Date.now() / 1000), number);
    const name = one.algorithm === "ed25519" ? "Ed25519" : "HMAC";
    const signature = await crypto.subtle.sign(name, one.key, new TextEncoder().encode(draft.base));
    // Whoever signed in by an access key isn't asked for one.
    const isAsked = passkeys !== undefined && one.challenge !== null;
    const agreed = isAsked ? { "Mintage-Passkey": await agreement(draft.base, passkeys) } : {};
    await save({ ...one, challenge: one.challenge === null ? null : UNHEARD });
    const answer = await fetch(`${below(one.account, place)}${query && "?"}${query}`, {
      method: "POST",
      body: content,
      headers: {
        "Content-Type": type,
        "Content-Digest": draft.contentDigest,
        "Idempotency-Key": `"${idempotencyKey}"`,
        "Signature-Input": draft.signatureInput,
        Signature: `sig=:${base64(signature)}:`,
        ...agreed,
      },
    });
    const challenge = answer.headers.get("Mintage-Challenge");
    if (challenge !== null) await save({ ...one, challenge });
    return answer;
  });

/** Asks for a change that is written already. */
const askFor = (one, asked, idempotencyKey, passkeys) =>
  ask(one, asked.place, "", new TextEncoder().encode(asked.content), "application/json", idempotencyKey, passkeys);

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

const post = async (path, content) => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(content) });
  if (!answer.ok) throw await Problem.of(answer);
  return answer;
};

/** Lets the browser show what it is at before it works for a while. */
const shown = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/** What the code that checks it too says against something. */
const checked = (title, act) => {
  try {
    return act();
  } catch (error) {
    throw new Problem(title, `${error.message[0].toUpperCase()}${error.message.slice(1)}.`);
  }
};

/** Signs in by a password, which gives a key that only this browser and the module know; whoever needs the key sees it before it
 * is kept where nobody reads it any more. */
const byPassword = async (account, user, password, code, see = () => {}) => {
  await loaded;
  const title = "Not signed in";
  const step = checked(title, () => new SignIn(account, user, password, random(32)));
  const path = `/v1/accounts/${account}/sign-in`;
  const { message } = await (await post(path, { user, message: step.message })).json();
  await shown();
  const end = checked(title, () => step.finish(message));
  const answer = await post(`${path}/finish`, { user, message: end.message, ...(code && { code }) });
  const { token, challenge } = await answer.json();
  see(end.key, challenge);
  return { token, one: begin(account, await keep("hmac-sha256", end.key), challenge) };
};

/** A token to read with, asked for under a key. */
const tokenFor = async (one) => {
  const answer = await ask(one, "sessions", "", new Uint8Array(), "application/cbor", crypto.randomUUID());
  if (answer.status === 401) throw new Problem("Not signed in", "There is nobody with this key.");
  if (!answer.ok) throw await Problem.of(answer);
  return { token: (await answer.json()).token, one: await session.load() };
};

/** Signs in by an access key. */
const byKey = (account, kept) => tokenFor(begin(account, kept));

/** Shows the field for a code where one turns out to be asked for. */
const showCode = (form) => (error) => {
  if (error.type === "/problems/code-required") {
    form.querySelector("[data-code]").hidden = false;
    form.elements.code.focus();
  }
  throw error;
};

const signIn = async (form) => {
  const { account: field, user, password, code, key, ed25519 } = form.elements;
  const account = field?.value.trim();
  if (account === "") throw new Problem("Which account?", "Enter the name of the account.");
  await session.end();
  let begun;
  if (key.value !== "") {
    const isSeed = ed25519?.checked ?? true;
    begun = await byKey(account, await keep(isSeed ? "ed25519" : "hmac-sha256", unhex(key.value)));
  } else if (account === undefined) {
    const kept = await made.load();
    if (!kept) throw new Problem("Which key?", "This browser has made no key; enter an access key.");
    begun = await byKey(account, kept);
  } else {
    if (!user.value.trim() || !password.value) throw new Problem("Who are you?", "Enter your name and password.");
    const signing = byPassword(account, user.value.trim(), password.value, code.value.trim());
    begun = await signing.catch(showCode(form));
  }
  await enter(begun, form.dataset.mark);
  form.reset();
};

/** Keeps a session, and lets this browser read. */
const keepSession = async ({ token, one }, mark) => {
  await session.save(one);
  await post("/sign-in/token", { token, mark });
};

const enter = async (begun, mark) => {
  await keepSession(begun, mark);
  location.assign("/");
};

/** The mark of a sign-in page, for whoever is on another one. */
const signInMark = async () => {
  const page = new DOMParser().parseFromString(await (await fetch("/sign-in")).text(), "text/html");
  return page.querySelector("[data-mark]").dataset.mark;
};

/** Sets a password: two requests, and an answer in between. */
const setPassword = async (one, good) => {
  const answer = await askFor(one, good.begin(), crypto.randomUUID());
  if (!answer.ok) throw await Problem.of(answer);
  const { message } = await answer.json();
  await shown();
  const set = await askFor(one, checked("Not set", () => good.finish(message)), crypto.randomUUID());
  if (!set.ok) throw await Problem.of(set);
};

/** A password as it is to be, typed twice. */
const newPassword = async (account, user, { password, again }) => {
  if (password.value !== again.value) throw new Problem("Not the same", "The two passwords differ.");
  await loaded;
  return checked("Choose another password", () => new SetPassword(account, user, password.value, random(32)));
};

/** Sets the password of whoever was invited; what permits it stands behind the link's #. */
const join = async (form) => {
  const { account, user } = form.dataset;
  const seed = unhex(location.hash.slice(1), "The link isn't whole; ask for it again.");
  const good = await newPassword(account, user, form.elements);
  const one = { ...begin(account, await keep("ed25519", seed)), isForOnce: true };
  await setPassword(one, good).catch((error) => {
    if (error.status !== 401) throw error;
    throw new Problem("Used already", "This invitation was used, or is too old; ask for another.");
  });
  await session.end();
  await enter(await byPassword(account, user, form.elements.password.value), await signInMark());
};

/** Signs in again as whoever is signed in, since what changes how he signs in takes a session that has just begun. */
const freshly = async (form, user, see) => {
  const { current, code } = form.elements;
  if (!current.value) throw new Problem("Your present password?", "Enter it, so that nobody else changes how you sign in.");
  const signing = byPassword(form.dataset.account, user, current.value, code.value.trim(), see);
  const begun = await signing.catch(showCode(form));
  await keepSession(begun, await signInMark());
  return begun.one;
};

/** Sets another password, or the first of somebody who has an access key. */
const changePassword = async (form) => {
  const { account, password: user } = form.dataset;
  const good = await newPassword(account, user, form.elements);
  const one = form.elements.current ? await freshly(form, user) : await own();
  await setPassword(one, good);
  // All that could be read with has ended; what goes on is the session that asked.
  await keepSession(await tokenFor(one), await signInMark());
  form.reset();
  form.querySelector(".done").textContent = "Your password is set. You are signed out everywhere else.";
};

let factor = null;

/** Shows the secret of a second factor: it follows from the key of a session that begins now. */
const beginFactor = async (form) => {
  const { account, beginFactor: user } = form.dataset;
  await freshly(form, user, (key, challenge) => {
    factor = { challenge, shown: new NewSecondFactor(account, user, key, challenge) };
  });
  form.reset();
  form.hidden = true;
  document.getElementById("factor-symbol").src = `data:image/svg+xml;base64,${btoa(factor.shown.drawing())}`;
  document.getElementById("factor-secret").value = factor.shown.secret;
  document.getElementById("factor-link").href = factor.shown.uri;
  document.getElementById("new-factor").hidden = false;
  document.getElementById("factor-title").focus();
};

/** Sets the second factor, once the app shows that it knows it. */
const setFactor = async (form) => {
  const one = await own();
  const asked = checked("Not that code", () => factor.shown.confirm(form.elements.code.value.trim(), Date.now() / 1000));
  if ((await nonce(one)) !== factor.challenge) {
    throw new Problem("Begin again", "Something else was asked for meanwhile, and the secret doesn't count any more.");
  }
  const answer = await askFor(one, asked, crypto.randomUUID());
  if (!answer.ok) throw await Problem.of(answer);
  location.reload();
};

const dropFactor = async (form) => {
  const { dropFactor: user } = form.dataset;
  const one = await freshly(form, user);
  const answer = await askFor(one, dropSecondFactor(user), crypto.randomUUID());
  if (!answer.ok) throw await Problem.of(answer);
  location.reload();
};

/** Makes a key for somebody of the staff, unless this browser has one, and shows what to tell of it. */
const makeKey = async (form) => {
  await loaded;
  let kept = await made.load();
  if (!kept) {
    const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]).catch(() => {
      throw new Problem("This browser can't", "It doesn't know Ed25519 keys; bring it up to date.");
    });
    const bytes = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    kept = { algorithm: "ed25519", id: publicKeyId(bytes), key: pair.privateKey, public: hex(bytes) };
    await made.save(kept);
    await navigator.storage?.persist?.();
  }
  document.getElementById("fingerprint").textContent = kept.id;
  document.getElementById("public").value = kept.public;
  form.hidden = true;
  document.getElementById("made").hidden = false;
  document.getElementById("made-title").focus();
};

/** Invites a user: whoever has the link may set the password, once. */
const invite = async (form) => {
  const one = await own();
  await loaded;
  const { invite: user, hours, page } = form.dataset;
  const seed = random(32);
  const asked = checked("That can't be", () => invitation(user, publicHalf(seed), Number(hours)));
  const answer = await askFor(one, asked, crypto.randomUUID(), passkeysOf(form));
  if (!answer.ok) throw await Problem.of(answer);
  const link = form.querySelector("input");
  link.value = new URL(`${page}#${hex(seed)}`, location).href;
  link.closest("[hidden]").hidden = false;
  link.focus();
  link.select();
};

/** The session of this page's account, if this browser has its key. */
const own = async () => {
  const one = await session.load();
  const [, , account] = location.pathname.split("/");
  if (one?.account === decodeURIComponent(account)) return one;
  throw new Problem("Sign in again", "This browser doesn't have the key of this account any more. Nothing was issued.");
};

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
    const answer = await ask(one, "batches", query, items, "application/cbor", key, passkeysOf(form));
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
  removeKey: ({ user, key }) => removeKey(user.value, key.value),
  removePasskey: ({ user, passkey }) => removePasskey(user.value, passkey.value),
  setLimits: ({ per_item, per_day, passkey_above }, { denomination }) =>
    setLimits(per_item.value, per_day.value, passkey_above.value, denomination),
};

/** Whether a change takes a passkey where its form names some: a limit is lowered without. */
const takesPasskey = ({ elements: { passkey_above: field } }) =>
  field === undefined || field.value.trim() === "" || Number(field.value) > Number(field.defaultValue);

const change = async (form) => {
  const one = await own();
  await loaded;
  const asked = checked("That can't be", () => changes[form.dataset.change](form.elements, form.dataset));
  form.dataset.key ??= crypto.randomUUID();
  const answer = await askFor(one, asked, form.dataset.key, takesPasskey(form) ? passkeysOf(form) : undefined);
  if (answer.status < 500) delete form.dataset.key;
  if (!answer.ok) throw await Problem.of(answer);
  location.assign(location.pathname);
};

/** Makes a passkey of whoever is signed in here; by another one, if there is. */
const makePasskey = async (form) => {
  const one = await own();
  await loaded;
  const { addPasskey: user } = form.dataset;
  if (one.challenge === null) {
    throw new Problem("Sign in with your password", "Passkeys go with it; an access key needs none.");
  }
  const passkeys = passkeysOf(form);
  const number = await nonce(one);
  const made = await byPasskey("create", {
    challenge: passkeyChallenge(one.id, number),
    rp: { id: location.hostname, name: "Mintage" },
    user: { id: await digest(`${one.account}/${user}`), name: `${user} of ${one.account}`, displayName: user },
    pubKeyCredParams: [-7, -8].map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: listed(passkeys),
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    attestation: "none",
  });
  const { clientDataJSON, attestationObject } = made.response;
  const bytes = [clientDataJSON, attestationObject].map((part) => new Uint8Array(part));
  const asked = checked("That can't be", () => addPasskey(user, location.origin, ...bytes));
  const answer = await askFor(one, asked, crypto.randomUUID(), passkeys.length > 0 ? passkeys : undefined);
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
let pause;

const preview = async (form, moves) => {
  // What was typed a moment ago is in this one, which another would replace with all that was done in it.
  clearTimeout(pause);
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

/** Asks for an account. Whoever has the link that this makes can set its owner's password once it is open. */
const signUp = async (form) => {
  await loaded;
  const { account, currency, user, contact } = form.elements;
  const seed = random(32);
  const key = publicHalf(seed);
  await post("/sign-up", {
    account: account.value.trim(),
    currency: currency.value.trim(),
    user: user.value.trim(),
    contact: contact.value.trim(),
    key,
    mark: form.dataset.mark,
  });
  const who = new URLSearchParams({ account: account.value.trim(), user: user.value.trim() });
  document.getElementById("asked-fingerprint").textContent = publicKeyId(unhex(key));
  document.getElementById("own-link").value = new URL(`/join?${who}#${hex(seed)}`, location).href;
  form.hidden = true;
  document.getElementById("asked").hidden = false;
  document.getElementById("asked-title").focus();
};

/** Hands over a paper that was signed elsewhere. */
const handOver = async (form) => {
  const { paper, pasted, mark } = form.elements;
  const [chosen] = paper.files;
  if (!chosen && !pasted.value.trim()) throw new Problem("No paper", "Choose the signed file, or paste it.");
  if (chosen && chosen.size > 65536) throw new Problem("No paper", "No paper is as large as this file.");
  const text = chosen ? base64(await chosen.arrayBuffer()) : pasted.value.replace(/\s/g, "");
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ paper: text, mark: mark.value });
  await put(document.getElementById("handed"), await fetch("/papers/done", { method: "POST", headers, body }), true);
};

/** Makes the link by which officers let somebody in again, and writes its public half into their commands. */
const paperLink = async (form) => {
  await loaded;
  const seed = random(32);
  for (const command of document.querySelectorAll("[data-command]")) {
    command.value = command.defaultValue.replace("PUBLIC-KEY", publicHalf(seed));
  }
  const link = form.querySelector("input");
  link.value = new URL(`${form.dataset.page}#${hex(seed)}`, location).href;
  link.closest("[hidden]").hidden = false;
  link.focus();
  link.select();
};

/** What a form does when it is sent, by what it is marked with. */
const acts = [
  ["signIn", signIn],
  ["join", join],
  ["makeKey", makeKey],
  ["invite", invite],
  ["password", changePassword],
  ["beginFactor", beginFactor],
  ["factor", setFactor],
  ["dropFactor", dropFactor],
  ["batch", issue],
  ["change", change],
  ["addPasskey", makePasskey],
  ["preview", (form) => preview(form, true)],
  ["verify", verify],
  ["signUp", signUp],
  ["paper", handOver],
  ["paperLink", paperLink],
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

document.addEventListener("click", async (event) => {
  const { copy } = event.target.dataset;
  if (copy === undefined) return;
  const field = document.getElementById(copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  event.target.textContent = "Copied";
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form) return;
  for (const only of form.querySelectorAll("[data-only]")) {
    only.hidden = !only.dataset.only.split(" ").includes(form.elements.template.value);
    // What isn't seen isn't sent.
    for (const field of only.querySelectorAll("input")) field.disabled = only.hidden;
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
