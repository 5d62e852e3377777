// The list of claims on the left, and what a claim is made of when it is open.

import { count, make, markText, table } from "./page.js";
import { documents, linkCitation, linkGroup, marksOf, placeOf, quoteOf } from "./data.js";
import { isRejected, listReview, makeActions, makeChoice } from "./review.js";

// More squares than this are no longer taken in at a glance.
const MOST_SQUARES = 12;
// As many citations of a claim are shown at first, and more each time one asks.
const FIRST_SHOWN = 60;
const MORE_SHOWN = 500;

export function makeRow(group, index, total) {
  const link = make("a", { class: "wording", href: linkGroup(group), dir: "auto" }, group.claim);
  const facts = make("p", { class: "facts" }, makeSupport(group), ...listFacts(group), ...listReview(group));
  const row = make("li", { "aria-setsize": total, "aria-posinset": index + 1 }, link, facts);
  row.group = group;
  row.classList.toggle("rejected", isRejected(group));
  return row;
}

function makeSupport(group) {
  const label = `${group.support}/${documents.length}`;
  const alone = group.independent ?? group.support;
  const repeated = alone < group.support ? `, ${alone} independent` : "";
  const spoken = `${group.support} of ${count(documents.length, "document")}${repeated}`;
  const squares =
    documents.length > 1 && documents.length <= MOST_SQUARES
      ? documents.map((_, at) => make("i", { class: group.documents.includes(at) && "on" }))
      : [];
  return make(
    "span",
    { class: "support", title: spoken },
    squares.length > 0 && make("span", { class: "squares", "aria-hidden": "true" }, ...squares),
    make("span", { "aria-hidden": "true" }, label + repeated),
    make("span", { class: "unseen" }, spoken),
  );
}

function listFacts(group) {
  const modalities = new Set(group.members.map((member) => member.modality));
  modalities.delete("asserted");
  return [
    nameSpeakers(group.speakers),
    ...[...modalities].map(makeModality),
    group.conflicts.length > 0 &&
      make("span", { class: "badge disputed" }, `≠ ${count(group.conflicts.length, "conflict")}`),
    group.flags.length > 0 && make("span", { class: "badge flagged", dir: "auto" }, `⚑ ${sayFlags(group)}`),
  ];
}

export function nameSpeakers(speakers) {
  if (speakers.length === 0) return false;
  const names = speakers.slice(0, 3).flatMap((speaker) => [", ", make("bdi", {}, speaker)]);
  const more = speakers.length > 3 ? ` and ${speakers.length - 3} more` : "";
  return make("span", {}, "said by ", ...names.slice(1), more);
}

const makeModality = (modality) => make("span", { class: "chip" }, table.modalities[modality] ?? modality);

/** The first flag in its words, and how many more there are. */
function sayFlags(group) {
  const [[, message]] = group.members.flatMap((member) => member.flags);
  const rest = group.flags.length - 1;
  return rest > 0 ? `${message} (and ${rest} more)` : message;
}

/**
 * Put what a claim is made of under its *row*; *copy* is called with it and what to copy.
 *
 * Of very many citations the first are shown, and the *current* one; of *all*, each.
 */
export function openRow(row, copy, { current = null, all = false } = {}) {
  const { group } = row;
  row.classList.add("open");
  row.firstElementChild.setAttribute("aria-current", "true");
  const buttons = ["Copy claim", "Copy link"].map((name) => {
    const button = make("button", { type: "button", class: "copy" }, name);
    button.addEventListener("click", () => copy(group, name));
    return button;
  });
  row.append(
    make(
      "div",
      { class: "details" },
      ...listMembers(group, all ? group.citations.length : FIRST_SHOWN, current),
      ...group.conflicts.map(makeConflictNote),
      make("p", { class: "facts" }, make("code", {}, group.id), make("span", { class: "copies" }, ...buttons)),
      makeActions(row),
    ),
  );
}

export function closeRow(row) {
  row.classList.remove("open");
  row.firstElementChild.removeAttribute("aria-current");
  row.querySelector(".details")?.remove();
}

/** The members of a claim up to citation number *most*, the *current* one, and a button for more. */
function listMembers(group, most, current) {
  const isShown = (citation) => citation.number <= most || citation === current;
  const shown = group.members
    .map((member) => [member, member.citations.filter(isShown)])
    .filter(([, citations]) => citations.length > 0)
    .map(([member, citations]) => listMember(group, member, citations));
  const list = make("ul", { class: "members" }, ...shown);
  if (group.citations.length <= most) return [list];
  const text = `Show more: ${most.toLocaleString("en")} of ${count(group.citations.length, "citation")} shown`;
  const button = make("button", { type: "button", class: "rest" }, text);
  button.addEventListener("click", () => {
    const [longer, ...rest] = listMembers(group, most + MORE_SHOWN, current);
    const first = longer.querySelectorAll(".citation")[list.querySelectorAll(".citation").length];
    list.replaceWith(longer);
    button.replaceWith(...rest);
    first?.focus({ preventScroll: true });
  });
  return [list, button];
}

/** One document's wording, when it is another, whose it is, and its quotes. */
function listMember(group, member, citations) {
  const notes = [
    member.speaker && nameSpeakers([member.speaker]),
    member.modality !== "asserted" && makeModality(member.modality),
    member.headline && make("span", {}, "in a headline"),
    member.score !== undefined && make("span", {}, `found by a similar quote, similarity ${member.score.toFixed(2)}`),
  ].filter(Boolean);
  const flags = member.flags.map(([, message]) =>
    make("p", { class: "flag", dir: "auto" }, `⚑ ${message}`),
  );
  return make(
    "li",
    {},
    makeChoice(group, member),
    member.text !== group.claim && make("p", { class: "other", dir: "auto" }, member.text),
    ...listCitations(citations),
    notes.length > 0 && make("p", { class: "facts" }, ...notes),
    ...flags,
  );
}

export const listCitations = (citations) =>
  citations.map((citation) =>
    Object.assign(
      make(
        "a",
        { class: "citation", href: linkCitation(citation) },
        make("b", {}, placeOf(citation)),
        " ",
        make("q", { dir: "auto" }, quoteOf(citation)),
      ),
      { citation },
    ),
  );

/** Mark *citation* in an open *row* as the one that is shown in the source. */
export function markCurrent(row, citation) {
  const found = [...row.querySelectorAll(".citation")].find((one) => one.citation === citation);
  found?.setAttribute("aria-current", "true");
  return found;
}

/** The same, with the places of equal quotes in one line. */
export function listQuotes(citations) {
  const byQuote = Map.groupBy(citations.slice(0, MORE_SHOWN), quoteOf);
  const rest = citations.length - MORE_SHOWN;
  const quotes = [...byQuote].flatMap(([quote, same]) =>
    same.length === 1
      ? listCitations(same)
      : make(
          "p",
          { class: "citation" },
          make("q", { dir: "auto" }, quote),
          ...same.flatMap((one) => [" ", make("a", { href: linkCitation(one) }, placeOf(one))]),
        ),
  );
  return rest > 0 ? [...quotes, make("p", {}, `and ${rest.toLocaleString("en")} more`)] : quotes;
}

function makeConflictNote({ conflict, side, other }) {
  const marks = marksOf(conflict, 1 - side, other);
  return make(
    "p",
    { class: "conflict-note" },
    make("b", {}, `≠ ${conflict.kind}: `),
    make("bdi", {}, conflict.why),
    " ",
    make("a", { href: linkGroup(other), dir: "auto" }, ...markText(other.claim, marks)),
  );
}
