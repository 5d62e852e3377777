// Conflicts side by side: both wordings, what differs marked, every citation of each.

import { count, find, make, markText } from "./page.js";
import { conflicts, documents, groups, linkGroup } from "./data.js";
import { listQuotes } from "./claims.js";
import { GrowingList } from "./grow.js";

function makeSide(group, marks) {
  return make(
    "div",
    { class: "side" },
    make("p", {}, make("a", { class: "wording", href: linkGroup(group), dir: "auto" }, ...markText(group.claim, marks))),
    make("p", { class: "facts" }, `${group.support} of ${count(documents.length, "document")}`),
    ...listQuotes(group.citations),
  );
}

function makeConflict({ kind, why, sides, marks }) {
  return make(
    "li",
    {},
    make("h3", {}, `≠ ${kind}: `, make("bdi", {}, why)),
    make("div", { class: "sides" }, ...sides.map((rank, side) => makeSide(groups[rank], marks[side]))),
  );
}

let list = null;

export function showConflicts() {
  if (list) return list;
  const rows = make("ol", { class: "conflicts" });
  find("conflicts-list").append(conflicts.length ? rows : make("p", {}, "No two claims were found to disagree."));
  list = new GrowingList(rows, makeConflict);
  list.show(conflicts);
  return list;
}
