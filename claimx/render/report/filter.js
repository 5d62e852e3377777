// Which claims are shown, and in what order.

import { documents, groups, quoteOf } from "./data.js";
import { isDecided } from "./decisions.js";

const accents = /\p{M}/gu;
const quotes = /[‘’‚‛′]/g;
const doubles = /[“”„‟″«»]/g;
const dashes = /[‐‑‒–—−]/g;

const plain = /^[\0-\x7f]*$/;

/** Fold what nobody types: case, accents, typographic quotes and dashes. */
export const fold = (text) =>
  plain.test(text) ? text.toLowerCase() : foldLetters(text).toLowerCase();

const foldLetters = (text) =>
  text
    .normalize("NFKD")
    .replace(accents, "")
    .replace(quotes, "'")
    .replace(doubles, '"')
    .replace(dashes, "-");

const haystackOf = (group) =>
  (group.haystack ??= fold(
    [
      group.id,
      group.claim,
      ...group.members.map((member) => (member.text === group.claim ? "" : member.text)),
      ...group.citations.map(quoteOf),
      ...group.speakers,
      ...group.documents.map((at) => documents[at].label),
    ].join("\n"),
  ));

/** Fold what is searched a little at a time, so that the first key does not wait for it. */
export function prepareSearch(from = 0) {
  const until = performance.now() + 12;
  let at = from;
  while (at < groups.length && performance.now() < until) haystackOf(groups[at++]);
  if (at < groups.length) setTimeout(prepareSearch, 4, at);
}

const tests = {
  document: (group, value) => group.documents.includes(Number(value)),
  speaker: (group, value) => group.speakers.includes(value),
  modality: (group, value) => group.members.some((member) => member.modality === value),
  support: (group, value) => (value === "1" ? group.support === 1 : group.support >= Number(value)),
  conflict: (group, value) => group.conflicts.length > 0 === (value === "yes"),
  flag: (group, value) =>
    value === "none" || value === "any"
      ? group.flags.length > 0 === (value === "any")
      : group.flags.includes(value),
  decision: isDecided,
  stretch: (group, { document, start, end }) =>
    group.citations.some(
      (one) => one.member.document === document && one.start < end && start < one.end,
    ),
};

const firstMention = (group) => {
  const { member, start } = group.citations[0];
  return [member.document, start];
};

const orders = {
  support: (a, b) => a.rank - b.rank,
  mention: (a, b) => {
    const [[documentA, startA], [documentB, startB]] = [firstMention(a), firstMention(b)];
    return documentA - documentB || startA - startB || a.rank - b.rank;
  },
  conflicts: (a, b) => b.conflicts.length - a.conflicts.length || a.rank - b.rank,
};

/** The groups that have all words of *query* and pass all *chosen*, by *order*. */
export function choose({ query, chosen, order }) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const passes = Object.entries(chosen).map(([name, value]) => (group) => tests[name](group, value));
  return groups
    .filter(
      (group) =>
        passes.every((pass) => pass(group)) &&
        words.every((word) => haystackOf(group).includes(word)),
    )
    .sort(orders[order]);
}
