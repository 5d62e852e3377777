// The list of claims on the left, and what a claim is made of when it is open.

import { count, make, markText } from "./page.js";
import { documents, linkCitation, linkGroup, placeOf, quoteOf } from "./data.js";
import { isRejected, listReview, makeActions, makeChoice } from "./review.js";

// More squares than this are no longer taken in at a glance.
const MOST_SQUARES = 12;

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

function nameSpeakers(speakers) {
  if (speakers.length === 0) return false;
  const names = speakers.slice(0, 3).flatMap((speaker) => [", ", make("bdi", {}, speaker)]);
  const more = speakers.length > 3 ? ` and ${speakers.length - 3} more` : "";
  return make("span", {}, "said by ", ...names.slice(1), more);
}

const makeModality = (modality) => make("span", { class: "chip" }, modality);

/** The first flag in its words, and how many more there are. */
function sayFlags(group) {
  const [[, message]] = group.members.flatMap((member) => member.flags);
  const rest = group.flags.length - 1;
  return rest > 0 ? `${message} (and ${rest} more)` : message;
}

/** Put what a claim is made of under its *row*; *copy* is called with it and what to copy. */
export function openRow(row, copy) {
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
      make("ul", { class: "members" }, ...group.members.map((member) => listMember(group, member))),
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

/** One document's wording, when it is another, whose it is, and every quote. */
function listMember(group, member) {
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
    ...listCitations(member.citations),
    notes.length > 0 && make("p", { class: "facts" }, ...notes),
    ...flags,
  );
}

export const listCitations = (citations) =>
  citations.map((citation) =>
    make(
      "a",
      { class: "citation", href: linkCitation(citation) },
      make("b", {}, placeOf(citation)),
      " ",
      make("q", { dir: "auto" }, quoteOf(citation)),
    ),
  );

/** The same, with the places of equal quotes in one line. */
export function listQuotes(citations) {
  const byQuote = Map.groupBy(citations, quoteOf);
  return [...byQuote].flatMap(([quote, same]) =>
    same.length === 1
      ? listCitations(same)
      : make(
          "p",
          { class: "citation" },
          make("q", { dir: "auto" }, quote),
          ...same.flatMap((one) => [" ", make("a", { href: linkCitation(one) }, placeOf(one))]),
        ),
  );
}

function makeConflictNote({ conflict, other }) {
  const side = conflict.sides.indexOf(other.rank);
  return make(
    "p",
    { class: "conflict-note" },
    make("b", {}, `≠ ${conflict.kind}: `),
    make("bdi", {}, conflict.why),
    " ",
    make("a", { href: linkGroup(other), dir: "auto" }, ...markText(other.claim, conflict.marks[side])),
  );
}
