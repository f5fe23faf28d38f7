import { path, stream, url } from "./api.js";
import { badge, facts, h, paced, problem, table } from "./dom.js";

const heads = ["Address", "Status", "Pod", "Zone", "Group, version", "Weight", "Source", "Metadata", "Ports"];

export async function show(body, { parts: [ns, name], signal }) {
  const api = `v1/namespaces/${path(ns)}/services/${path(name)}`;
  const state = h("p", { role: "status", class: "soft" }, "Connecting.");
  const rows = h("div");
  const about = h("div");
  const instances = new Map();
  const changed = new Set();
  body.append(
    h("h1", {}, `${ns}/${name}`),
    state,
    rows,
    h("p", { class: "buttons" },
      h("button", { type: "button", onclick: (event) => copy(event.target, `curl -s '${url(`${api}/instances`)}'`) }, "Copy as curl"),
      h("a", { href: `#/why?namespace=${encodeURIComponent(ns)}&service=${encodeURIComponent(name)}` }, "Why is it (not) listed?"),
      h("a", { href: `#/history?namespace=${encodeURIComponent(ns)}&service=${encodeURIComponent(name)}` }, "History"),
      h("a", { href: `#/consumers?namespace=${encodeURIComponent(ns)}&service=${encodeURIComponent(name)}` }, "Consumers")),
    about);
  const draw = paced(() => {
    const sorted = [...instances.values()].sort((one, other) => one.id < other.id ? -1 : 1);
    rows.replaceChildren(sorted.length === 0
      ? h("p", {}, "No instance. ", h("a", { href: `#/why?namespace=${encodeURIComponent(ns)}&service=${encodeURIComponent(name)}` }, "Why?"))
      : table(`Instances of ${ns}/${name}`, heads, sorted.map((one) => row(ns, name, one, changed.has(one.id)))));
    changed.clear();
  }, 60);
  const on = {
    open: () => { state.textContent = "Live: changes are shown as they happen."; },
    lost: (fault) => { state.textContent = fault === null ? "The stream ended; connecting again." : `The stream is lost (${fault.message}); connecting again.`; },
    event(kind, data) {
      if (kind === "snapshot") {
        instances.clear();
        for (const one of data.instances)
          instances.set(one.id, one);
        about.replaceChildren(...fallback(data));
        draw();
      } else if (kind === "added" || kind === "modified") {
        instances.set(data.id, data);
        changed.add(data.id);
        draw();
      } else if (kind === "removed") {
        instances.delete(data.id);
        draw();
      } else if (kind === "stale" || kind === "fresh")
        state.textContent = kind === "stale" ? "Stale: the gateway has lost the API server. This is the last known state." : "Live: changes are shown as they happen.";
      else if (kind === "problem")
        rows.replaceChildren(problem(data));
    },
  };
  stream(`${api}/watch?status=any`, on, signal).catch((fault) => rows.replaceChildren(problem(fault)));
}

function row(ns, name, one, isChanged) {
  const address = one.address === null ? "no address" : one.address.includes(":") ? `[${one.address}]` : one.address;
  return h("tr", { class: isChanged ? "changed" : null },
    h("td", { class: "mono" }, h("a", { href: `#/services/${path(ns, name)}/${one.id}` }, one.port === null ? address : `${address}:${one.port}`)),
    h("td", {}, badge(one.status), one.reason !== null && h("span", { class: "soft" }, ` ${one.reason}`)),
    h("td", {}, one.pod?.name ?? "none"),
    h("td", {}, one.pod?.zone ?? ""),
    h("td", {}, [one.group, one.version].filter((text) => text !== "").join(", ")),
    h("td", { class: "number" }, String(one.weight)),
    h("td", {}, one.source),
    h("td", {}, Object.entries(one.metadata).map(([key, value]) => h("span", { class: "tag" }, `${key}=${value}`))),
    h("td", {}, one.ports.map((port) => h("span", { class: "tag" }, `${port.name || "port"} ${port.port}/${port.protocol}`))));
}

function fallback(lookup) {
  if (lookup.fallback === null)
    return [h("h2", {}, "Fallback"), h("p", { class: "soft" }, "There is no Kubernetes Service of that name: who loses the registry has no other way to these instances.")];
  const { dns, clusterIP, ports, internalTrafficPolicy, trafficDistribution } = lookup.fallback;
  return [
    h("h2", {}, "Fallback: the Kubernetes Service"),
    facts([
      ["DNS", h("code", {}, dns)], ["Cluster IP", clusterIP],
      ["Ports", ports.map((port) => `${port.name || "port"} ${port.port}/${port.protocol}`).join(", ")],
      ["Internal traffic", internalTrafficPolicy], ["Distribution", trafficDistribution],
    ]),
  ];
}

async function copy(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.parentElement.after(h("pre", {}, text));
    return;
  }
  setTimeout(() => { button.textContent = before; }, 2000);
}
