import { get, path, query, repeat, services } from "./api.js";
import { badge, choices, field, h, input, instanceLink, moment, problem, select, serviceLink, swap } from "./dom.js";

export async function show(body, { search, signal }) {
  const filter = Object.fromEntries(["namespace", "service", "type", "cause", "at"].map((name) => [name, search.get(name) ?? ""]));
  const namespaces = new Set((await services(signal)).map((one) => one.namespace));
  if (filter.namespace !== "")
    namespaces.add(filter.namespace);
  const known = [...namespaces].sort();
  filter.namespace ||= known[0] ?? "";
  const past = h("div");
  const result = h("div");
  const causes = h("select", { name: "cause" });
  const form = h("form", { class: "filters", onsubmit: (event) => event.preventDefault() },
    field("Namespace", select("namespace", known.map((one) => [one, one]), filter.namespace)),
    input("service", "Service", filter.service),
    field("Change", select("type", [["", "any"], ["added", "added"], ["modified", "modified"], ["removed", "removed"]], filter.type)),
    field("Cause", causes));
  body.append(h("h1", {}, "History"),
    h("p", { class: "soft" }, "The latest changes that the replica which answers has seen, the newest first. Each moment is a link: it shows the service as it was then."),
    form, past, result);
  if (known.length === 0) {
    result.append(h("p", {}, "There is no service yet."));
    return;
  }

  let limit = 200;
  let newest = null;
  const ask = (count) => get(`v1/history${query({ namespace: filter.namespace, service: filter.service, limit: count })}`, signal);
  const load = async () => {
    const { items, truncated } = await ask(limit);
    newest = key(items.at(-1));
    choices(causes, "any", items.map((one) => one.cause), filter.cause);
    const fitting = items.filter((one) => (filter.type === "" || one.type === filter.type) && (filter.cause === "" || one.cause === filter.cause));
    swap(result, timeline(fitting, filter.at), truncated && limit < 10000 && h("p", {}, h("button", { type: "button", class: "more" }, "Show earlier ones")));
  };
  const reload = () => load().catch((fault) => {
    if (!signal.aborted)
      result.replaceChildren(problem(fault));
  });
  result.addEventListener("click", (event) => {
    if (!event.target.matches("button.more"))
      return;
    limit = Math.min(10000, limit * 5);
    reload();
  });
  form.addEventListener("change", () => {
    for (const control of form.elements)
      filter[control.name] = control.value.trim();
    filter.at = "";
    past.replaceChildren();
    history.replaceState(null, "", `#/history${query(filter)}`);
    reload();
  });
  if (filter.at !== "" && filter.service !== "")
    past.replaceChildren(await former(filter, signal));
  await reload();
  result.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
  // One change is asked for; only where it is a new one, all of them.
  repeat(async () => {
    if (key((await ask(1)).items.at(-1)) !== newest)
      await load();
  }, 2000, signal);
}

const key = (change) => change === undefined ? null : `${change.at} ${change.type} ${change.instance.id}`;

// The service as it was at that moment.
async function former({ namespace, service, at }, signal) {
  try {
    const { instances } = await get(`v1/namespaces/${path(namespace)}/services/${path(service)}/instances${query({ at, status: "any" })}`, signal);
    return h("section", { class: "card", "aria-labelledby": "then" }, h("h2", { id: "then" }, `${service} at `, moment(at)),
      instances.length === 0 ? h("p", {}, "No instance.") : h("ul", {}, instances.map((one) => h("li", {}, badge(one.status), ` ${one.reason ?? ""} `, instanceLink(one), ` ${one.pod?.name ?? ""}`))));
  } catch (fault) {
    return problem(fault);
  }
}

// The newest first. at: the moment that is marked.
export function timeline(changes, at = "") {
  if (changes.length === 0)
    return h("p", {}, "No change is known.");
  return h("ol", { class: "timeline" }, [...changes].reverse().map((one) => {
    const { instance } = one;
    const link = `#/history${query({ namespace: instance.namespace, service: instance.service, at: one.at })}`;
    return h("li", { "aria-current": one.at === at ? "true" : null }, h("a", { href: link }, moment(one.at)), h("div", {},
      h("b", {}, one.type), " ", serviceLink(instance.namespace, instance.service), ` ${instance.pod?.name ?? instance.address ?? ""} `,
      one.from !== null && badge(one.from), one.from !== null && one.to !== null && " → ", one.to !== null && badge(one.to),
      h("span", { class: "soft" }, ` ${one.cause}`)));
  }));
}
