import { query, repeat, services } from "./api.js";
import { badge, choices, field, h, number, select, serviceLink, statuses } from "./dom.js";
import { list } from "./list.js";

const sources = ["gateway", "declared", "dubbo-java", "dubbo-go", "generic", "endpoints"];
const options = (values) => [["", "any"], ...values.map((one) => [one, one])];

export async function show(body, { search, signal }) {
  const filter = Object.fromEntries(["text", "namespace", "status", "source"].map((name) => [name, search.get(name) ?? ""]));
  const count = h("p", { role: "status", class: "soft" }, "Loading.");
  const rows = list("Services", ["Namespace", "Service", "Instances", "Sources"], cells);
  const namespaces = h("select", { name: "namespace" });
  const form = h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
    field("Search", h("input", { type: "search", name: "text", value: filter.text, autocomplete: "off", spellcheck: "false" }), true),
    field("Namespace", namespaces),
    field("Status", select("status", options(statuses), filter.status)),
    field("Source", select("source", options(sources), filter.source)));
  body.append(h("h1", {}, "Services"), form, count, rows.element);

  let known = new Map();
  const apply = () => {
    const wanted = filter.text.toLowerCase();
    const all = [...known.values()];
    const fitting = all.filter((one) =>
      one.lower.includes(wanted) && (filter.namespace === "" || one.namespace === filter.namespace)
      && (filter.status === "" || one.instances[filter.status] > 0) && (filter.source === "" || one.sources.includes(filter.source)));
    rows.set(fitting);
    count.textContent = fitting.length === all.length ? `${number(all.length)} services` : `${number(fitting.length)} of ${number(all.length)} services`;
  };
  form.addEventListener("input", () => {
    for (const control of form.elements)
      filter[control.name] = control.value.trim();
    apply();
    history.replaceState(null, "", `#/services${query(filter)}`);
  });
  const load = async () => {
    // A service that did not change stays the same object, so its row stays the same element.
    const next = new Map();
    for (const one of await services(signal)) {
      const key = `${one.namespace}/${one.name}`;
      const text = JSON.stringify(one);
      const before = known.get(key);
      next.set(key, before?.text === text ? before : Object.assign(one, { text, lower: key.toLowerCase() }));
    }
    known = next;
    choices(namespaces, "all", [...known.values()].map((one) => one.namespace), filter.namespace);
    apply();
  };
  await load();
  repeat(load, 5000, signal);
}

function cells(service) {
  const counts = statuses.filter((one) => service.instances[one] > 0);
  return [
    h("span", { role: "cell" }, service.namespace),
    h("span", { role: "cell", title: service.name }, serviceLink(service.namespace, service.name)),
    h("span", { role: "cell" }, counts.length === 0 ? h("span", { class: "soft" }, "none") : counts.flatMap((one) => [badge(`${service.instances[one]} ${one}`, one), " "])),
    h("span", { role: "cell", class: "soft" }, service.sources.join(", ")),
  ];
}
