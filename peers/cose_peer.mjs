// An independent verifier of indicia: npm's @auth0/cose for the signatures, node:crypto for the trees.
//
// Reads lines of JSON, each with "indicium" and "key", a COSE_Key, both in hex, and "trust": whether the key is the
// "signer" or the "root", to which the certificates inside must lead. Prints a line for each: genuine, or refused and
// why. It knows the standards and the layout of an indicium, not what Mintage refuses beyond them.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const require = createRequire(import.meta.url); // Node.js 18 can't import the library's modules
const { Algorithms, COSEKey, COSEKeyParam, KeyType, Sign1 } = require('@auth0/cose');
const { Encoder } = require('cbor-x');

const KEY_ID = 4; // of a header, RFC 9052 §3.1
const [SUBJECT, CONFIRMATION, CONFIRMED_KEY] = [2, 8, 1]; // RFC 8392 §3.1, RFC 8747 §3.1
const [VDS, VDP, INCLUSION, RFC9162_SHA256] = [395, 396, -1, 1]; // RFC 9942
const CHAIN = -65537; // ours: the device's certificate and its issuer's
const [LEAF, NODE] = [Uint8Array.of(0), Uint8Array.of(1)]; // RFC 9162 §2.1.1

// As the library sets it up; its tag for COSE_Sign1 is known to every decoder of cbor-x.
const cbor = new Encoder({ tagUint8Array: false, useRecords: false, mapsAsObjects: false });

function sha256(...parts) {
  const hash = createHash('sha256');
  parts.forEach((part) => hash.update(part));
  return hash.digest();
}

function refuse(why) {
  throw new Error(why);
}

/** The payload, if this key, a Map, signed it. The key's id is its thumbprint (RFC 9679). */
async function verify(signed, key, detachedPayload) {
  if (!(signed instanceof Sign1)) refuse('no COSE_Sign1');
  const id = sha256(cbor.encode(key)).subarray(0, 8);
  if (!id.equals(signed.protectedHeaders.get(KEY_ID))) refuse('of another key');
  const isEdwards = key.get(COSEKeyParam.KeyType) === KeyType.OKP;
  const algorithms = [isEdwards ? Algorithms.EdDSA : Algorithms.ES256];
  await signed.verify(await COSEKey.import(key).toKeyLike(), { algorithms, detachedPayload });
  return signed.payload;
}

/** The key in a certificate that the key above signed. */
async function certified(certificate, above, subject) {
  const claims = cbor.decode(await verify(cbor.decode(certificate), above));
  if (claims.get(SUBJECT) !== subject) refuse(`a certificate for ${claims.get(SUBJECT)}, not ${subject}`);
  return claims.get(CONFIRMATION).get(CONFIRMED_KEY);
}

/** The tree's root, by the recursive definition of RFC 9162 §2.1.1. */
function root(leaf, index, size, path) {
  if (size === 1) {
    return index === 0 && path.length === 0 ? sha256(LEAF, leaf) : refuse("the path doesn't fit the tree");
  }
  let left = 1;
  while (left * 2 < size) left *= 2;
  const [below, sibling] = [path.slice(0, -1), path.at(-1)];
  return index < left
    ? sha256(NODE, root(leaf, index, left, below), sibling)
    : sha256(NODE, sibling, root(leaf, index - left, size - left, below));
}

function rootOfReceipt(leaf, receipt) {
  if (receipt.protectedHeaders.get(VDS) !== RFC9162_SHA256) refuse('an unknown kind of tree');
  const proofs = receipt.unprotectedHeaders.get(VDP).get(INCLUSION);
  if (proofs.length !== 1) refuse('not one proof');
  const [size, index, path] = cbor.decode(proofs[0]);
  return root(leaf, index, size, path);
}

async function check(indicium, key, trust) {
  let [read, detached] = [cbor.decode(indicium), undefined];
  if (Array.isArray(read)) {
    const leaf = read[0];
    read = read[1];
    detached = rootOfReceipt(leaf, read);
  }
  if (trust === 'root') {
    const [device, issuer] = read.unprotectedHeaders.get(CHAIN);
    key = await certified(device, await certified(issuer, key, 'issuer'), 'device');
  }
  await verify(read, key, detached);
}

for (const line of (await text(process.stdin)).split('\n').filter(Boolean)) {
  const { indicium, key, trust } = JSON.parse(line);
  const trusted = cbor.decode(Buffer.from(key, 'hex'));
  try {
    await check(Buffer.from(indicium, 'hex'), trusted, trust);
    console.log('genuine');
  } catch (error) {
    console.log(`refused: ${error.message.split('\n')[0]}`); // the library and the tampered bytes throw what they like
  }
}
