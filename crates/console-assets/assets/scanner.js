// The scanner's page: what is seen and heard, and by what.

import { Problem } from "./{{keys.js}}";
import { ask, kept, look as judge, queue, settleIn } from "./{{scanner-mind.js}}";
import { lastUse, look as lookAtServer, network, redeem, refresh, signIn, signOut, steward } from "./{{scanner-server.js}}";
import { card, dated, local, sounds } from "./{{scanner-cards.js}}";

const find = (id) => document.getElementById(id);
const [verdicts, typed, settings] = ["verdicts", "typed", "settings"].map(find);

// One showing of a symbol is one scan: it is the same until it was out of sight for so many milliseconds.

const AWAY = 3_000;
/** Milliseconds within which two are beside one another. */
const BESIDE = 1_000;
const inSight = new Map();
/** The last text of each that is in sight: a device shows it anew every few seconds, and the server wants the newest. */
const texts = new Map();

const isNew = (key, now) => {
  const before = inSight.get(key);
  inSight.set(key, now);
  return before === undefined || now - before > AWAY;
};

const isLeaving = () => settings.elements.mode.value === "leave";

/** Whether somebody may have left with what is used for this scanner: the server knows. */
const mayBeOutside = ({ reentry, word }) => reentry && word === "Used already" && network.isThere && !isLeaving();

/** Whether somebody is let out without a further question. */
const isLetOutAtOnce = ({ verdict, reentry, uses_left }) =>
  isLeaving() && verdict === "genuine" && reentry && typeof uses_left !== "number";

/** Whether something is redeemed without a further question. */
const isRedeemedAtOnce = (finding) => {
  const { colour, is_used_in_part, is_countersigned, has_holder } = finding;
  const isFit = colour === "good" || mayBeOutside(finding);
  return settings.elements.mode.value === "redeem" && isFit && !is_used_in_part && !is_countersigned && !has_holder;
};

/** Shows a finding, and what comes of it. */
const show = async (finding, began) => {
  const shown = card(finding, { isLeaving: isLeaving(), mayBeOutside: mayBeOutside(finding) }, {
    holder: (name) => ask("holder", finding.serial, name),
    redeem: (part) => redeemed(finding, shown, part),
  });
  const beside = ({ dataset: { key } }) => key !== finding.key && began - inSight.get(key) < BESIDE;
  verdicts.replaceChildren(shown, ...[...verdicts.children].filter(beside));
  if (isRedeemedAtOnce(finding)) await redeemed(finding, shown, {});
  else if (isLetOutAtOnce(finding)) await redeemed(finding, shown, { leaves: true });
  else shown.say(finding, !network.isThere);
  sounds(shown.dataset.colour);
  performance.measure("verdict", { start: began, end: performance.now() });
  if (finding.status?.startsWith("redeemed") && network.isThere) {
    const last = await lastUse(finding.key).catch(() => null);
    if (last) shown.say({ ...finding, unknown: last }, true);
  }
};

const redeemed = async (finding, shown, part) => {
  const gate = settings.elements.gate.value.trim();
  if (!gate) {
    shown.say({ colour: "wait", word: "Which gate?", reason: "Enter the name of this gate below." });
    return;
  }
  shown.say({ colour: "pending", word: "…", reason: "" });
  const place = { gate, entrance: settings.elements.entrance.value.trim() };
  const outcome = await redeem({ ...finding, text: texts.get(finding.key) ?? finding.text }, part, place);
  shown.say(outcome, outcome.unknown !== undefined);
  shown.close(outcome.colour === "good" || outcome.colour === "bad");
};

let refreshed = 0;

/** Whether more is known now than by what something was judged that couldn't be told. */
const isKnownBetter = async (found) => {
  const isUnclear = found.some(({ verdict }) => verdict === "can't tell");
  if (!isUnclear || !network.isThere || Date.now() - refreshed < 3_000) return false;
  refreshed = Date.now();
  return refresh().then(
    () => true,
    () => false,
  );
};

// The camera: each frame after the one before was judged.

const video = document.querySelector("video");
const canvas = new OffscreenCanvas(1, 1);
const pen = canvas.getContext("2d", { willReadFrequently: true });

/** The pixels of a picture, made smaller if it is larger than it needs be. */
const pixels = (source, width, height, most) => {
  const scale = Math.min(1, most / Math.max(width, height));
  Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
};

const frame = async () => {
  const began = performance.now();
  const found = await judge(pixels(video, video.videoWidth, video.videoHeight, 1280)).catch(() => []);
  const fresh = found.filter(({ key }) => isNew(key, began));
  for (const { key, text } of found) texts.set(key, text);
  for (const [key, seen] of inSight) {
    if (began - seen > 10 * AWAY) [inSight, texts].forEach((known) => known.delete(key));
  }
  if (await isKnownBetter(fresh)) fresh.forEach(({ key }) => inSight.delete(key));
  else await Promise.all(fresh.map((finding) => show(finding, began)));
};

const film = async () => {
  while (video.srcObject) {
    if (!document.hidden && video.videoWidth > 0) await frame().catch((error) => fail(find("camera-failure"), error));
    await new Promise((resolve) => (document.hidden ? setTimeout(resolve, 500) : requestAnimationFrame(resolve)));
  }
};

const showCamera = (is) => {
  find("camera").hidden = find("stop").hidden = !is;
  find("start").hidden = is;
};

