// The text of a source on the right, with every cited stretch in it.

import { find, make } from "./page.js";
import { citationsOf, documents, linkCitation, linkStretch } from "./data.js";
import { makeStrip } from "./coverage.js";

const DEEPEST = 3;
let shown = {};

/** Cut a text at *edges*, in order: [start, end, citations over it]. */
function cutText(edges, citations) {
  const pieces = [];
  let open = [];
  let next = 0;
  for (let at = 0; at + 1 < edges.length; at++) {
    const [start, end] = [edges[at], edges[at + 1]];
    open = open.filter((citation) => citation.end > start);
    while (next < citations.length && citations[next].start <= start) open.push(citations[next++]);
    pieces.push([start, end, open]);
  }
  return pieces;
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

function makeStretch(at, words, [start, end, citations]) {
  const claims = new Set(citations.map((citation) => citation.group));
  if (claims.size === 0) return Object.assign(make("span", {}, words), { start, citations });
  const depth = Math.min(claims.size, DEEPEST);
  const href = claims.size === 1 ? linkCitation(citations[0]) : linkStretch(at, start, end);
  const title = [...claims].map((group) => `${group.id}: ${group.claim}`).join("\n");
  const stretch = make("a", { class: `cited depth-${depth}`, href, title }, words);
  return Object.assign(stretch, { start, citations });
}

/** Show document number *at*, cut at *edges* too, unless that is what is shown. */
export function showSource(at, edges = []) {
  const key = edges.join("-");
  if (shown.at === at && shown.key === key) return;
  const text = tidyLineEnds(documents[at].text);
  const citations = citationsOf(at);
  const pieces = cutText(listEdges(text.length, citations, edges), citations);
  find("source-text").replaceChildren(
    ...pieces.map((piece) => makeStretch(at, text.slice(piece[0], piece[1]), piece)),
  );
  if (shown.at !== at) introduceSource(at);
  shown = { at, key };
}

function introduceSource(at) {
  const { source, metadata } = documents[at];
  const facts = Object.entries(metadata).map(([name, value]) => `${name}: ${value}`);
  find("source-scroll").scrollTop = 0;
  find("source-choice").value = String(at);
  find("source-about").replaceChildren(
    ...[source, ...facts].map((fact) => make("bdi", {}, fact)),
  );
  find("source-strip").replaceChildren(makeStrip(at));
}

/** Show the whole of a citation and bring it into view. */
export function showCitation(citation) {
  showSource(citation.member.document);
  markStretches((stretch) =>
    stretch.citations.includes(citation)
      ? "chosen"
      : stretch.citations.some((other) => other.group === citation.group) && "same",
  );
}

/** Show the stretch of document *at* from *start* to *end*. */
export function showStretch(at, start, end) {
  showSource(at, [start, end]);
  markStretches((stretch) => start <= stretch.start && stretch.start < end && "chosen");
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
