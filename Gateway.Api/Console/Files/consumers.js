import { get, query, repeat } from "./api.js";
import { badge, h, input, moment, number, problem, serviceLink, svg, swap, table } from "./dom.js";

export async function show(body, { search, signal }) {
  const values = Object.fromEntries(["namespace", "service", "pod"].map((name) => [name, search.get(name) ?? ""]));
  const result = h("div");
  const form = h("form", { class: "filters" },
    input("namespace", "Namespace", values.namespace, { required: true }), input("service", "Service: who consumes it?", values.service), input("pod", "or pod: what does it consume?", values.pod),
    h("button", { class: "main", type: "submit" }, "Show"));
  body.append(h("h1", {}, "Consumers"),
    h("p", { class: "soft" }, "Who looked up or subscribed within the last day. Callers that only their address names are marked: an address proves nothing."), form, result);
  const isComplete = () => values.namespace !== "" && (values.service === "") !== (values.pod === "");
  const load = async () => {
    if (isComplete())
      swap(result, shown(await get(`v1/consumers${query(values)}`, signal), values));
    else
      swap(result, h("p", {}, "Name a namespace, and a service or a pod."));
  };
  const reload = () => load().catch((fault) => {
    if (!signal.aborted)
      result.replaceChildren(problem(fault));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const name of Object.keys(values))
      values[name] = form.elements[name].value.trim();
    history.replaceState(null, "", `#/consumers${query(values)}`);
    reload();
  });
  await reload();
  repeat(async () => {
    if (isComplete())
      await load();
  }, 5000, signal);
}

function shown({ items, hidden = 0 }, values) {
  const ofPod = values.pod !== "";
  const rest = hidden > 0 && h("p", { class: "soft" }, `${number(hidden)} more, of namespaces that you may not read.`);
  if (items.length === 0)
    return [h("p", {}, ofPod ? "That pod has asked for nothing lately." : "Nothing has asked for that service lately."), rest];
  return [
    table("Consumers", [ofPod ? "Service" : "Workload", "Namespace", "Caller", "Lookups", "Streams", "Last seen", "By"], items.map((one) => h("tr", {},
      h("td", {}, ofPod ? consumed(one.service) : one.workload ?? "unknown"), h("td", {}, one.namespace ?? ""),
      h("td", {}, `${one.pod ?? one.address ?? ""} `, one.proved ? badge("proved", "passed") : badge("by address", "STARTING")),
      h("td", { class: "number" }, number(one.lookups)), h("td", { class: "number" }, number(one.streams)),
      h("td", {}, moment(one.lastSeen)), h("td", {}, one.facade ?? "native")))),
    rest, graph(items, values, ofPod),
  ];
}

// namespace/name, or namespace/* for everything in it.
function consumed(service) {
  const [ns, name] = service.split("/");
  return name === "*" ? `everything in ${ns}` : serviceLink(ns, name, service);
}

// Workloads of two namespaces may have the same name.
const consumer = (one, ns) => one.workload === null ? one.address ?? "unknown" : one.namespace === ns ? one.workload : `${one.namespace}/${one.workload}`;

const most = 20;
const [step, width, boxWidth] = [44, 710, 250];

// Consumers on the left, what they consume on the right; the table above says the same in words.
function graph(items, values, ofPod) {
  const names = [...new Set(items.map((one) => ofPod ? one.service : consumer(one, values.namespace)))].slice(0, most);
  const height = names.length * step + 16;
  const box = (x, y, text) => [
    svg("rect", { x, y: y - 15, width: boxWidth, height: 30, rx: 6 }),
    svg("text", { x: x + 10, y: y + 5 }, text.length > 32 ? `${text.slice(0, 31)}…` : text),
  ];
  const [left, right] = [10, width - boxWidth - 10];
  const heightOf = (at) => at * step + step / 2 + 8;
  const middle = height / 2;
  const lines = names.map((_, at) => {
    const [from, to] = ofPod ? [middle, heightOf(at)] : [heightOf(at), middle];
    return svg("path", { d: `M${left + boxWidth} ${from} C${left + boxWidth + 90} ${from} ${right - 90} ${to} ${right} ${to}` });
  });
  const drawn = svg("svg", { class: "graph", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${names.length} ${ofPod ? "services that the pod consumes" : "workloads that consume the service"}` },
    lines, names.map((text, at) => box(ofPod ? right : left, heightOf(at), text)), box(ofPod ? left : right, middle, ofPod ? values.pod : values.service));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Graph" }, drawn);
}