find("start").addEventListener("click", async () => {
  find("camera-failure").replaceChildren();
  sounds.begin();
  try {
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted });
    await video.play();
    showCamera(true);
    film();
  } catch {
    fail(find("camera-failure"), new Problem("No camera", "Allow this page to use it, or choose a picture below."));
  }
});

find("stop").addEventListener("click", () => {
  video.srcObject?.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
  showCamera(false);
});

// Forms

const fail = (place, error) => {
  const title = document.createElement("strong");
  title.textContent = error.title ?? "That didn't work";
  const detail = document.createElement("p");
  detail.textContent = error.message;
  place.replaceChildren(title, detail);
};

const working = (form, act) =>
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failure = form.querySelector(".failure");
    failure.replaceChildren();
    await act().catch((error) => fail(failure, error));
  });

const scan = async (act) => {
  sounds.begin();
  const began = performance.now();
  let found = await act();
  if (await isKnownBetter(found)) found = await act();
  if (found.length === 0) throw new Problem("Nothing found", "There is no symbol to be read in this picture.");
  verdicts.replaceChildren();
  inSight.clear();
  texts.clear();
  await Promise.all(found.filter(({ key }) => isNew(key, began)).map((finding) => show(finding, began)));
};

working(typed, async () => {
  const text = typed.elements.code.value.trim();
  typed.elements.code.value = "";
  if (text) await scan(() => ask("read", text));
});

typed.elements.picture.addEventListener("change", async () => {
  const [chosen] = typed.elements.picture.files;
  if (!chosen) return;
  const failure = typed.querySelector(".failure");
  failure.replaceChildren();
  const bitmap = await createImageBitmap(chosen).catch(() => null);
  await (bitmap
    ? scan(() => judge(pixels(bitmap, bitmap.width, bitmap.height, 2_000)))
    : Promise.reject(new Problem("No picture", "This file is none that can be read."))
  ).catch((error) => fail(failure, error));
  typed.elements.picture.value = "";
});

// A hardware scanner types wherever one is: so that is the field for it, unless somebody writes in another.
addEventListener("keydown", (event) => {
  if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey && !event.target.closest("input, button")) {
    typed.elements.code.focus();
  }
});

settings.addEventListener("input", () => settleIn(Object.fromEntries(new FormData(settings))));
settings.addEventListener("submit", (event) => event.preventDefault());

working(find("sign-in"), async () => {
  const form = find("sign-in");
  await signIn(form.elements.key.value).finally(() => form.reset());
  await navigator.storage?.persist?.();
  lookAtServer();
});

working(find("sign-out"), async () => {
  await signOut();
  await status();
});

// What is known, what waits, what came out

const facts = (place, pairs) =>
  place.replaceChildren(
    ...pairs.map(([name, value]) => {
      const pair = document.createElement("div");
      ["dt", "dd"].forEach((tag, at) => {
        pair.append(Object.assign(document.createElement(tag), { textContent: [name, value][at] }));
      });
      return pair;
    }),
  );

const list = (section, sentences) => {
  section.hidden = sentences.length === 0;
  const items = sentences.map((text) => Object.assign(document.createElement("li"), { textContent: local(text) }));
  section.querySelector("ul").replaceChildren(...items);
};

const used = ({ gate, at, by }) => `at ${gate}, ${at}, by ${by}`;

const status = async () => {
  const [known, waiting, doubles, who] = await Promise.all([ask("standing"), queue.all(), kept("doubles"), steward()]);
  const badge = find("network");
  badge.className = `badge ${network.isThere ? "good" : "wait"}`;
  const count = waiting.filter(({ refused }) => !refused).length;
  const since = network.since.toLocaleTimeString(undefined, { timeStyle: "short" });
  badge.textContent = `${network.isThere ? "Online" : `No network since ${since}`}${count ? `, ${count} to send` : ""}`;
  find("sign-in").hidden = Boolean(who);
  find("sign-out").hidden = !who;
  find("who").textContent = who?.name ?? "";
  facts(find("standing"), [
    ["Issuer", known.issuer ?? "nobody yet"],
    ["Trust bundle", dated(known.bundle_made ?? "none yet")],
    ["Good until", local(known.bundle_expires ?? "–")],
    ["Status snapshot", dated(known.statuses_at ?? "none yet")],
  ]);
  list(
    find("waiting"),
    waiting.map(({ serial, used_at, gate, refused }) => `${serial} at ${gate}, ${used_at}${refused ? `: refused. ${refused}` : ""}`),
  );
  list(
    find("doubles"),
    (doubles ?? []).map((one) => `${one.use.serial}: ${[one.use, ...one.others].map(used).join("; and ")}`),
  );
  const alarm = find("alarm");
  const isDouble = "Something was used twice while there was no network: see below.";
  alarm.textContent = network.trouble ?? (network.isDouble ? isDouble : "");
  alarm.hidden = alarm.textContent === "";
};

network.changed = status;

const begin = async () => {
  for (const [name, value] of Object.entries((await kept("settings")) ?? {})) settings.elements[name].value = value;
  await status();
  document.documentElement.dataset.ready = "";
  await navigator.serviceWorker?.register("/scanner/service-worker.js", { scope: "/scanner" }).catch(() => {});
  await lookAtServer();
  setInterval(status, 30_000);
};

begin();
