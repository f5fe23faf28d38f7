import { path, services } from "./api.js";
import { badge, field, h, number, select } from "./dom.js";
import { list } from "./list.js";

const statuses = ["UP", "STARTING", "OUT_OF_SERVICE", "DOWN", "TERMINATING"];
const sources = ["gateway", "declared", "dubbo-java", "dubbo-go", "generic", "endpoints"];

export async function show(body, { search, signal }) {
  const filter = Object.fromEntries(["text", "namespace", "status", "source"].map((name) => [name, search.get(name) ?? ""]));
  const count = h("p", { role: "status", class: "soft" });
  const rows = list("Services", ["Namespace", "Service", "Instances", "Sources"], cells);
  const text = h("input", { type: "search", name: "text", value: filter.text, autocomplete: "off" });
  const namespaces = h("select", { name: "namespace" });
  const form = h("form", { class: "filters", onsubmit: (event) => event.preventDefault() },
    field("Search", text, true),
    field("Namespace", namespaces),
    field("Status", select("status", [["", "any"], ...statuses.map((one) => [one, one])], filter.status)),
    field("Source", select("source", [["", "any"], ...sources.map((one) => [one, one])], filter.source)));
  body.append(h("h1", {}, "Services"), form, count, rows.element);

  let all = [];
  let former = new Map();
  const apply = () => {
    for (const control of form.elements)
      filter[control.name] = control.value.trim();
    const wanted = filter.text.toLowerCase();
    const fitting = all.filter((one) =>
      one.lower.includes(wanted) && (filter.namespace === "" || one.namespace === filter.namespace)
      && (filter.status === "" || one.instances[filter.status] > 0) && (filter.source === "" || one.sources.includes(filter.source)));
    rows.set(fitting);
    count.textContent = fitting.length === all.length ? `${number(all.length)} services` : `${number(fitting.length)} of ${number(all.length)} services`;
  };
  form.addEventListener("input", () => {
    apply();
    const kept = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== "")).toString();
    history.replaceState(null, "", `#/services${kept === "" ? "" : `?${kept}`}`);
  });
  const load = async () => {
    const items = await services({}, signal);
    // A service that did not change stays the same object, so its row stays the same element.
    const next = new Map(items.map((one) => [`${one.namespace}/${one.name}`, one]));
    for (const [key, one] of next) {
      const text = JSON.stringify(one);
      const before = former.get(key);
      next.set(key, before?.text === text ? before : Object.assign(one, { text, lower: key.toLowerCase() }));
    }
    former = next;
    all = [...next.values()];
    const known = [...new Set(all.map((one) => one.namespace))].sort();
    const chosen = namespaces.options.length === 0 ? filter.namespace : namespaces.value;
    if (known.length + 1 !== namespaces.options.length)
      namespaces.replaceChildren(...[["", "all"], ...known.map((one) => [one, one])].map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
    apply();
  };
  await load();
  const timer = setInterval(() => {
    if (!document.hidden)
      load().catch(() => {});
  }, 5000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

function cells(service) {
  const counts = statuses.filter((one) => service.instances[one] > 0);
  return [
    h("span", { role: "cell" }, service.namespace),
    h("span", { role: "cell" }, h("a", { href: `#/services/${path(service.namespace, service.name)}`, title: service.name }, service.name)),
    h("span", { role: "cell" }, counts.length === 0 ? h("span", { class: "soft" }, "none") : counts.flatMap((one) => [badge(`${service.instances[one]} ${one}`, one), " "])),
    h("span", { role: "cell", class: "soft" }, service.sources.join(", ")),
  ];
}
