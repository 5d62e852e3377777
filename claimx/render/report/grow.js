// Long lists: rows are made as one comes near them, so that 20,000 cost what 60 do.

import { make } from "./page.js";

const STEP = 60;

export class GrowingList {
  /** Fill *container* with what *makeRow* makes of each item; rows keep the items' order. */
  constructor(container, makeRow) {
    this.container = container;
    this.makeRow = makeRow;
    this.items = [];
    this.first = 0;
    this.shown = 0;
    this.begin = make("div", { class: "more before", "aria-hidden": "true" });
    this.end = make("div", { class: "more", "aria-hidden": "true" });
    container.before(this.begin);
    container.after(this.end);
    this.observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting && target === this.end) this.grow(STEP);
        else if (isIntersecting) this.growBack();
      }
    });
  }

  /** Show *items*, beginning with number *from*. */
  show(items, from = 0) {
    this.items = items;
    this.first = from;
    this.shown = from;
    this.container.replaceChildren();
    this.grow(STEP);
  }

  makeRows(from, until) {
    return this.items.slice(from, until).map((item, at) => this.makeRow(item, from + at));
  }

  grow(by) {
    const until = Math.min(this.items.length, this.shown + by);
    this.container.append(...this.makeRows(this.shown, until));
    this.shown = until;
    this.watch();
  }

  /** Put rows before the first, without moving what is on the screen. */
  growBack() {
    const from = Math.max(0, this.first - STEP);
    const anchor = this.container.firstElementChild;
    const before = anchor?.getBoundingClientRect().top ?? 0;
    this.container.prepend(...this.makeRows(from, this.first));
    this.first = from;
    if (anchor) scrollBy(anchor, anchor.getBoundingClientRect().top - before);
    this.watch();
  }

  watch() {
    this.begin.hidden = this.first === 0;
    this.end.hidden = this.shown === this.items.length;
    this.observer.disconnect(); // it tells of changes only; begun again, it looks again
    this.observer.observe(this.begin);
    this.observer.observe(this.end);
  }

  growAll() {
    if (this.first > 0) this.show(this.items);
    this.grow(this.items.length);
  }

  has(index) {
    return index >= this.first && index < this.shown;
  }

  /** The row of the item at *index*, made if it is not there yet; far ones are gone to, not through. */
  rowAt(index) {
    if (index < this.first - STEP || index >= this.shown + STEP) this.show(this.items, Math.max(0, index - STEP));
    if (index < this.first) this.growBack();
    if (index >= this.shown) this.grow(index - this.shown + STEP);
    return this.container.children[index - this.first];
  }
}

/** Scroll what *element* scrolls in by *distance*. */
export function scrollBy(element, distance) {
  const area = element.closest(".scroll");
  const own = area && getComputedStyle(area).overflowY === "auto";
  (own ? area : document.scrollingElement).scrollTop += distance;
}
