// Claims by documents: who says what, and who says otherwise. Only cells with something are made.

import { count, find, make } from "./page.js";
import { documents, linkCitation, linkGroup } from "./data.js";
import { GrowingList } from "./grow.js";

function makeCell(at, attributes, ...children) {
  const cell = make("div", { role: "cell", "aria-colindex": at + 2 }, make("a", attributes, ...children));
  cell.style.gridColumn = String(at + 2);
  return cell;
}

/** The cell of a document that makes the claim. */
function makeSays(group, at) {
  const citation = group.citations.find((one) => one.member.document === at);
  const disputed = group.conflicts.length > 0;
  const spoken = `${documents[at].label} says so${disputed ? ", and is contradicted" : ""}`;
  return makeCell(
    at,
    { class: disputed ? "says disputed" : "says", href: linkCitation(citation), title: spoken, "aria-label": spoken },
    disputed ? "≠" : "",
  );
}

/** The cell of a document that makes a claim in conflict with it. */
function makeAgainst(at, other) {
  const citation = other.citations.find((one) => one.member.document === at);
  const spoken = `${documents[at].label} contradicts: ${other.claim}`;
  return makeCell(
    at,
    { class: "against", href: linkCitation(citation), title: spoken, "aria-label": spoken },
    "≠",
  );
}

function makeRow(group, index) {
  const against = new Map();
  for (const { other } of group.conflicts) {
    for (const at of other.documents) if (!group.documents.includes(at)) against.set(at, other);
  }
  const cells = [
    ...group.documents.map((at) => [at, makeSays(group, at)]),
    ...[...against].map(([at, other]) => [at, makeAgainst(at, other)]),
  ].sort(([one], [other]) => one - other);
  const name = make(
    "div",
    { role: "rowheader", "aria-colindex": 1 },
    make("a", { href: linkGroup(group), dir: "auto" }, group.claim),
  );
  return make(
    "div",
    { role: "row", "aria-rowindex": index + 2 },
    name,
    ...cells.map(([, cell]) => cell),
  );
}

function makeHead() {
  const names = documents.map(({ label, title }, at) => {
    const cell = make(
      "div",
      { role: "columnheader", "aria-colindex": at + 2 },
      make("a", { href: `#@${at + 1}`, title: title ?? label }, label),
    );
    cell.style.gridColumn = String(at + 2);
    return cell;
  });
  const corner = make("div", { role: "columnheader", "aria-colindex": 1 }, "Claim");
  return make("div", { role: "row", "aria-rowindex": 1, class: "head" }, corner, ...names);
}

let list = null;

/** Show the claims *chosen* by documents. */
export function showMatrix(chosen) {
  const area = find("matrix-table");
  if (!list) {
    const rows = make("div", { role: "rowgroup" });
    area.style.setProperty("--columns", documents.length);
    area.append(make("div", { role: "rowgroup" }, makeHead()), rows);
    for (const [name, value] of Object.entries({
      role: "table",
      "aria-label": `Claims by ${count(documents.length, "document")}`,
      "aria-colcount": documents.length + 1,
    })) area.setAttribute(name, value);
    list = new GrowingList(rows, makeRow);
  }
  area.setAttribute("aria-rowcount", chosen.length + 1);
  list.show(chosen);
  return list;
}
