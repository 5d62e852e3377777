// The search field, the order and the filters.

import { find, make, table } from "./page.js";
import { documents, groups } from "./data.js";

const FILTERS = ["document", "outlet", "speaker", "modality", "support", "conflict", "flag", "decision"];
const MOST_STEPS = 10;

function countValues(listValues) {
  const counts = new Map();
  for (const group of groups) {
    for (const value of new Set(listValues(group))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one);
}

const countedOptions = (listValues, words = {}) =>
  countValues(listValues).map(([value, number]) => [value, `${words[value] ?? value} (${number})`]);

function listSupports() {
  const most = Math.min(groups.reduce((so, { support }) => Math.max(so, support), 0), MOST_STEPS);
  const steps = Array.from({ length: Math.max(0, most - 1) }, (_, at) => at + 2);
  return [["1", "one document only"], ...steps.map((step) => [step, `${step} or more`])];
}

const options = {
  document: () =>
    documents.map(({ label, title }, at) => [at, title ? `${label}: ${title}` : label]),
  outlet: () => countedOptions((group) => group.documents.map((at) => documents[at].outlet).filter(Boolean)),
  speaker: () => countedOptions((group) => group.speakers),
  modality: () => countedOptions((group) => group.members.map((member) => member.modality), table.modalities),
  support: listSupports,
  conflict: () => [
    ["yes", "in conflict"],
    ["no", "in none"],
  ],
  decision: () => [
    ["none", "none yet"],
    ["some", "any"],
    ["accept", "accepted"],
    ["reject", "rejected"],
  ],
  flag: () => [["any", "flagged"], ["none", "not flagged"], ...countedOptions((group) => group.flags)],
};

/** Fill the controls, and call *changed* whenever one is used. */
export function setUpControls(changed) {
  for (const name of FILTERS) {
    const choices = [["", "any"], ...options[name]()];
    const select = find(`by-${name}`);
    select.append(...choices.map(([value, label]) => make("option", { value }, label)));
    select.value = "";
    // The value of an option shows its odd characters; what is looked for has them.
    select.choices = choices;
    select.addEventListener("change", changed);
  }
  find("by-outlet").parentElement.hidden = documents.every(({ outlet }) => !outlet);
  find("sort").querySelector("[value=date]").hidden = documents.every(({ date }) => !date);
  find("query").value = "";
  find("query").addEventListener("input", changed);
  find("sort").addEventListener("change", changed);
  find("filters").open = false;
}

/** What the controls ask for, as `choose` takes it. */
export function readControls() {
  const used = FILTERS.map((name) => [name, find(`by-${name}`)]).filter(([, { value }]) => value !== "");
  find("filters-on").textContent = used.length ? ` (${used.length} on)` : "";
  return {
    query: find("query").value,
    order: find("sort").value,
    chosen: Object.fromEntries(
      used.map(([name, { choices, selectedIndex }]) => [name, String(choices[selectedIndex][0])]),
    ),
  };
}

export function resetControls() {
  find("query").value = "";
  for (const name of FILTERS) find(`by-${name}`).value = "";
}
