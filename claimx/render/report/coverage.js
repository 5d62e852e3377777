// Which sentences of each document carry claims.

import { count, find, make } from "./page.js";
import { documents, groups, linkStretch, readVersion } from "./data.js";
import { GrowingList } from "./grow.js";

const STATES = ["beside", "silent", "carries"];

/** Count the sentences that carry claims, and those that could. */
function countSentences({ sentences }) {
  const carrying = sentences.filter(([, , state]) => state === 2).length;
  return { carrying, all: sentences.filter(([, , state]) => state > 0).length };
}

/** A strip as long as the document; each sentence has its place and state in it. */
export function makeStrip(at) {
  const { label, sentences } = documents[at];
  const { carrying, all } = countSentences(documents[at]);
  const length = sentences.length ? sentences.at(-1)[1] : 1;
  const stops = sentences.flatMap(([start, end, state]) => {
    const colour = `var(--${STATES[state]})`;
    return [`${colour} ${(100 * start) / length}%`, `${colour} ${(100 * end) / length}%`];
  });
  const spoken = `${label}: ${carrying} of ${count(all, "sentence")} carry claims`;
  const strip = make("div", { class: "strip", role: "img", "aria-label": spoken, title: spoken });
  strip.style.backgroundImage = stops.length ? `linear-gradient(to right, ${stops.join(", ")})` : "none";
  strip.addEventListener("click", ({ offsetX }) => {
    const place = (offsetX / strip.clientWidth) * length;
    const [start, end] = sentences.find(([, until]) => until > place) ?? [0, 1];
    location.hash = linkStretch(at, start, end);
  });
  return strip;
}

function makeRow(at) {
  const { label, title, sentences } = documents[at];
  const { carrying, all } = countSentences(documents[at]);
  const own = groups.filter((group) => group.support === 1 && group.documents[0] === at).length;
  const silent = sentences.filter(([, , state]) => state === 1);
  return make(
    "li",
    {},
    make(
      "p",
      { class: "name" },
      make("a", { href: `#@${at + 1}` }, label),
      title && make("bdi", {}, title),
    ),
    makeStrip(at),
    make(
      "p",
      { class: "facts" },
      make("span", {}, `${carrying} of ${count(all, "sentence")}`),
      make("span", {}, `${count(own, "claim")} only here`),
    ),
    silent.length > 0 && listSilent(at, silent),
  );
}

/** The sentences without claims, word by word, when they are asked for. */
function listSilent(at, sentences) {
  const list = make("ul", {});
  const details = make("details", {}, make("summary", {}, `${count(sentences.length, "sentence")} without claims`), list);
  details.addEventListener("toggle", () => {
    list.replaceChildren(
      ...sentences.map(([start, end]) =>
        make(
          "li",
          {},
          make("a", { href: linkStretch(at, start, end), dir: "auto" }, documents[at].text.slice(start, end)),
        ),
      ),
    );
  });
  return details;
}

let list = null;
let version = 0;

export function showCoverage() {
  if (list && version === readVersion()) return list;
  version = readVersion();
  const rows = make("ol", {});
  find("coverage-list").replaceChildren(rows);
  list = new GrowingList(rows, makeRow);
  list.show(documents.map((_, at) => at));
  return list;
}
