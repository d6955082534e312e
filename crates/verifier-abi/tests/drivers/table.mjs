// Does what the lines of standard input say, by the package's module that is named: node.js, or browser.js with a fetch of files.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const module = pathToFileURL(process.argv[2]);
if (process.argv[2].endsWith('browser.js')) globalThis.fetch = async (url) => new Response(await readFile(url));
const { Verifier, VerifierError } = await import(module);

const bytes = (word) => (word === '-' ? undefined : new Uint8Array(Buffer.from(word.slice(1), 'hex')));
const text = (word) => (word === '-' ? undefined : Buffer.from(word.slice(1), 'hex').toString());
let verifier;
const steps = {
  open: async (bundle, root) => void (verifier = await Verifier.open(bytes(bundle), { root: text(root) })),
  status: (status) => verifier.addStatus(bytes(status)),
  about: () => verifier.about(),
  verify: (now, holder, code) => verifier.verify(bytes(code), { holder: text(holder), at: Number(now) }),
  read: (now, holder, code) => verifier.verify(text(code), { holder: text(holder), at: new Date(now * 1000) }),
};
for await (const line of createInterface({ input: process.stdin })) {
  const [step, ...words] = line.split(' ');
  try {
    console.log(JSON.stringify((await steps[step](...words)) ?? {}));
  } catch (error) {
    if (!(error instanceof VerifierError)) throw error;
    console.log(JSON.stringify(error.message));
  }
}
