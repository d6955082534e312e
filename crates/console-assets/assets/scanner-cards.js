// A verdict as it is seen and heard: colour, shape, word, sound.

const TIMES = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;

const shown = (time) => new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Times in a sentence as this place's clocks show them. */
export const local = (text) => text.replace(TIMES, shown);

const UNITS = [
  ["day", 1_440],
  ["hour", 60],
  ["minute", 1],
];

/** How long ago something was, in the largest unit of which there are two. */
const age = (time) => {
  const minutes = Math.floor((Date.now() - Date.parse(time)) / 60_000);
  if (minutes < 2) return "just now";
  const [unit, length] = UNITS.find(([, length]) => minutes >= 2 * length);
  return `${Math.floor(minutes / length)} ${unit}s ago`;
};

/** The same, and how long ago they are. */
export const dated = (text) => text.replace(TIMES, (time) => `${shown(time)} (${age(time)})`);

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter(Boolean));
  return made;
};

const SIGNS = { good: "✓", wait: "?", bad: "✕", other: "–", pending: "…" };

/** Whether it is for several uses. */
const isSeveral = ({ uses_left }) => typeof uses_left === "number";

const facts = (finding) => {
  const { title, left, amount, service, serial, issued_at, not_before, expires } = finding;
  const pairs = [
    ["Kind", title],
    ["Worth", amount],
    ["Left", finding.is_used_in_part && left],
    ["Uses left", isSeveral(finding) && String(finding.uses_left)],
    ["Outside", finding.outside > 0 && String(finding.outside)],
    ["Event", finding.event],
    ["Seat", finding.seat],
    ["Entrance", finding.entrance],
    ["For", service],
    ["Serial", serial],
    ["Issued", issued_at],
    ["Valid from", not_before],
    ["Valid until", expires],
  ].filter(([, value]) => value);
  const pair = ([name, value]) =>
    element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: local(value) }));
  return element("dl", { className: "facts" }, ...pairs.map(pair));
};

let number = 0;

/** A field and its button. */
const asked = (label, button, act) => {
  const id = `asked-${++number}`;
  const field = element("input", { id, autocomplete: "off", spellcheck: false });
  const said = element("p", { className: "hint", role: "status" });
  const row = element("div", { className: "beside" }, field, element("button", { type: "submit", textContent: button }));
  const form = element("form", { className: "field", noValidate: true }, element("label", { htmlFor: id, textContent: label }), row, said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await act(field.value.trim()).catch((error) => error.message);
    if (answer) said.textContent = answer;
  });
  return form;
};

const HELD = {
  matches: "✓ It is made out to this name.",
  differs: "✕ It is made out to somebody else, or the name is written in another way.",
};

/** What the steward says of a cheque. */
const SIGNED = "Redeem: signed again before me, and both signatures are alike";

/** The card of a finding, at a gate by which people come in or leave, of something with which somebody may have left. `say` shows
 * what came of it; `close` takes away what can't be done any more. */
export const card = (finding, { isLeaving, mayBeOutside }, { holder, redeem }) => {
  const sign = element("span", { className: "sign", ariaHidden: "true" });
  const word = element("p", { className: "word" });
  const [reason, unknown] = [element("p"), element("p", { className: "unknown" })];
  const acts = element("div", { className: "acts" });
  if (finding.has_holder) {
    acts.append(asked("Whose name is on it?", "Compare", async (name) => (name ? HELD[await holder(name)] : "Enter the name.")));
  }
  const isGenuine = finding.verdict === "genuine" && (mayBeOutside || ["good", "wait"].includes(finding.colour));
  const isSerial = finding.verdict === "can't tell" && !finding.text && /^\d{10}-\d{12}-\d\d$/.test(finding.key);
  const uses = (more) => async (count) => {
    if (count && !/^\d{1,5}$/.test(count)) return "Enter a whole number.";
    return redeem(count ? { uses: Number(count), ...more } : more);
  };
  const button = (textContent, part) => {
    const made = element("button", { type: "button", className: "primary redeem", textContent });
    made.addEventListener("click", () => redeem(part));
    return made;
  };
  const isWay = finding.reentry && finding.verdict === "genuine" && isLeaving;
  if (isWay && isSeveral(finding)) acts.append(asked("How many leave (one if empty)", "Let out", uses({ leaves: true })));
  else if (isWay) acts.append(button("Let out", { leaves: true }));
  else if (isSeveral(finding) && isGenuine) acts.append(asked("How many (one if empty)", "Redeem", uses({})));
  else if (finding.is_used_in_part && isGenuine) {
    acts.append(asked("Amount (all if empty)", "Redeem", (amount) => redeem(amount ? { amount } : {})));
  }
  else if (isGenuine || isSerial) {
    // Of a serial alone the steward sees on the paper what it is.
    if (!finding.is_countersigned) acts.append(button("Redeem", {}));
    if (isSerial || finding.is_countersigned) acts.append(button(SIGNED, { countersigned: true }));
  }
  const made = element("article", {}, sign, word, reason, unknown, acts, facts(finding));
  made.dataset.key = finding.key;
  made.say = ({ colour, word: text, reason: why, unknown: open }, isOffline) => {
    made.className = `outcome ${colour}`;
    made.dataset.colour = colour;
    sign.textContent = SIGNS[colour];
    word.textContent = text;
    reason.textContent = local(why);
    unknown.textContent = isOffline && open ? dated(open) : "";
  };
  made.close = (isOver) => isOver && acts.replaceChildren();
  return made;
};

// Two notes up for good, one for a look, a low buzz for bad.

const NOTES = { good: [880, 1320], wait: [660, 660], bad: [180, 140], other: [440] };
let audio;

export const sounds = (colour) => {
  navigator.vibrate?.(colour === "good" ? 60 : [120, 80, 120]);
  if (audio?.state !== "running") return;
  (NOTES[colour] ?? []).forEach((frequency, place) => {
    const [tone, loud] = [audio.createOscillator(), audio.createGain()];
    const start = audio.currentTime + place * 0.14;
    Object.assign(tone, { type: colour === "bad" ? "sawtooth" : "sine" });
    tone.frequency.value = frequency;
    loud.gain.setValueAtTime(0.25, start);
    loud.gain.exponentialRampToValueAtTime(0.001, start + 0.13);
    tone.connect(loud).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.14);
  });
};

/** Browsers let a page sound only after somebody did something on it. */
sounds.begin = () => {
  audio ??= new AudioContext();
  audio.resume();
};
