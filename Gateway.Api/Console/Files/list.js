import { h } from "./dom.js";

const height = 40;
const spare = 10;

// A list of which only the rows in view are elements: 10,000 rows cost what 40 do. cells(item) gives the cells of a row.
export function list(caption, heads, cells) {
  const space = h("div", { class: "space", role: "rowgroup" });
  const head = h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", "aria-rowindex": "1" }, heads.map((one) => h("span", { role: "columnheader" }, one))));
  const element = h("div", { class: "list", role: "table", "aria-label": caption, tabindex: "0" }, head, space);
  let items = [];
  let drawn = new Map();
  const draw = () => {
    const first = Math.max(0, Math.floor(element.scrollTop / height) - spare);
    const last = Math.min(items.length, Math.ceil((element.scrollTop + (element.clientHeight || 600)) / height) + spare);
    const next = new Map();
    for (const [at, former] of drawn) {
      // The row that has the focus stays while it is scrolled away, or the focus would be lost.
      if (items[at] === former.item && (at >= first && at < last || former.row.contains(document.activeElement)))
        next.set(at, former);
      else
        former.row.remove();
    }
    for (let at = first; at < last; at++) {
      if (!next.has(at))
        next.set(at, { item: items[at], row: rowAt(at) });
    }
    drawn = new Map([...next].sort(([one], [other]) => one - other));
    let place = space.firstChild;
    for (const { row } of drawn.values()) {
      if (row === place)
        place = row.nextSibling;
      else
        space.insertBefore(row, place);
    }
  };
  const rowAt = (at) => {
    const row = h("div", { role: "row", "aria-rowindex": at + 2 }, cells(items[at]));
    row.style.top = `${at * height}px`;
    return row;
  };
  let isAsked = false;
  element.addEventListener("scroll", () => {
    if (isAsked)
      return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  }, { passive: true });
  new ResizeObserver(draw).observe(element);
  return {
    element,
    set(all) {
      items = all;
      space.style.height = `${items.length * height}px`;
      element.setAttribute("aria-rowcount", items.length + 1);
      draw();
    },
  };
}
