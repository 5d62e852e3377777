// Conflicts side by side: both wordings, what differs marked, every citation of each.

import { count, find, make, markText } from "./page.js";
import { documents, linkGroup, listConflicts, marksOf, readVersion } from "./data.js";
import { listQuotes, nameSpeakers } from "./claims.js";
import { GrowingList } from "./grow.js";

function makeSide(group, marks) {
  return make(
    "div",
    { class: "side" },
    make("p", {}, make("a", { class: "wording", href: linkGroup(group), dir: "auto" }, ...markText(group.claim, marks))),
    make("p", { class: "facts" }, `${group.support} of ${count(documents.length, "document")}`, nameSpeakers(group.speakers)),
    ...listQuotes(group.citations),
  );
}

function makeConflict(conflict) {
  const { kind, why, sides } = conflict;
  return make(
    "li",
    {},
    make("h3", {}, `≠ ${kind}: `, make("bdi", {}, why)),
    make("div", { class: "sides" }, ...sides.map((group, side) => makeSide(group, marksOf(conflict, side, group)))),
  );
}

let list = null;
let version = 0;

export function showConflicts() {
  if (list && version === readVersion()) return list;
  version = readVersion();
  const conflicts = listConflicts();
  const rows = make("ol", { class: "conflicts" });
  find("conflicts-list").replaceChildren(conflicts.length ? rows : make("p", {}, "No two claims were found to disagree."));
  list = new GrowingList(rows, makeConflict);
  list.show(conflicts);
  return list;
}
