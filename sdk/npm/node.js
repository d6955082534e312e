import { readFile } from 'node:fs/promises';
import { verifierOf } from './verifier.js';

const source = new URL('./mintage_verify.wasm', import.meta.url);

export { VerifierError } from './verifier.js';
export const Verifier = verifierOf(() => readFile(source));
