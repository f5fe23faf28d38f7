// Elements from data. Text is always set as text, so nothing that a caller registered is ever read as markup.

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  set(element, attributes);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  set(element, attributes);
  element.append(...children.flat());
  return element;
}

function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on"))
      element.addEventListener(key.slice(2), value);
    else if (value === true)
      element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(key, value);
  }
}

export const badge = (text, kind = text) => h("span", { class: `badge ${kind}` }, text);

export const number = (value) => value.toLocaleString("en");

export const moment = (text) => text === null ? "" : h("time", { datetime: text }, text.replace("T", " ").replace(/\.(\d{3})\d*/, ".$1"));

export function table(caption, heads, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { "aria-label": caption },
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows)));
}

export function facts(pairs) {
  return h("dl", {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

export function field(label, control, wide = false) {
  return h("label", { class: wide ? "wide" : null }, label, control);
}

export function select(name, values, chosen) {
  return h("select", { name }, values.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
}

export function problem(fault) {
  const errors = fault.errors ?? [];
  return h("div", { class: "problem", role: "alert" },
    h("h2", {}, fault.title ?? "That did not work"),
    h("p", {}, fault.detail ?? String(fault.message ?? "")),
    errors.length > 0 && h("ul", {}, errors.map((one) => h("li", {}, `${one.pointer ?? one.parameter ?? ""} ${one.detail}`))));
}

// At most once in so many milliseconds, the last call included.
export function paced(action, milliseconds) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      action();
    }, milliseconds);
  };
}
