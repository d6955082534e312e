// What the scanner asks the server, and what it does when nobody answers.

import { Problem, base64, importKey, made, unhex } from "./{{keys.js}}";
import { ask, forget, keep, kept, note, queue, settle } from "./{{scanner-mind.js}}";

/** Milliseconds after which somebody at a gate isn't to wait any longer for an answer. */
const PATIENCE = 2_000;
/** Milliseconds for what nobody waits for. */
const LONG = 20_000;
/** Milliseconds between two looks at the server: while it answers, and while it doesn't or there is something to tell it. */
const [SELDOM, OFTEN] = [60_000, 5_000];

/** Nobody answered, or something else than the server. */
export class Unreachable extends Error {}

/** Whether the server answered last, and since when it is so. */
export const network = { isThere: navigator.onLine, since: new Date(), changed: () => {} };

let next;

/** Looks again by itself, however long that isn't due yet. */
const lookIn = (milliseconds) => {
  clearTimeout(next);
  next = setTimeout(look, milliseconds);
};

const reached = (isThere) => {
  if (network.isThere === isThere) return;
  Object.assign(network, { isThere, since: new Date() });
  if (!isThere) lookIn(OFTEN);
  network.changed();
};

/** What a gate says that the server never does: it is there, and only it decides, whatever it can't tell at this moment. */
const GATES = ["cut-off", "outcome-unknown", "gate-refused"].map((slug) => `/problems/${slug}`);

/** Asks for something and reads all of the answer. What isn't of the expected type isn't the server's. */
const send = async (path, type, signal, options = {}) => {
  try {
    const answer = await fetch(path, { cache: "no-store", redirect: "error", signal, ...options });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const is = answer.headers.get("Content-Type") ?? "";
    const isExpected = answer.status === 304 || is.startsWith(answer.ok ? type : "application/problem+json");
    const json = () => JSON.parse(new TextDecoder().decode(bytes));
    const isGates = isExpected && !answer.ok && answer.status >= 500 && GATES.includes(json().type);
    if (!isExpected || (answer.status >= 500 && !isGates) || answer.status === 429) throw new Unreachable();
    reached(true);
    return { ok: answer.ok, status: answer.status, headers: answer.headers, bytes, json };
  } catch {
    reached(false);
    throw new Unreachable("the server can't be reached");
  }
};

const problemOf = ({ status, json }) => Problem.of({ status, json: async () => json() });

// Stewards: whoever signed in stays so, since his key is here; the token that it gives ends within the hour.

let token = null;

export const steward = () => kept("steward");

const randomKey = () => `"${crypto.randomUUID()}"`;

const signedIn = async (one, signal) => {
  const key = randomKey();
  const number = String(BigInt(Date.now()) * 1_000_000n);
  const draft = await ask("signIn", one.id, key.slice(1, -1), Math.floor(Date.now() / 1000), number);
  const signature = await crypto.subtle.sign("Ed25519", one.key, new TextEncoder().encode(draft.base));
  const headers = {
    "Idempotency-Key": key,
    "Content-Digest": draft.contentDigest,
    "Signature-Input": draft.signatureInput,
    Signature: `sig=:${base64(signature)}:`,
  };
  const answer = await send("/v1/staff/sessions", "application/json", signal, { method: "POST", headers });
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
};

/** Signs a steward in, by an access key or by the one that this browser made for him in the console. */
export const signIn = async (typed) => {
  let one = await made.load();
  if (typed.trim()) {
    const seed = unhex(typed);
    const id = await ask("staffKeyId", seed);
    one = { id, key: await importKey("ed25519", seed) };
    seed.fill(0);
  }
  if (!one) throw new Problem("Which key?", "This browser has made no key; enter an access key.");
  const session = await signedIn(one, AbortSignal.timeout(LONG));
  if (session.role !== "steward") {
    throw new Problem("Not a steward", `${session.name} is ${session.role}; only stewards redeem.`);
  }
  token = session.token;
  await keep("steward", { id: one.id, key: one.key, name: session.name });
};

/** Forgets the steward; not while there is something to tell for him. */
export const signOut = async () => {
  if ((await queue.all()).length > 0) {
    throw new Problem("Not yet", "What was redeemed here has to be sent first: connect this scanner to the network.");
  }
  token = null;
  await forget("steward");
};

/** Asks for something as the steward. */
const authorised = async (signal, path, options = {}) => {
  const one = await steward();
  if (!one) throw new Problem("Not signed in", "Only a steward redeems: sign in below.");
  const asked = async () => {
    token ??= (await signedIn(one, signal)).token;
    const headers = { ...options.headers, Authorization: `Bearer ${token}` };
    return send(path, "application/json", signal, { ...options, headers });
  };
  const answer = await asked();
  if (answer.status !== 401) return answer;
  token = null;
  return asked();
};

const redemption = (signal, id, content) => {
  const headers = { "Idempotency-Key": `"${id}"`, "Content-Type": "application/json" };
  return authorised(signal, "/v1/redemptions", { method: "POST", headers, body: JSON.stringify(content) });
};

/** Seconds since 1970 by the server's clock, when it answered. */
const serverTime = ({ headers }) => Math.ceil(Date.parse(headers.get("Date") ?? new Date().toUTCString()) / 1000);

/** What a redemption comes to, in the form of a finding. */
const outcome = (colour, word, reason, more = {}) => ({ colour, word, reason, ...more });

/** What the server made of a use. */
const redeemedAs = ({ amount, left, status, uses, uses_taken, let_out, came_again }) => {
  const people = (count) => (uses ? `${count} of ${uses}` : "Its holder");
  if (let_out) return outcome("good", "Let out", `${people(let_out)} may come in again.`);
  const first = uses_taken ? `, and ${uses_taken} came for the first time` : "";
  if (came_again) return outcome("good", "In again", `${people(came_again)} had left${first}.`);
  return outcome("good", "Redeemed", `${amount}${status === "redeemed" ? "" : `, ${left} left`}.`);
};

