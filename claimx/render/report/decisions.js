// What a person decides about claims: lines that only grow, kept by this browser or by `claimx review`.

import { table } from "./page.js";
import { documents, groups, quoteOf, readVersion, regroup } from "./data.js";

const KEY = `claimx decisions ${table.id}`;
const MADE_UP = 12; // hexadecimal digits of an id

const groupOf = (member) => member.group;

/** A claim by what it says and cites, so that it is known again in another table. */
function nameMember(member) {
  const { id, sha256 } = documents[member.document];
  return {
    claim_id: member.id,
    document_id: id,
    sha256,
    text: member.text,
    quote: member.citations.map(quoteOf).join(" … "),
  };
}

function keyOf({ document_id: name, text, quote }) {
  return JSON.stringify([name, text, quote]);
}

let index = null;

/** All members by what they say and cite; made when it is first needed, as tables are large. */
function indexMembers() {
  const members = groups.flatMap((group) => group.members);
  return new Map(members.map((member) => [keyOf(nameMember(member)), member]));
}

/** The member that *subject* names, if it is in this table as it was when it was decided on. */
function findMember(subject) {
  index ??= indexMembers();
  return index.get(keyOf(subject));
}

/** The claim that *decision* is about, or the first of them, if it is in this table. */
export function findGroup({ about }) {
  const member = about.flat().map(findMember).find(Boolean);
  return member && groupOf(member);
}

let complain = () => {};
let lines = [];
let unsent = [];
let sending = null;

/** Every decision so far, undone ones and undoing included. */
export const listLines = () => lines;

/** The decisions that no later one undoes, in order. */
export function listActive() {
  const undone = new Set();
  return lines
    .toReversed()
    .filter(({ id, undoes }) => {
      if (undone.has(id)) return false;
      if (undoes !== undefined) undone.add(undoes);
      return undoes === undefined;
    })
    .reverse();
}

/** The members on each side of *decision*, with the decision, unless it fits this table no more. */
function findSides(decision) {
  return { decision, kind: decision.kind, sides: decision.about.map((side) => side.map(findMember).filter(Boolean)) };
}

function isStructural({ kind, sides }) {
  if (kind === "merge") return sides.flat().length > 0;
  return kind === "split" && sides.every((side) => side.length > 0) && !sides[0].some((one) => sides[1].includes(one));
}

/** Put the groups in order, and note at each what is decided about it. */
function mark() {
  const active = listActive().map(findSides);
  regroup(active.filter(isStructural));
  for (const group of groups) group.review = null;
  for (const { decision, sides } of active) {
    const touched = new Set(sides.flat().map(groupOf));
    for (const group of touched) {
      group.review ??= { decisions: [], verdicts: new Map(), merged: false, wording: null, notes: [], split: false };
      note(group, decision, sides);
    }
  }
}

function note(group, decision, sides) {
  const { kind, text } = decision;
  const { review } = group;
  review.decisions.push(decision);
  if (kind === "accept" || kind === "reject") {
    for (const member of sides[0]) if (groupOf(member) === group) review.verdicts.set(member, kind);
  }
  if (kind === "merge") review.merged = true;
  if (kind === "split") review.split = true;
  if (kind === "reword") review.wording = text;
  if (kind === "note") review.notes.push(text);
}

/** How many claims of *group* are accepted, or rejected. */
export const countVerdicts = (group, kind) =>
  group.review ? [...group.review.verdicts.values()].filter((one) => one === kind).length : 0;

/** What is decided about a claim, in words. */
export function describeReview(group) {
  const { review } = group;
  if (!review) return [];
  const all = group.members.length;
  const verdicts = ["accept", "reject"].map((kind) => [kind, countVerdicts(group, kind)]);
  return [
    ...verdicts
      .filter(([, number]) => number > 0)
      .map(([kind, number]) => `${number < all ? `${number} of ${all} ` : ""}${kind}ed`),
    review.merged && (group.rows?.length > 1 ? `merged: ${group.rows.length} claims of the table` : "merged, and taken apart again"),
    review.split && "split off",
    review.wording && `reworded: ${review.wording}`,
    ...review.notes.map((text) => `note: ${text}`),
  ].filter(Boolean);
}

/** Whether a claim is as *state* says: none, some, accept or reject. */
export const isDecided = (group, state) =>
  state === "none" || state === "some"
    ? (group.review !== null) === (state === "some")
    : countVerdicts(group, state) > 0;

function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(MADE_UP / 2));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Decide *kind* about *sides*, each a list of members; return what that touches. */
export function decide(kind, sides, text) {
  const about = sides.map((side) => side.map(nameMember));
  const before = readVersion();
  add({ id: makeId(), kind, about, ...(text && { text }), made: new Date().toISOString() });
  return reach(sides.flat(), before);
}

/** The groups of *members*, and whether groups are others than at version *before*. */
const reach = (members, before) => ({ touched: new Set(members.map(groupOf)), regrouped: readVersion() !== before });

/** Undo *decision*; return what that touches. */
export function undo(decision) {
  const before = readVersion();
  add({ id: makeId(), kind: "undo", undoes: decision.id, made: new Date().toISOString() });
  const members = decision.about.flat().map(findMember).filter(Boolean);
  return reach(members, before);
}

function add(line) {
  lines.push(line);
  mark();
  if (table.save) send(line);
  else keep();
}

function keep() {
  try {
    localStorage.setItem(KEY, JSON.stringify(lines));
  } catch {
    complain("This browser keeps nothing for this page: download the decisions before you leave");
  }
}

/** Give a line to `claimx review`, one after the other, and again those that it did not take. */
function send(line) {
  unsent.push(line);
  sending ??= sendAll().finally(() => {
    sending = null;
  });
}

async function sendAll() {
  while (unsent.length > 0) {
    try {
      const answer = await fetch(table.save, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(unsent[0]),
      });
      if (!answer.ok) throw new Error(await answer.text());
      unsent.shift();
    } catch ({ message }) {
      complain(`Not written to the file (${message}). Download the decisions, or decide again to try again`);
      return;
    }
  }
}

/** All lines, as `claimx apply` reads them. */
export const writeLines = () => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/** Add the lines of a file that are not here yet; return how many. */
export function readLines(text) {
  const known = new Set(lines.map(({ id }) => id));
  const read = text.split("\n").filter((line) => line.trim()).map(check);
  const added = read.filter(({ id }) => !known.has(id) && known.add(id));
  for (const line of added) add(line);
  return added.length;
}

function check(line, at) {
  const decision = JSON.parse(line);
  const isUndoing = decision.kind === "undo";
  const sides = decision.about ?? [];
  if (typeof decision.id !== "string" || isUndoing !== (decision.undoes !== undefined)) {
    throw new Error(`line ${at + 1} is no decision`);
  }
  if (!isUndoing && !(sides.length > 0 && sides.every((side) => Array.isArray(side) && side.length > 0))) {
    throw new Error(`line ${at + 1} is about nothing`);
  }
  return decision;
}

/** Take up where this person left off; *tell* says what goes wrong. */
export function resume(tell) {
  complain = tell;
  lines = table.save ? table.decisions : load();
  mark();
  addEventListener("beforeunload", (event) => {
    if (unsent.length > 0) event.preventDefault();
  });
}

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}
