// Joins the parts: the address says what is shown, so links and the back button just work.

import { count, find, reveal } from "./page.js";
import { documents, groupNamed, groups, linkGroup, quoteOf } from "./data.js";
import { choose, prepareSearch } from "./filter.js";
import { readControls, resetControls, setUpControls } from "./controls.js";
import { GrowingList, scrollBy } from "./grow.js";
import { closeRow, makeRow, markCurrent, openRow } from "./claims.js";
import { leaveStretches, listSources, showCitation, showSource, showStretch } from "./source.js";
import { showMatrix } from "./matrix.js";
import { showCoverage } from "./coverage.js";
import { showConflicts } from "./conflicts.js";
import { pressKey, setUpReview } from "./review.js";

const VIEWS = ["claims", "matrix", "coverage", "conflicts", "rejected", "decisions", "run"];
const STRETCH = /^#@(\d+)(?::(\d+)-(\d+))?$/;
const CLAIM = /^#([^/]*)(?:\/(\d+))?$/;

const list = new GrowingList(find("claims-list"), (group, index) => {
  const row = makeRow(group, index, chosen.length);
  if (group === openGroup) openRow(row, copy);
  return row;
});
let chosen = [];
let stretch = null;
let openGroup = null;
let view = "claims";
let folded = [];

const say = (text) => {
  find("status").textContent = reveal(text);
};

/** Show the claims that the controls ask for. */
function refresh() {
  const asked = readControls();
  if (stretch) asked.chosen.stretch = stretch;
  chosen = choose(asked);
  list.show(chosen);
  find("claims-none").hidden = chosen.length > 0;
  const all = chosen.length === groups.length;
  const where = stretch ? ` of the words chosen in ${documents[stretch.document].label}` : "";
  say(all ? count(groups.length, "claim") : `${chosen.length.toLocaleString("en")} of ${count(groups.length, "claim")}${where}`);
  find("reset").hidden = all && !stretch;
  if (view === "matrix") showMatrix(chosen);
}

function reset() {
  stretch = null;
  resetControls();
  refresh();
}

async function copy(group, name) {
  const isLink = name === "Copy link";
  try {
    await navigator.clipboard.writeText(isLink ? new URL(linkGroup(group), location.href).href : citeClaim(group));
    say(`${isLink ? "Link to" : "Text of"} ${group.id} copied`);
  } catch {
    location.hash = linkGroup(group);
    say(isLink ? "The address bar has the link: copy it there" : "This browser lets no page copy: select the text");
  }
}

/** A claim as one pastes it into a text: its wording, then each quote and where it stands. */
function citeClaim(group) {
  const cited = group.citations.map((citation) => {
    const { source, title } = documents[citation.member.document];
    const where = [title, `${source}, line ${citation.line}`].filter(Boolean).join(", ");
    return `“${quoteOf(citation)}” (${where})`;
  });
  return [group.claim, ...cited].join("\n");
}

/** Show *group* anew, after a decision about it, and keep the focus there. */
function renew(group) {
  const at = chosen.indexOf(group);
  if (!list.has(at)) return;
  const before = list.rowAt(at);
  const hadFocus = before.contains(document.activeElement);
  const current = before.querySelector(".citation[aria-current]");
  const row = list.makeRow(group, at);
  before.replaceWith(row);
  if (current) markCurrent(row, current.citation);
  if (hadFocus) row.firstElementChild.focus({ preventScroll: true });
}

/** Show the list in its new arrangement, with *group* where the eye is. */
function rearrange(group) {
  const focused = document.activeElement.closest?.("#claims-list > li");
  const before = focused?.getBoundingClientRect().top;
  if (openGroup && !groups.includes(openGroup)) openGroup = group;
  const shown = find("claims-list").querySelector(".citation[aria-current]")?.citation;
  refresh();
  if (openGroup && documents.length > 0) showCitation(shown ?? openGroup.citations[0]);
  else if (documents.length > 0) showSource(Number(find("source-choice").value) || 0);
  if (!focused) return;
  if (!chosen.includes(group)) reset();
  const row = list.rowAt(chosen.indexOf(group));
  scrollBy(row, row.getBoundingClientRect().top - before);
  row.firstElementChild.focus({ preventScroll: true });
}

/** Open *group* in the list and show its citation number *number* in the source. */
function showGroup(group, number) {
  if (!chosen.includes(group)) reset();
  closeGroup();
  const row = list.rowAt(chosen.indexOf(group));
  const citation = group.citations[(number ?? 1) - 1] ?? group.citations[0];
  openRow(row, copy, { current: citation });
  openGroup = group;
  showCitation(citation);
  const current = markCurrent(row, citation);
  const inSource = find("source-text").contains(document.activeElement);
  if (!row.contains(document.activeElement) && !inSource) {
    row.firstElementChild.focus({ preventScroll: true });
  }
  (number ? current : row).scrollIntoView({ block: "nearest" });
}

