// What the scanner knows and keeps. What is kept is in the browser's database; what judges by it is in a worker, which begins
// anew with what is kept if it ever breaks.

import { databaseOf } from "./{{keys.js}}";

const inStore = databaseOf("mintage-scanner", ["kept", "uses", "queue"]);

export const kept = (name) => inStore("kept", "readonly", (store) => store.get(name));

export const keep = (name, value) => inStore("kept", "readwrite", (store) => store.put(value, name));

export const forget = (name) => inStore("kept", "readwrite", (store) => store.delete(name));

const inOrder = (one, other) => (one.used_at < other.used_at ? -1 : Number(one.used_at > other.used_at));

/** Redemptions that the server hasn't heard of: serial, amount, place and time, and nothing that somebody else could use; the
 * first first, since who comes in again has left before. */
export const queue = {
  all: async () => (await inStore("queue", "readonly", (store) => store.getAll())).toSorted(inOrder),
  put: (one) => inStore("queue", "readwrite", (store) => store.put(one, one.id)),
  remove: (id) => inStore("queue", "readwrite", (store) => store.delete(id)),
};

/** Seconds for which it is remembered what was redeemed here. */
const REMEMBERED = 30 * 86_400;

const uses = {
  all: () => inStore("uses", "readonly", (store) => store.getAll()),
  get: (serial) => inStore("uses", "readonly", (store) => store.get(serial)),
  put: (one) => inStore("uses", "readwrite", (store) => store.put(one, one.serial)),
  remove: (serial) => inStore("uses", "readwrite", (store) => store.delete(serial)),
};

let worker;
let last = 0;
const waiting = new Map();

const call = (name, what, transfer = []) =>
  new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, name, what }, transfer);
  });

const broken = () => {
  worker.terminate();
  waiting.forEach(({ reject }) => reject(new Error("the scanner begins anew; scan it once more")));
  waiting.clear();
  ready = begin();
};

const begin = async () => {
  worker = new Worker(new URL("./{{scanner-worker.js}}", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data: { id, value, error, isBroken } }) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked.resolve(value);
    else asked.reject(new Error(error));
    if (isBroken) broken();
  });
  const [bundle, statuses, settings] = await Promise.all(["bundle", "statuses", "settings"].map(kept));
  await call("standAt", post(settings));
  // What can't be used any more is fetched again.
  if (bundle) await call("takeBundle", [bundle]).catch(() => {});
  if (statuses) await call("restoreStatuses", [statuses]).catch(() => {});
  for (const use of await uses.all()) {
    if (use.at < Date.now() / 1000 - REMEMBERED) await uses.remove(use.serial);
    else await call("noteUse", [use]);
  }
};

/** Where it stands, and for how many hours it goes by a snapshot. */
const post = ({ entrance = "", hours = "" } = {}) => [entrance, Number(hours) || undefined];

let ready = begin();

/** Asks the worker. */
export const ask = async (name, ...what) => {
  await ready;
  return call(name, what);
};

/** Takes what the steward says of the place. */
export const settleIn = async (settings) => {
  await keep("settings", settings);
  await ask("standAt", ...post(settings));
};

/** Judges a picture, whose pixels go to the worker. */
export const look = async ({ width, height, data }) => {
  await ready;
  return call("look", [width, height, data], [data.buffer]);
};

/** Remembers a redemption that was made here. */
export const note = async (use) => {
  await uses.put(use);
  await ask("noteUse", use);
};

/** The server knows of a redemption since a time of its own clock, in seconds. */
export const settle = async (serial, settled) => {
  const use = await uses.get(serial);
  if (use) await note({ ...use, settled });
};
