import { get, query } from "./api.js";
import { badge, field, h, moment, problem, select } from "./dom.js";
import { namespaces } from "./namespaces.js";

const types = ["added", "modified", "removed"];

export async function show(body, { search, signal }) {
  const filter = Object.fromEntries(["namespace", "service", "type", "cause", "at"].map((name) => [name, search.get(name) ?? ""]));
  const known = await namespaces(signal);
  filter.namespace ||= known[0] ?? "";
  const result = h("div");
  const form = h("form", { class: "filters", onsubmit: (event) => event.preventDefault() },
    field("Namespace", select("namespace", known.map((one) => [one, one]), filter.namespace)),
    field("Service", h("input", { name: "service", value: filter.service, autocomplete: "off" }), true),
    field("Change", select("type", [["", "any"], ...types.map((one) => [one, one])], filter.type)),
    field("Cause", h("input", { name: "cause", value: filter.cause, autocomplete: "off" })));
  body.append(h("h1", {}, "History"), h("p", { class: "soft" }, "The latest changes that the replica which answers has seen. Each moment has a link of its own."), form, result);
  const load = async () => {
    try {
      const { items, truncated } = await get(`v1/history${query({ namespace: filter.namespace, service: filter.service, limit: 1000 })}`, signal);
      const fitting = items.filter((one) => (filter.type === "" || one.type === filter.type) && one.cause.includes(filter.cause));
      result.replaceChildren(
        filter.at === "" ? "" : await moments(filter, signal),
        truncated ? h("p", { class: "soft" }, "There were more changes than are shown.") : "",
        timeline(fitting, filter.namespace));
    } catch (fault) {
      if (!signal.aborted)
        result.replaceChildren(problem(fault));
    }
  };
  form.addEventListener("change", () => {
    for (const control of form.elements)
      filter[control.name] = control.value.trim();
    filter.at = "";
    history.replaceState(null, "", `#/history${query(filter)}`);
    load();
  });
  await load();
  const timer = setInterval(() => {
    if (!document.hidden)
      load();
  }, 3000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

// The service as it was at that moment.
async function moments(filter, signal) {
  try {
    const past = await get(`v1/namespaces/${encodeURIComponent(filter.namespace)}/services/${encodeURIComponent(filter.service)}/instances${query({ at: filter.at, status: "any" })}`, signal);
    return h("section", { class: "card" }, h("h2", {}, `${filter.service} at `, moment(filter.at)),
      past.instances.length === 0 ? "No instance." : h("ul", {}, past.instances.map((one) => h("li", {}, badge(one.status), ` ${one.address ?? "no address"}:${one.port} ${one.pod?.name ?? ""}`))));
  } catch (fault) {
    return problem(fault);
  }
}

export function timeline(changes, ns = "") {
  if (changes.length === 0)
    return h("p", {}, "No change is known.");
  return h("ol", { class: "timeline" }, [...changes].reverse().map((one) => {
    const { instance } = one;
    const at = `#/history${query({ namespace: instance.namespace ?? ns, service: instance.service, at: one.at })}`;
    return h("li", {}, h("a", { href: at }, moment(one.at)), h("div", {},
      h("b", {}, one.type), " ", h("a", { href: `#/services/${encodeURIComponent(instance.namespace)}/${encodeURIComponent(instance.service)}` }, instance.service),
      ` ${instance.pod?.name ?? instance.address ?? ""} `,
      one.from === null ? "" : badge(one.from), one.from !== null && one.to !== null ? " → " : "", one.to === null ? "" : badge(one.to),
      h("span", { class: "soft" }, ` ${one.cause}`)));
  }));
}
