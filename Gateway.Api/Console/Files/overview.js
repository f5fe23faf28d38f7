import { get, repeat, services } from "./api.js";
import { badge, h, number, problem, statuses, svg, swap } from "./dom.js";
import { metrics, sum } from "./metrics.js";

// Registrations a second, as far as this page was shown.
const rates = [];
const kept = 60;
let before = null;

export async function show(body, { signal }) {
  const problems = h("div", { "aria-live": "polite" });
  const cards = h("ul", { class: "cards" });
  const bySource = h("ul", { class: "cards" });
  body.append(
    h("h1", {}, "Overview"),
    h("h2", {}, "Needs attention"), problems,
    h("h2", {}, "Now"), cards,
    h("h2", {}, "Instances by source"), bySource);
  const unlessLeft = (fault) => {
    if (signal.aborted)
      throw fault;
    return null;
  };
  const refresh = async () => {
    // An Ingress may route neither.
    const [samples, ready] = await Promise.all([metrics(signal).catch(unlessLeft), get("readyz", signal, false).catch(unlessLeft)]);
    swap(problems, ...found(samples, ready));
    if (samples === null)
      await showLists(cards, bySource, signal);
    else
      showMetrics(cards, bySource, samples);
  };
  await refresh().catch((fault) => {
    if (!signal.aborted)
      problems.replaceChildren(problem(fault));
  });
  repeat(refresh, 3000, signal);
}

const card = (value, ...label) => h("li", { class: "card" }, h("b", {}, value), h("span", {}, label));

// The shares of the statuses; the numbers beside it say the same.
function bar(counts) {
  const parts = statuses.filter((status) => counts[status] > 0).map((status) => {
    const share = h("i", { class: status });
    share.style.flexGrow = counts[status];
    return share;
  });
  return h("span", { class: "bar", "aria-hidden": "true" }, parts);
}

function showMetrics(cards, bySource, samples) {
  const count = (filter) => sum(samples, "registry_gateway_instances", filter);
  const replicas = samples.find((one) => one.name === "registry_gateway_replicas");
  const rate = nextRate(sum(samples, "registry_gateway_registrations_total", (labels) => labels.verb === "register" && (labels.outcome === "written" || labels.outcome === "unchanged")));
  swap(cards,
    statuses.map((status) => card(number(count((labels) => labels.status === status)), badge(status))),
    card(number(sum(samples, "registry_gateway_services")), "services"),
    card(number(sum(samples, "registry_gateway_pods")), "pods"),
    card(number(sum(samples, "registry_gateway_streams_open")), "streams of this replica"),
    card(rate === null ? "…" : rate.toFixed(1), "registrations a second", sparkline()),
    card(`${sum(samples, "registry_gateway_truth_age_seconds").toFixed(0)} s`, "without the API server"),
    card(replicas === undefined ? "?" : number(replicas.value), replicas === undefined ? "replicas (not known without Redis)" : "replicas"));
  const sources = [...new Set(samples.filter((one) => one.name === "registry_gateway_instances").map((one) => one.labels.source))].sort();
  swap(bySource, sources.map((source) => {
    const counts = Object.fromEntries(statuses.map((status) => [status, count((labels) => labels.source === source && labels.status === status)]));
    return card(number(Object.values(counts).reduce((all, one) => all + one, 0)), source, bar(counts));
  }));
}

// What the list of services says, where the metrics are not reachable.
async function showLists(cards, bySource, signal) {
  const all = await services(signal);
  const count = (status) => all.reduce((total, one) => total + (one.instances[status] ?? 0), 0);
  swap(cards, statuses.map((status) => card(number(count(status)), badge(status))), card(number(all.length), "services that you may read"));
  swap(bySource, h("li", {}, "The metrics of this gateway are not reachable from here."));
}

// Another replica that answers counts from another number: its first answer gives no rate.
function nextRate(written) {
  const now = performance.now();
  const rate = before === null || written < before.written ? null : (written - before.written) / Math.max(0.5, (now - before.now) / 1000);
  before = { written, now };
  if (rate !== null)
    rates.push(rate);
  if (rates.length > kept)
    rates.shift();
  return rate;
}

function sparkline() {
  const highest = Math.max(1, ...rates);
  const points = rates.map((rate, at) => `${(100 * at / (kept - 1)).toFixed(1)},${(22 - 20 * rate / highest).toFixed(1)}`).join(" ");
  return svg("svg", { class: "spark", viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("polyline", { points }));
}

function found(samples, ready) {
  const list = [];
  const add = (text, link) => list.push(h("li", {}, link === undefined ? text : h("a", { href: link }, text)));
  if (ready !== null) {
    if (!ready.synced)
      add("This replica has not seen the whole cluster yet: it answers 503.");
    if (ready.lost.length > 0)
      add(`The API server does not answer for: ${ready.lost.join(", ")}. What is shown is the last known state.`);
    for (const [name, check] of Object.entries(ready.selfCheck)) {
      if (check.state === "refused" || check.state === "unknown")
        add(`Self-check of ${name}: ${check.state}. ${check.detail ?? ""}`);
    }
  }
  for (const [name, filter, one, many, link] of samples === null ? [] : signs) {
    const count = sum(samples, name, filter);
    if (count > 0)
      add(`${number(count)} ${count === 1 ? one : many}`, link);
  }
  if (samples?.some((one) => one.name === "registry_gateway_redis_available" && one.value === 0))
    add("Redis does not answer: replicas share nothing at the moment.");
  const unread = [samples === null && "/metrics", ready === null && "/readyz"].filter((one) => one !== false);
  return [
    list.length > 0 && h("ul", { class: "problems" }, list),
    unread.length > 0 && h("p", {}, `${list.length > 0 ? "What else does is" : "That is"} not known: ${unread.join(" and ")} cannot be read from here.`),
    list.length === 0 && unread.length === 0 && h("p", {}, badge("nothing", "passed")),
  ];
}

// Metric, filter, what one and what several of it are, and where to go.
const signs = [
  ["registry_gateway_unreadable_records", undefined, "record cannot be read: log 1501 names it", "records cannot be read: log 1501 names them"],
  ["registry_gateway_reserved_records", undefined, "record has the name of a Service that does not select its pod", "records have names of Services that do not select their pods", "#/why"],
  ["registry_gateway_instances_down", (labels) => labels.reason === "LeaseExpired", "lease expired: its instance is DOWN", "leases expired: their instances are DOWN", "#/services?status=DOWN"],
  ["registry_gateway_instances_down", (labels) => labels.reason === "ContainerRestarted", "instance is DOWN: its container restarted and has not registered again",
    "instances are DOWN: their containers restarted and have not registered again", "#/services?status=DOWN"],
  ["registry_gateway_unprojected_services", undefined, "service is shown in its last good state: log 1512", "services are shown in their last good state: log 1512"],
  ["registry_gateway_held_back_endpoints", undefined, "endpoint is not listed: its pod is not known", "endpoints are not listed: their pods are not known", "#/why"],
  ["registry_gateway_loop_failures_total", undefined, "failure of a background loop since the start: log 2300", "failures of background loops since the start: log 2300"],
];
