import { get, path, query, stream } from "./api.js";
import { badge, facts, h, moment, problem } from "./dom.js";
import { timeline } from "./history.js";

export async function show(body, { parts: [ns, name, id], signal }) {
  const what = h("div");
  const past = h("div");
  const registration = h("div");
  body.append(h("h1", {}, `Instance ${id.slice(0, 12)}… of ${ns}/${name}`),
    h("p", {}, h("a", { href: `#/services/${path(ns, name)}` }, `All instances of ${name}`)), what, registration, h("h2", {}, "History"), past);
  const draw = (one) => {
    what.replaceChildren(facts([
      ["Status", h("span", {}, badge(one.status), one.reason === null ? "" : ` ${one.reason}`)],
      ["Address", h("span", { class: "mono" }, one.addresses.join(", ") || one.address || "none yet")],
      ["Port", one.port === null ? "none" : `${one.port} (${one.protocol})`],
      ["Further ports", one.ports.map((port) => `${port.name || "port"} ${port.port}/${port.protocol}`).join(", ")],
      ["Pod", one.pod === null ? "none: an endpoint by its address" : `${one.pod.name} (${one.pod.uid})`],
      ["Node", one.pod?.node], ["Zone", one.pod?.zone],
      ["Group", one.group], ["Version", one.version], ["Weight", String(one.weight)], ["Source", one.source],
      ["Registered", one.registeredAt === null ? "" : moment(one.registeredAt)],
      ["Host name", one.hostname?.full],
      ["Metadata", h("span", {}, Object.entries(one.metadata).map(([key, value]) => h("span", { class: "tag" }, `${key}=${value}`)))],
    ]));
  };
  const one = await get(`v1/namespaces/${path(ns)}/services/${path(name)}/instances/${id}`, signal);
  draw(one);
  if (one.pod !== null)
    await showRegistrations(registration, ns, one, signal);
  const changes = async () => past.replaceChildren(timeline((await get(`v1/history${query({ namespace: ns, service: name, limit: 1000 })}`, signal)).items.filter((change) => change.instance.id === id)));
  await changes();
  stream(`v1/namespaces/${path(ns)}/services/${path(name)}/watch?status=any`, {
    event(kind, data) {
      const now = kind === "snapshot" ? data.instances.find((candidate) => candidate.id === id) : data.id === id && kind !== "removed" ? data : null;
      if (now)
        draw(now);
      else if (kind === "removed" && data.id === id)
        what.replaceChildren(h("p", {}, badge("gone", "DOWN"), " It is not listed any more."));
      if (data.id === id)
        changes().catch(() => {});
    },
  }, signal).catch((fault) => what.replaceChildren(problem(fault)));
}

// What the pod has registered, for who may see it: others see the instance alone.
async function showRegistrations(place, ns, one, signal) {
  try {
    const { items } = await get(`v1/registrations${query({ namespace: ns, pod: one.pod.name })}`, signal);
    const own = items.find((item) => item.id === one.id);
    place.replaceChildren(h("h2", {}, "Registration"),
      own === undefined
        ? h("p", { class: "soft" }, "None: it is listed as an endpoint of the Kubernetes Service.")
        : facts([["Id", h("code", {}, own.id)], ["Reason", own.reason], ["Mirrors", Object.entries(own.mirrors ?? {}).map(([name, mirror]) => `${name}: ${mirror.state} ${mirror.reason ?? ""}`).join("; ")]]));
  } catch (fault) {
    if (!signal.aborted)
      place.replaceChildren(h("h2", {}, "Registration"), h("p", { class: "soft" }, `Not shown: ${fault.message}`));
  }
}
