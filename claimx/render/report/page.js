// Making elements. Text of articles reaches the page only here, as text nodes and attributes.

export const find = (id) => document.getElementById(id);

export const table = JSON.parse(find("table").textContent);

const code = (character) => character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
const oddRanges = table.odd.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`);
const odd = new RegExp(`[${oddRanges.join("")}]`, "gu");

/** Write unseen and reordering characters by their number. */
export const reveal = (text) => text.replace(odd, (character) => `⟨U+${code(character)}⟩`);

/** Make an element; strings among *children* become text, empty ones are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : reveal(String(value)));
    }
  }
  fill(element, ...children);
  return element;
}

export function fill(element, ...children) {
  for (const child of children.flat()) {
    if (child) element.append(typeof child === "string" ? reveal(child) : child);
  }
}

/** Text with the stretches *marks* ([start, end], in order) marked. */
export function markText(text, marks) {
  const parts = [];
  let done = 0;
  for (const [start, end] of marks) {
    parts.push(text.slice(done, start), make("mark", { class: "differs" }, text.slice(start, end)));
    done = end;
  }
  return [...parts, text.slice(done)];
}

export const count = (number, thing) =>
  `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