/** On a small screen the source is there only while one reads in it. */
const openSource = (open) => document.body.classList.toggle("reading", open);

function closeGroup() {
  for (const row of find("claims-list").querySelectorAll(":scope > .open")) closeRow(row);
  openGroup = null;
}

/** Show the stretch of a document, and which claims it supports. */
function chooseStretch(at, start, end) {
  closeGroup();
  stretch = { document: at, start, end };
  resetControls();
  refresh();
  if (chosen.length === 0) reset();
  showStretch(at, start, end);
}

function showView(name) {
  if (view !== name) window.scrollTo(0, 0);
  view = name;
  for (const one of VIEWS) find(`view-${one}`).hidden = one !== name;
  document.querySelector("search").hidden = !["claims", "matrix"].includes(name);
  find("hint").hidden = name !== "claims";
  for (const link of document.querySelectorAll("nav a")) {
    const current = link.getAttribute("href") === `#${name}`;
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (name === "matrix") showMatrix(chosen);
  if (name === "coverage") showCoverage();
  if (name === "conflicts") showConflicts();
}

/** Show what the address asks for. */
function route() {
  const name = location.hash.slice(1);
  if (VIEWS.includes(name) && name !== "claims") return showView(name);
  showView("claims");
  if (stretch) {
    stretch = null;
    refresh();
  }
  const place = STRETCH.exec(location.hash);
  if (place) return routeStretch(...place.slice(1).map((part) => part && Number(part)));
  if (name === "" || name === "claims") {
    closeGroup();
    openSource(false);
    return leaveStretches();
  }
  return routeClaim();
}

function routeStretch(number, start, end) {
  const at = number - 1;
  if (!documents[at]) return say(`There is no document ${number} here`);
  openSource(true);
  if (end > start) return chooseStretch(at, start, end);
  closeGroup();
  leaveStretches();
  return showSource(at);
}

function routeClaim() {
  const [, name, number] = CLAIM.exec(location.hash) ?? [];
  const id = decode(name ?? "");
  const group = groupNamed(id);
  if (!group) return say(`There is no claim ${id} in this table`);
  openSource(true);
  return showGroup(group, number && Number(number));
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Move the focus by *step* rows from where it is, or to the first. */
function moveFocus(step) {
  const row = document.activeElement.closest?.("#claims-list > li") ?? find("claims-list").querySelector(":scope > .open");
  const from = row ? chosen.indexOf(row.group) : -1;
  const to = Math.max(0, Math.min(chosen.length - 1, from + step));
  if (chosen.length) list.rowAt(to).firstElementChild.focus();
}

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || view !== "claims") return;
  const { target, key } = event;
  const inQuery = target === find("query");
  const inList = target === document.body || find("claims-list").contains(target);
  const row = target.closest("#claims-list > li");
  if (key === "/" && !inQuery && !target.matches("select, textarea")) find("query").focus();
  else if (target.matches("textarea")) return;
  else if (key in STEPS && (inList || (inQuery && key === "ArrowDown"))) moveFocus(STEPS[key]);
  else if (!inList || !pressKey(key, row)) return;
  event.preventDefault();
});

/** Paper has no scrolling: all that is chosen, opened, and every part. */
function layOutAll() {
  list.growAll();
  folded = [...document.querySelectorAll("details.view:not([open])")];
  for (const one of folded) one.open = true;
  for (const row of find("claims-list").children) {
    closeRow(row);
    openRow(row, copy, { all: true });
  }
  for (const part of [showMatrix(chosen), showCoverage(), showConflicts()]) part.growAll();
}

function restore() {
  for (const one of folded) one.open = false;
  for (const row of find("claims-list").children) if (row.group !== openGroup) closeRow(row);
  if (openGroup) renew(openGroup);
}

document.body.classList.toggle("many", documents.length > 50);
document.body.classList.toggle("few", documents.length <= 6);
listSources();
setUpReview({ say, renew, rearrange });
setUpControls(refresh);
refresh();
performance.mark("claims shown");
if (documents.length > 0) showSource(0);
route();
find("reset").addEventListener("click", reset);
find("reset-too").addEventListener("click", reset);
find("source-choice").addEventListener("change", ({ target }) => {
  location.hash = `#@${Number(target.value) + 1}`;
});
window.addEventListener("hashchange", route);
window.addEventListener("beforeprint", layOutAll);
window.addEventListener("afterprint", restore);
setTimeout(prepareSearch, 30);
