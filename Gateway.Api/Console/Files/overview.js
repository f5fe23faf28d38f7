import { get } from "./api.js";
import { badge, h, number } from "./dom.js";
import { metrics, sum } from "./metrics.js";

const statuses = ["UP", "STARTING", "OUT_OF_SERVICE", "DOWN", "TERMINATING"];

export async function show(body, { signal }) {
  const problems = h("div");
  const cards = h("ul", { class: "cards" });
  const bySource = h("ul", { class: "cards" });
  body.append(
    h("h1", {}, "Overview"),
    h("h2", {}, "Needs someone"), problems,
    h("h2", {}, "Now"), cards,
    h("h2", {}, "Instances by source"), bySource);
  let before = null;
  const refresh = async () => {
    const [samples, ready] = await Promise.all([metrics(signal).catch((fault) => {
      if (signal.aborted)
        throw fault;
      return null;
    }), get("readyz", signal)]);
    problems.replaceChildren(...found(samples, ready));
    if (samples === null) {
      cards.replaceChildren(card("", "The metrics of this gateway cannot be read from here."));
      return;
    }
    const now = performance.now();
    const written = sum(samples, "http_server_request_duration_seconds_count", (labels) => labels.http_request_method === "POST" && labels.http_route === "/v1/registrations");
    const rate = before === null ? null : (written - before.written) / ((now - before.now) / 1000);
    before = { now, written };
    cards.replaceChildren(
      ...statuses.map((status) => card(number(sum(samples, "registry_gateway_instances", (labels) => labels.status === status)), badge(status))),
      card(number(sum(samples, "registry_gateway_services")), "services"),
      card(number(sum(samples, "registry_gateway_pods")), "pods"),
      card(number(sum(samples, "registry_gateway_streams_open")), "streams of this replica"),
      card(rate === null ? "…" : rate.toFixed(1), "registrations a second"),
      card(`${sum(samples, "registry_gateway_truth_age_seconds").toFixed(0)} s`, "age of what is shown"),
      card(replicas(samples), "replicas"));
    const sources = [...new Set(samples.filter((one) => one.name === "registry_gateway_instances").map((one) => one.labels.source))].sort();
    bySource.replaceChildren(...sources.map((source) => card(number(sum(samples, "registry_gateway_instances", (labels) => labels.source === source)), source)));
  };
  await refresh();
  repeat(refresh, 3000, signal);
}

function repeat(action, milliseconds, signal) {
  const timer = setInterval(() => {
    if (!document.hidden)
      action().catch(() => {});
  }, milliseconds);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

const card = (value, label) => h("li", { class: "card" }, h("b", {}, value), h("span", {}, label));

function replicas(samples) {
  const known = sum(samples, "registry_gateway_replicas");
  return known === 0 ? "1" : number(known);
}

function found(samples, ready) {
  const list = [];
  const add = (count, one, many, link) => {
    if (count > 0)
      list.push(h("li", {}, h("a", { href: link }, `${number(count)} ${count === 1 ? one : many}`)));
  };
  if (!ready.synced)
    list.push(h("li", {}, "This replica has not seen the whole cluster yet: it answers 503."));
  if (ready.lost.length > 0)
    list.push(h("li", {}, `The API server does not answer for: ${ready.lost.join(", ")}. What is shown is the last known state.`));
  for (const [name, check] of Object.entries(ready.selfCheck)) {
    if (check.state !== "ok" && check.state !== "off")
      list.push(h("li", {}, `Self-check of ${name}: ${check.state}. ${check.detail ?? ""}`));
  }
  if (samples !== null) {
    add(sum(samples, "registry_gateway_unreadable_records"), "record cannot be read", "records cannot be read", "#/why");
    add(sum(samples, "registry_gateway_reserved_records"), "record has a name that belongs to a Service which does not select its pod",
      "records have names that belong to Services which do not select their pods", "#/why");
    add(sum(samples, "registry_gateway_unprojected_services"), "service is shown in its last good state", "services are shown in their last good state", "#/services");
    add(sum(samples, "registry_gateway_instances", (labels) => labels.status === "DOWN"), "instance is DOWN (restarted, or its lease expired)",
      "instances are DOWN (restarted, or their leases expired)", "#/services?status=DOWN");
    add(sum(samples, "registry_gateway_held_back_endpoints"), "endpoint is held back: its pod is not known", "endpoints are held back: their pods are not known", "#/why");
  }
  return [list.length === 0 ? h("p", {}, badge("nothing", "passed")) : h("ul", { class: "problems" }, list)];
}
