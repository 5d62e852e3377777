// Long lists: rows are made as one comes near them, so that 20,000 cost what 60 do.

import { make } from "./page.js";

const STEP = 60;

export class GrowingList {
  /** Fill *container* with what *makeRow* makes of each item; rows keep the items' order. */
  constructor(container, makeRow) {
    this.container = container;
    this.makeRow = makeRow;
    this.items = [];
    this.shown = 0;
    this.end = make("div", { class: "more", "aria-hidden": "true" });
    container.after(this.end);
    this.observer = new IntersectionObserver(([entry]) => {
      if (entry.isIntersecting) this.grow(STEP);
    });
  }

  show(items) {
    this.items = items;
    this.shown = 0;
    this.container.replaceChildren();
    this.grow(STEP);
  }

  grow(by) {
    const until = Math.min(this.items.length, this.shown + by);
    const rows = this.items.slice(this.shown, until).map((item, at) => this.makeRow(item, this.shown + at));
    this.container.append(...rows);
    this.shown = until;
    this.end.hidden = this.shown === this.items.length;
    this.observer.disconnect(); // it tells of changes only; begun again, it looks again
    this.observer.observe(this.end);
  }

  growAll() {
    this.grow(this.items.length);
  }

  /** The row of the item at *index*, made if it is not there yet. */
  rowAt(index) {
    if (index >= this.shown) this.grow(index - this.shown + STEP);
    return this.container.children[index];
  }
}
