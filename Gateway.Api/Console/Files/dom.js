// Elements from data. Text is always set as text, so nothing that a caller registered is ever read as markup.

import { path } from "./api.js";

const fill = (element, attributes, children) => {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on"))
      element.addEventListener(key.slice(2), value);
    else if (value === true)
      element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(key, value);
  }
  element.append(...shown(children));
  return element;
};

const shown = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");

export const h = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

export const statuses = ["UP", "STARTING", "OUT_OF_SERVICE", "DOWN", "TERMINATING"];

export const badge = (text, kind = text) => h("span", { class: `badge ${kind}` }, text);

export const number = (value) => value.toLocaleString("en");

export const moment = (text) => text === null ? "" : h("time", { datetime: text }, text.replace("T", " ").replace(/\.(\d{3})\d*/, ".$1"));

export const tags = (metadata) => Object.entries(metadata).map(([key, value]) => h("span", { class: "tag" }, `${key}=${value}`));

export const portText = (port) => `${port.name || "port"} ${port.port}/${port.protocol}`;

export function endpoint({ address, port }) {
  const host = address === null ? "no address" : address.includes(":") ? `[${address}]` : address;
  return port === null ? host : `${host}:${port}`;
}

export const serviceLink = (ns, name, text = name) => h("a", { href: `#/services/${path(ns, name)}` }, text);

export const instanceLink = (one) => h("a", { href: `#/services/${path(one.namespace, one.service)}/${one.id}` }, endpoint(one));

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

export const field = (label, control, wide = false) => h("label", { class: wide ? "wide" : null }, label, control);

export const input = (name, label, value = "", more = {}) => field(label, h("input", { name, value, autocomplete: "off", spellcheck: "false", ...more }));

export const select = (name, values, chosen) =>
  h("select", { name }, values.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));

// The values of a select; one that was chosen stays, also where it is none of them now.
export function choices(control, none, values, chosen) {
  const wanted = ["", ...[...new Set(chosen === "" ? values : [...values, chosen])].sort()];
  if (wanted.join() !== [...control.options].map((one) => one.value).join())
    control.replaceChildren(...wanted.map((value) => h("option", { value, selected: value === chosen }, value === "" ? none : value)));
}

export function problem(fault) {
  const errors = fault.errors ?? [];
  return h("div", { class: "problem", role: "alert" },
    h("h2", {}, fault.title ?? "That did not work"),
    h("p", {}, fault.detail ?? fault.message ?? ""),
    errors.length > 0 && h("ul", {}, errors.map((one) => h("li", {}, `${one.pointer ?? one.parameter ?? ""} ${one.detail}`))));
}

// Replaces what a place shows only where it differs, and keeps the focus on the link that had it.
export function swap(place, ...nodes) {
  const next = h("div", {}, nodes);
  if (next.innerHTML === place.innerHTML)
    return;
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  place.replaceChildren(...next.childNodes);
  if (focused !== null)
    [...place.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
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
