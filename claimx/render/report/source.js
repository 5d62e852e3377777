// The text of a source on the right, with every cited stretch in it.

import { find, make } from "./page.js";
import { citationsOf, documents, linkCitation, linkStretch, readVersion } from "./data.js";
import { makeStrip } from "./coverage.js";

const DEEPEST = 3;
// As many claims of a stretch are named where the pointer rests.
const MOST_NAMED = 3;
let shown = {};

/** The citations over a place, by group, as one goes through the text. */
class Cover {
  groups = new Map();

  add(citation) {
    const { group } = citation;
    if (!this.groups.has(group)) this.groups.set(group, new Set());
    this.groups.get(group).add(citation);
  }

  remove(citation) {
    const { group } = citation;
    this.groups.get(group).delete(citation);
    if (this.groups.get(group).size === 0) this.groups.delete(group);
  }

  /** How many claims, the citation if they are one, and what the first few say. */
  describe() {
    const [first] = this.groups.size === 1 ? this.groups.values().next().value : [];
    const named = [];
    for (const group of this.groups.keys()) {
      if (named.length === MOST_NAMED) break;
      named.push(`${group.id}: ${group.claim}`);
    }
    return { claims: this.groups.size, first, named };
  }
}

/** Cut a text at *edges*, in order: where each piece starts and ends, and what is over it. */
function cutText(edges, citations) {
  const cover = new Cover();
  const leaving = citations.toSorted((one, other) => one.end - other.end);
  let [entered, left] = [0, 0];
  return edges.slice(0, -1).map((start, at) => {
    while (entered < citations.length && citations[entered].start <= start) cover.add(citations[entered++]);
    while (left < entered && leaving[left].end <= start) cover.remove(leaving[left++]);
    return { start, end: edges[at + 1], ...cover.describe() };
  });
}

/** Where citations start and end in a text, and where else it is to be cut. */
function listEdges(length, citations, others) {
  const edges = new Set([0, length]);
  for (const { start, end } of citations) edges.add(start).add(end);
  for (const edge of others) edges.add(Math.min(edge, length));
  return [...edges].sort((one, other) => one - other);
}

/** A browser shows no carriage return: make it part of the line end, length unchanged. */
const tidyLineEnds = (text) => text.replaceAll("\r\n", " \n").replaceAll("\r", "\n");

function makeStretch(at, words, { start, end, claims, first, named }) {
  if (claims === 0) return Object.assign(make("span", {}, words), { start });
  const depth = Math.min(claims, DEEPEST);
  const href = first ? linkCitation(first) : linkStretch(at, start, end);
  const more = claims > named.length ? [`and ${claims - named.length} more`] : [];
  const title = [...named, ...more].join("\n");
  return Object.assign(make("a", { class: `cited depth-${depth}`, href, title }, words), { start });
}

/** Show document number *at*, cut at *edges* too, unless that is what is shown. */
export function showSource(at, edges = []) {
  const key = `${readVersion()}:${edges.join("-")}`;
  if (shown.at === at && shown.key === key) return;
  const text = tidyLineEnds(documents[at].text);
  const citations = citationsOf(at);
  const pieces = cutText(listEdges(text.length, citations, edges), citations);
  find("source-text").replaceChildren(
    ...pieces.map((piece) => makeStretch(at, text.slice(piece.start, piece.end), piece)),
  );
  if (shown.at !== at) introduceSource(at);
  shown = { at, key };
}

function introduceSource(at) {
  const { source, outlet, author, date, url, language, metadata } = documents[at];
  const facts = Object.entries({ outlet, author, date, url, language, ...metadata })
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`);
  find("source-scroll").scrollTop = 0;
  find("source-choice").value = String(at);
  find("source-about").replaceChildren(
    ...[source, ...facts].map((fact) => make("bdi", {}, fact)),
  );
  find("source-strip").replaceChildren(makeStrip(at));
}

const covers = ({ start, end }, stretch) => start <= stretch.start && stretch.start < end;

/** Show the whole of a citation and bring it into view. */
export function showCitation(citation) {
  const at = citation.member.document;
  const others = citationsOf(at).filter((other) => other.group === citation.group);
  let [next, reach] = [0, 0];
  showSource(at);
  markStretches((stretch) => {
    while (next < others.length && others[next].start <= stretch.start) {
      reach = Math.max(reach, others[next++].end);
    }
    if (covers(citation, stretch)) return "chosen";
    return stretch.start < reach && "same";
  });
}

/** Show the stretch of document *at* from *start* to *end*. */
export function showStretch(at, start, end) {
  showSource(at, [start, end]);
  markStretches((stretch) => covers({ start, end }, stretch) && "chosen");
}

export const leaveStretches = () => markStretches(() => "");

function markStretches(judge) {
  const stretches = [...find("source-text").children];
  for (const stretch of stretches) {
    const state = judge(stretch);
    stretch.classList.toggle("chosen", state === "chosen");
    stretch.classList.toggle("same", state === "same");
  }
  const first = stretches.find((one) => one.classList.contains("chosen"));
  if (first) scrollTo(first);
}

/** Scroll the text, and not the page: on a small screen one may be reading the list. */
function scrollTo(stretch) {
  const area = find("source-scroll");
  const [inner, outer] = [stretch.getBoundingClientRect(), area.getBoundingClientRect()];
  area.scrollTop += inner.top - outer.top - outer.height / 3;
}

export function listSources() {
  find("source-choice").append(
    ...documents.map(({ label, title }, at) =>
      make("option", { value: at }, title ? `${label}: ${title}` : label),
    ),
  );
}
