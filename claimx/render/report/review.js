// How a person decides: buttons, forms and keys at a claim, and the list of all decisions.

import { count, find, make } from "./page.js";
import { documents, groups, linkGroup } from "./data.js";
import {
  countVerdicts,
  decide,
  describeReview,
  findGroup,
  listActive,
  listLines,
  readLines,
  resume,
  undo,
  writeLines,
} from "./decisions.js";

const ACTIONS = {
  a: ["accept", "Accept"],
  x: ["reject", "Reject"],
  m: ["merge", "Merge"],
  s: ["split", "Split"],
  e: ["reword", "Reword"],
  n: ["note", "Note"],
  u: ["undo", "Undo"],
};

let hooks = null;
let partner = null;

/** The facts of a row: what is decided about its claim. */
export function listReview(group) {
  const said = describeReview(group).map((text) => make("bdi", { class: "badge decided" }, text));
  const before = [group.reworded && "worded by a person", ...(group.notes ?? []).map((text) => `note: ${text}`)];
  const accepted = group.members.length > 0 && group.members.every((member) => member.accepted);
  return [
    ...[accepted && "accepted by a person", ...before].filter(Boolean).map((text) => make("bdi", { class: "badge" }, text)),
    ...said,
    group === partner && make("span", { class: "badge decided" }, "to be merged"),
  ];
}

/** Whether all of a claim is rejected. */
export const isRejected = (group) => countVerdicts(group, "reject") === group.members.length;

/** A box that chooses *member* of an open claim, where there are several. */
export function makeChoice(group, member) {
  if (group.members.length < 2) return null;
  const { label } = documents[member.document];
  const box = make("input", { type: "checkbox", "aria-label": `Choose what ${label} says` });
  box.member = member;
  return box;
}

/** The buttons of an open claim. */
export function makeActions(row) {
  const buttons = Object.entries(ACTIONS).filter(([key]) => key !== "u").map(([key, [kind, name]]) => {
    const button = make("button", { type: "button", "aria-keyshortcuts": key }, name, " ", make("kbd", {}, key));
    button.addEventListener("click", () => act(kind, row));
    return button;
  });
  return make("div", { class: "actions", role: "group", "aria-label": "Decide" }, ...buttons);
}

/** The members chosen in *row*, or all. */
function listChosen(row) {
  const boxes = [...row.querySelectorAll(".members input:checked")];
  return boxes.map((box) => box.member);
}

function act(kind, row) {
  const { group } = row;
  const chosen = listChosen(row);
  const about = chosen.length > 0 ? chosen : group.members;
  if (kind === "accept" || kind === "reject") return settle(decide(kind, [about]), `${kind}ed`);
  if (kind === "merge") return merge(group);
  if (kind === "split") return split(group, chosen);
  return askText(kind, row);
}

function settle({ touched, regrouped }, what) {
  if (regrouped) hooks.rearrange([...touched][0]);
  else for (const group of touched) hooks.renew(group);
  renewList();
  hooks.say(`${what[0].toUpperCase()}${what.slice(1)}. ${count(listActive().length, "decision")} so far`);
}

function merge(group) {
  if (partner === null || partner === group) {
    const before = partner;
    partner = before === group ? null : group;
    hooks.renew(group);
    return hooks.say(partner ? "Go to the claim that says the same and press m there; Esc gives up" : "Not merged");
  }
  const first = partner;
  partner = null;
  return settle(decide("merge", [first.members, group.members]), "merged");
}

function split(group, chosen) {
  if (chosen.length === 0 || chosen.length === group.members.length) {
    const why = group.members.length < 2 ? "Only one document says this" : "Choose who says something else: Space on the boxes of some, not all, then s";
    return hooks.say(why);
  }
  const rest = group.members.filter((member) => !chosen.includes(member));
  return settle(decide("split", [chosen, rest]), "split");
}

/** Ask for a wording or a note below a claim. */
function askText(kind, row) {
  const { group } = row;
  row.querySelector("form")?.remove();
  const field = make("textarea", { rows: 2, dir: "auto" }, kind === "reword" ? (group.review?.wording ?? group.claim) : "");
  const leave = make("button", { type: "button" }, "Give up");
  const label = kind === "reword" ? "Your wording" : "Your note";
  const form = make("form", { class: "ask" }, make("label", {}, label, field), make("button", {}, "Keep"), leave);
  const back = () => {
    form.remove();
    row.firstElementChild.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return field.focus();
    back();
    return settle(decide(kind, [group.members], text), kind === "reword" ? "reworded" : "noted");
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
    else if (event.key === "Enter" && !event.shiftKey && event.target === field) form.requestSubmit();
    else return;
    event.preventDefault();
  });
  leave.addEventListener("click", back);
  row.append(form);
  field.focus();
  field.select();
}

function undoOne(decision) {
  return decision ? settle(undo(decision), "undone") : hooks.say("Nothing to undo");
}

/** Do what *key* stands for, if it decides anything about *row*, or undoes; tell whether it did. */
export function pressKey(key, row) {
  if (key === "Escape" && partner) merge(partner);
  else if (key === "u") undoOne(listActive().at(-1));
  else if (Object.hasOwn(ACTIONS, key) && row) act(ACTIONS[key][0], row);
  else return false;
  return true;
}

function listDecision(decision) {
  const { kind, about, text, made, by } = decision;
  const button = make("button", { type: "button" }, "Undo");
  button.addEventListener("click", () => {
    undoOne(decision);
    find("decisions-title").focus();
  });
  const group = findGroup(decision);
  const said = about.map((side) => `“${findGroup({ about: [side] })?.claim ?? side[0].text}”`).join(kind === "split" ? " from " : " with ");
  return make(
    "li",
    {},
    make("p", {}, make("b", {}, `${kind} `), group ? make("a", { href: linkGroup(group), dir: "auto" }, said) : make("bdi", {}, said)),
    text && make("p", { dir: "auto" }, text),
    make("p", { class: "facts" }, by && make("bdi", {}, by), made && make("span", {}, made.slice(0, 16).replace("T", " ")), button),
  );
}

function renewList() {
  const active = listActive();
  find("decisions-count").textContent = active.length.toLocaleString("en");
  find("decisions-none").hidden = active.length > 0;
  find("decisions-get").disabled = listLines().length === 0;
  find("decisions-list").replaceChildren(...active.toReversed().map(listDecision));
}

function download() {
  const address = URL.createObjectURL(new Blob([writeLines()], { type: "application/jsonl" }));
  make("a", { href: address, download: "decisions.jsonl" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

const tell = (text) => find("decisions-status").replaceChildren(...make("span", {}, text).childNodes);

async function readFile({ target }) {
  const [file] = target.files;
  if (!file) return;
  try {
    const added = readLines(await file.text());
    hooks.rearrange(groups[0]);
    renewList();
    tell(`${count(added, "decision")} read from ${file.name}`);
  } catch ({ message }) {
    tell(`${file.name}: ${message}`);
  }
  target.value = "";
}

/** Begin: *given* say things, show one claim, or all, anew, or the list in another arrangement. */
export function setUpReview(given) {
  hooks = given;
  resume(hooks.say);
  find("decisions-get").addEventListener("click", download);
  find("decisions-read").addEventListener("change", readFile);
  renewList();
}
