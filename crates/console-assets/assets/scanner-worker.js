// Reads and judges symbols beside the page, so that it can be used meanwhile.

import init, { How, Scanner, signIn, staffKeyId } from "./{{glue}}";

const begun = init({ module_or_path: new URL("./{{wasm}}", import.meta.url) }).then(() => new Scanner());

const now = () => Date.now() / 1000;

const acts = {
  look: (scanner, width, height, pixels) => JSON.parse(scanner.look(width, height, pixels, now())),
  read: (scanner, text) => JSON.parse(scanner.read(text, now())),
  standAt: (scanner, entrance, hours) => scanner.standAt(entrance, hours),
  take: (scanner, serial, { amount, uses, countersigned, leaves }, at, gate) => {
    const how = leaves ? How.Leaves : countersigned ? How.Countersigned : How.Plainly;
    return JSON.parse(scanner.take(serial, amount, uses, how, at, gate));
  },
  holder: (scanner, serial, holder) => scanner.holder(serial, holder),
  noteUse: (scanner, { serial, left, outside = 0, at, gate, settled }) =>
    scanner.noteUse(serial, left, outside, at, gate, settled),
  takeBundle: (scanner, bytes) => scanner.takeBundle(bytes),
  takeStatuses: (scanner, bytes) => scanner.takeStatuses(bytes),
  restoreStatuses: (scanner, payload) => scanner.restoreStatuses(payload),
  statuses: (scanner) => scanner.statuses(),
  standing: (scanner) => JSON.parse(scanner.standing()),
  staffKeyId: (_, seed) => staffKeyId(seed),
  signIn: (_, ...what) => {
    const { contentDigest, signatureInput, base } = signIn(...what);
    return { contentDigest, signatureInput, base };
  },
};

addEventListener("message", async ({ data: { id, name, what } }) => {
  try {
    postMessage({ id, value: acts[name](await begun, ...what) });
  } catch (error) {
    // After a trap its memory can't be relied on.
    postMessage({ id, error: error.message, isBroken: error instanceof WebAssembly.RuntimeError });
  }
});
