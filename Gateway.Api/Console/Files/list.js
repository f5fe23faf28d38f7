import { h } from "./dom.js";

const height = 40;

// A list of which only the rows in view are elements: 10,000 rows cost what 40 do. cells(item) gives the cells of a row.
export function list(caption, heads, cells) {
  const space = h("div", { class: "space", role: "rowgroup" });
  const head = h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", "aria-rowindex": "1" }, heads.map((one) => h("span", { role: "columnheader" }, one))));
  const element = h("div", { class: "list", role: "table", "aria-label": caption, tabindex: "0" }, head, space);
  let items = [];
  let drawn = new Map();
  const draw = () => {
    const first = Math.max(0, Math.floor(element.scrollTop / height) - 10);
    const last = Math.min(items.length, Math.ceil((element.scrollTop + (element.clientHeight || 600)) / height) + 10);
    const next = new Map();
    for (let at = first; at < last; at++) {
      const former = drawn.get(at);
      if (former?.item === items[at]) {
        next.set(at, former);
        continue;
      }
      const row = h("div", { role: "row", "aria-rowindex": at + 2 }, cells(items[at]));
      row.style.top = `${at * height}px`;
      next.set(at, { item: items[at], row });
    }
    for (const [at, { row }] of drawn) {
      if (next.get(at)?.row !== row)
        row.remove();
    }
    let before = null;
    for (const { row } of next.values()) {
      if (row.parentNode !== space || row.previousSibling !== before)
        space.insertBefore(row, before === null ? space.firstChild : before.nextSibling);
      before = row;
    }
    drawn = next;
  };
  element.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
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
