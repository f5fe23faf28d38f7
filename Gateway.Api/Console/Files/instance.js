import { get, path, Problem, query, settings, stream } from "./api.js";
import { badge, facts, h, moment, portText, problem, serviceLink, swap, table, tags } from "./dom.js";
import { timeline } from "./history.js";

export async function show(body, { parts: [ns, name, id], signal }) {
  const status = h("p", { role: "status" });
  const what = h("div");
  const past = h("div");
  const records = h("div");
  const links = h("p", { class: "buttons" }, serviceLink(ns, name, `All instances of ${name}`));
  body.append(h("h1", {}, `Instance ${id.slice(0, 12)}… of ${ns}/${name}`), links, status, what, records, h("h2", {}, "History"), past);
  let pod = null;
  const draw = (one) => {
    swap(status, one === null ? [badge("not listed", "DOWN"), " No instance of the service has this id now."] : [badge(one.status), one.reason !== null && ` ${one.reason}`]);
    swap(what, one !== null && described(one));
    if (one?.pod && pod !== one.pod.name) {
      pod = one.pod.name;
      showRecords(records, ns, pod, id, signal);
      links.append(h("a", { href: `#/why${query({ namespace: ns, service: name, pod })}` }, "Why is it (not) listed?"),
        h("a", { href: `#/consumers${query({ namespace: ns, pod })}` }, "What does its pod consume?"));
      settings.then(({ mayAct }) => mayAct && links.append(h("a", { href: `#/act${query({ namespace: ns, pod, id })}` }, "Drain or deregister")));
    }
  };
  const api = `v1/namespaces/${path(ns)}/services/${path(name)}`;
  draw(await get(`${api}/instances/${id}`, signal).catch((fault) => {
    if (fault instanceof Problem && fault.status === 404)
      return null;
    throw fault;
  }));
  const changes = async () => {
    const { items } = await get(`v1/history${query({ namespace: ns, service: name, limit: 1000 })}`, signal);
    swap(past, timeline(items.filter((one) => one.instance.id === id)));
  };
  await changes();
  stream(`${api}/watch?status=any`, {
    event(kind, data) {
      if (kind === "snapshot")
        draw(data.instances.find((one) => one.id === id) ?? null);
      else if (kind === "problem")
        what.replaceChildren(problem(data));
      else if (data.id === id) {
        draw(kind === "removed" ? null : data);
        changes().catch(() => {});
      }
    },
  }, signal).catch((fault) => what.replaceChildren(problem(fault)));
}

const described = (one) => facts([
  ["Address", h("span", { class: "mono" }, one.addresses.join(", ") || one.address || "none yet")],
  ["Port", one.port === null ? "none" : `${one.port} (${one.protocol})`],
  ["Further ports", one.ports.map(portText).join(", ")],
  ["Pod", one.pod === null ? "none: an endpoint by its address" : `${one.pod.name} (${one.pod.uid})`],
  ["Node", one.pod?.node], ["Zone", one.pod?.zone],
  ["Group", one.group], ["Version", one.version], ["Weight", String(one.weight)], ["Source", one.source],
  ["Registered", one.registeredAt === null ? "" : moment(one.registeredAt)],
  ["Host name", one.hostname?.full],
  ["Metadata", Object.keys(one.metadata).length === 0 ? "" : tags(one.metadata)],
]);

const mirrors = (one) => Object.entries(one.mirrors ?? {}).map(([name, { state, reason }]) =>
  h("div", {}, `${name} `, badge(state, state === "written" ? "passed" : "STARTING"), reason !== null && ` ${reason}`));

// Everything that is said about the pod, in any format, unreadable records included; only for callers that may see it.
async function showRecords(place, ns, pod, id, signal) {
  const title = h("h2", {}, "Records of its pod");
  try {
    const { items } = await get(`v1/registrations${query({ namespace: ns, pod })}`, signal, false);
    place.replaceChildren(title, items.length === 0
      ? h("p", { class: "soft" }, "None: the pod is listed as an endpoint of a Kubernetes Service alone.")
      : table("Records of its pod", ["Service", "Port", "Status", "Reason", "Source", "Mirrors", "Id or key"], items.map((one) => h("tr", { "aria-current": one.id === id ? "true" : null },
        h("td", {}, one.service ? serviceLink(ns, one.service) : ""), h("td", { class: "number" }, one.port ?? ""),
        h("td", {}, one.status ? badge(one.status) : ""), h("td", {}, one.reason ?? ""), h("td", {}, one.source ?? ""), h("td", {}, mirrors(one)), h("td", { class: "mono" }, one.annotation ?? one.id ?? "")))));
  } catch (fault) {
    if (!signal.aborted)
      place.replaceChildren(title, h("p", { class: "soft" }, `Not shown: ${fault.message}`));
  }
}
