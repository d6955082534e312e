// An independent label printer: draws each label of a file of ZPL as a PNG.
//
// Usage: zpl_peer.mjs FILE WIDTH_MM HEIGHT_MM DOTS_PER_MM FOLDER
// Writes 1.png, 2.png, … into the folder, and prints how many.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { ready } = createRequire(import.meta.url)("zpl-renderer-js");
const [file, width, height, dots, folder] = process.argv.slice(2);
const { api } = await ready;
const labels = await api.zplToBase64MultipleAsync(
  readFileSync(file, "latin1"),
  Number(width),
  Number(height),
  Number(dots),
);
labels.forEach((label, place) => writeFileSync(`${folder}/${place + 1}.png`, Buffer.from(label, "base64")));
console.log(labels.length);
process.exit(0); // the renderer's WebAssembly would wait for ever
