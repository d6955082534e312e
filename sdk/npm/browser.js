import { verifierOf } from './verifier.js';

const source = new URL('./mintage_verify.wasm', import.meta.url);

export { VerifierError } from './verifier.js';
export const Verifier = verifierOf(async () => {
  const answer = await fetch(source);
  if (!answer.ok) throw new Error(`${source} can't be fetched: ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
});
