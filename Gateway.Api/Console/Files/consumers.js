import { get, query } from "./api.js";
import { badge, field, h, moment, number, problem, svg, table } from "./dom.js";

export async function show(body, { search, signal }) {
  const values = Object.fromEntries(["namespace", "service", "pod"].map((name) => [name, search.get(name) ?? ""]));
  const input = (name, label) => field(label, h("input", { name, value: values[name], autocomplete: "off" }));
  const result = h("div", { "aria-live": "polite" });
  const form = h("form", { class: "filters" },
    input("namespace", "Namespace"), input("service", "Service: who consumes it?"), input("pod", "or pod: what does it consume?"),
    h("button", { class: "main", type: "submit" }, "Show"));
  body.append(h("h1", {}, "Consumers"), h("p", { class: "soft" }, "Who looked up or subscribed within the last day. An address alone proves nothing: such callers are marked."), form, result);
  const load = async () => {
    if (values.namespace === "" || (values.service === "") === (values.pod === "")) {
      result.replaceChildren(h("p", {}, "Name a namespace, and a service or a pod."));
      return;
    }
    try {
      const answer = await get(`v1/consumers${query(values)}`, signal);
      result.replaceChildren(...shown(answer, values));
    } catch (fault) {
      if (!signal.aborted)
        result.replaceChildren(problem(fault));
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const name of Object.keys(values))
      values[name] = form.elements[name].value.trim();
    history.replaceState(null, "", `#/consumers${query(values)}`);
    load();
  });
  await load();
  const timer = setInterval(() => {
    if (!document.hidden && values.namespace !== "")
      load();
  }, 5000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

function shown({ items, hidden = 0 }, values) {
  const ofPod = values.pod !== "";
  const rest = hidden > 0 ? [h("p", { class: "soft" }, `${number(hidden)} more in namespaces that may not be read.`)] : [];
  if (items.length === 0)
    return [h("p", {}, ofPod ? "That pod has asked for nothing lately." : "Nobody has asked for that service lately."), ...rest];
  const heads = [ofPod ? "Service" : "Workload", "Namespace", "Caller", "Lookups", "Streams", "Last seen", "By"];
  return [
    table("Consumers", heads, items.map((one) => h("tr", {},
      h("td", {}, ofPod ? one.service : one.workload), h("td", {}, one.namespace ?? ""),
      h("td", {}, one.pod ?? "", " ", badge(one.proved ? "proved" : "by address", one.proved ? "passed" : "STARTING")),
      h("td", { class: "number" }, number(one.lookups)), h("td", { class: "number" }, number(one.streams)),
      h("td", {}, moment(one.lastSeen)), h("td", {}, one.facade ?? "native")))),
    ...rest, graph(items, values, ofPod),
  ];
}

// Consumers on the left, what they consume on the right; the table above says the same in words.
function graph(items, values, ofPod) {
  const many = [...new Set(items.map((one) => ofPod ? one.service : one.workload))].slice(0, 20);
  const step = 44;
  const height = Math.max(1, many.length) * step + 16;
  const box = (x, y, text) => [
    svg("rect", { x, y: y - 15, width: 250, height: 30, rx: 6 }),
    svg("text", { x: x + 10, y: y + 5 }, text.length > 32 ? `${text.slice(0, 31)}…` : text),
  ];
  const middle = height / 2;
  const single = ofPod ? values.pod : values.service;
  const [manyAt, singleAt] = ofPod ? [450, 10] : [10, 450];
  const lines = many.map((_, at) => {
    const y = at * step + step / 2 + 8;
    const [from, to] = ofPod ? [[260, middle], [450, y]] : [[260, y], [450, middle]];
    return svg("path", { d: `M${from[0]} ${from[1]} C${from[0] + 90} ${from[1]} ${to[0] - 90} ${to[1]} ${to[0]} ${to[1]}` });
  });
  return svg("svg", { class: "graph", viewBox: `0 0 710 ${height}`, role: "img", "aria-label": `${many.length} ${ofPod ? "services that the pod consumes" : "workloads that consume the service"}` },
    ...lines, ...many.flatMap((text, at) => box(manyAt, at * step + step / 2 + 8, text)), ...box(singleAt, middle, single));
}