/** Redeems what was found, or a part of it, an amount or a number of uses: with the server's word, or, where that doesn't come in
 * time, on this scanner's own record, from which it is told to the server later under the same key. */
export const redeem = async (finding, part, { gate, entrance }) => {
  const [id, now] = [crypto.randomUUID(), new Date()];
  const at = Math.floor(now.getTime() / 1000);
  const serial = finding.key;
  const what = finding.text ? { indicium: finding.text } : { serial };
  try {
    if (!network.isThere) throw new Unreachable();
    const answer = await redemption(AbortSignal.timeout(PATIENCE), id, { ...what, gate, ...(entrance && { entrance }), ...part });
    if (!answer.ok) {
      const problem = await problemOf(answer);
      const isItsFault = answer.status < 500 && ![401, 403].includes(answer.status);
      return outcome(isItsFault ? "bad" : "wait", isItsFault ? "Not redeemed" : problem.title, problem.message);
    }
    const redeemed = answer.json();
    await note({ serial, left: redeemed.left, outside: redeemed.outside, at, gate, settled: serverTime(answer) });
    return redeemedAs(redeemed);
  } catch (error) {
    if (error instanceof Problem) return outcome("wait", error.title, error.message);
    if (!(error instanceof Unreachable)) throw error;
  }
  if (!(await steward())) return outcome("wait", "Not signed in", "Only a steward redeems: sign in below.");
  if (!finding.text) {
    return outcome("wait", "Can't tell", "Without the network a serial alone can't be redeemed: scan the symbol itself.");
  }
  const taken = await ask("take", serial, part, at, gate).catch((error) => error);
  if (taken instanceof Error) return outcome("wait", "Not redeemed", `${taken.message}.`);
  const { left, outside } = taken;
  await note({ serial, left, outside, at, gate });
  const used_at = new Date(at * 1000).toISOString().replace(".000", "");
  const leaves = part.leaves && { leaves: true };
  await queue.put({ id, serial, gate, used_at, ...leaves, ...(finding.is_used_in_part && { amount: taken.amount }) });
  network.changed();
  const word = leaves ? "Let out here" : "Redeemed here";
  const reason = "Done without the network; it is sent as soon as there is one.";
  return outcome("good", word, reason, { unknown: finding.unknown });
};

/** Where something was redeemed last, by the books. */
export const lastUse = async (serial) => {
  const answer = await authorised(AbortSignal.timeout(PATIENCE), `/v1/redemptions/${serial}`);
  const last = answer.ok && answer.json().findLast(({ reversed }) => !reversed);
  return last && `Last at ${last.gate} by ${last.by}, ${last.at}.`;
};

/** Problems that are nothing's fault that was redeemed. */
const LATER = [401, 403, 408];

/** Tells the server what was redeemed without it, and says whether something turned out to be used twice. */
const tell = async () => {
  let isDouble = false;
  for (const one of await queue.all()) {
    if (one.refused) continue;
    const { id, refused: _, ...content } = one;
    const answer = await redemption(AbortSignal.timeout(LONG), id, content);
    if (answer.ok) {
      isDouble ||= "excess" in answer.json();
      await settle(one.serial, serverTime(answer));
      await queue.remove(id);
    } else if (LATER.includes(answer.status) || answer.status >= 500) {
      throw await problemOf(answer);
    } else {
      await queue.put({ ...one, refused: (await problemOf(answer)).message });
    }
    network.changed();
  }
  return isDouble;
};

/** Lists all double uses that there are, wherever. */
const listDoubles = async () => {
  const items = [];
  let cursor;
  do {
    const query = cursor ? `?${new URLSearchParams({ cursor })}` : "";
    const answer = await authorised(AbortSignal.timeout(LONG), `/v1/double-uses${query}`);
    if (!answer.ok) throw await problemOf(answer);
    const page = answer.json();
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  await keep("doubles", items);
};

/** Brings trust bundle and status snapshot up to date. */
export const refresh = async () => {
  const signal = AbortSignal.timeout(LONG);
  const tag = await kept("bundle-tag");
  const cose = "application/cose";
  const bundle = await send("/v1/trust-bundle", cose, signal, { headers: tag ? { "If-None-Match": tag } : {} });
  if (bundle.ok) {
    await ask("takeBundle", bundle.bytes);
    await keep("bundle", bundle.bytes);
    await keep("bundle-tag", bundle.headers.get("ETag"));
  }
  const { statuses_digest: digest } = await ask("standing");
  const headers = digest ? { "If-None-Match": `"${digest}"` } : {};
  const statuses = await send(`/v1/status-snapshot${digest ? `?since=${digest}` : ""}`, cose, signal, { headers });
  if (!statuses.ok) return;
  await ask("takeStatuses", statuses.bytes);
  await keep("statuses", await ask("statuses"));
};

/** Looks whether the server is there, and brings both sides up to date; and does so again by itself. */
export const look = async () => {
  clearTimeout(next);
  // Of several pages only one tells the server, and none waits for another.
  await navigator.locks.request("mintage-scanner", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    try {
      await refresh();
      if (await steward()) {
        network.isDouble = (await tell()) || network.isDouble;
        await listDoubles();
      }
      network.trouble = null;
    } catch (error) {
      network.trouble = error instanceof Unreachable ? null : error.message;
    }
  });
  network.changed();
  const isCalm = network.isThere && (await queue.all()).every(({ refused }) => refused);
  lookIn(isCalm ? SELDOM : OFTEN);
};

addEventListener("online", look);
addEventListener("offline", () => reached(false));
