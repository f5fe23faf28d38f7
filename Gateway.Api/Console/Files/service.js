import { hasToken, path, query, stream, url } from "./api.js";
import { badge, facts, h, instanceLink, moment, paced, portText, problem, table, tags } from "./dom.js";

const heads = ["Address", "Status", "Pod", "Zone", "Group, version", "Weight", "Source", "Metadata", "Ports"];
const kept = 8;
const live = "Live: changes are shown as they happen.";
const stale = "Stale: the gateway has lost the API server. This is the last known state.";

export async function show(body, { parts: [ns, name], signal }) {
  const api = `v1/namespaces/${path(ns)}/services/${path(name)}`;
  const asked = query({ namespace: ns, service: name });
  const state = h("p", { role: "status", class: "soft" }, "Connecting.");
  const none = h("p", { hidden: true }, "No instance. ", h("a", { href: `#/why${asked}` }, "Why?"));
  const all = table(`Instances of ${ns}/${name}`, heads, []);
  const place = h("div", {}, none, all);
  const log = h("div", { class: "log", role: "log", "aria-labelledby": "changes-title" });
  const about = h("div");
  const copied = h("div", { "aria-live": "polite" });
  body.append(
    h("h1", {}, `${ns}/${name}`), state,
    h("p", { class: "buttons" },
      h("a", { href: `#/why${asked}` }, "Why is it (not) listed?"), h("a", { href: `#/history${asked}` }, "History"), h("a", { href: `#/consumers${asked}` }, "Consumers"),
      h("button", { type: "button", onclick: () => copy(copied, `${api}/instances`) }, "Copy as curl")),
    copied, place, h("h2", { id: "changes-title" }, "Changes since this page was opened"), log, about);
  const rows = changingRows(all.querySelector("tbody"));
  const instances = new Map();
  const draw = () => {
    const sorted = [...instances.values()].sort((one, other) => (one.pod?.name ?? "").localeCompare(other.pod?.name ?? "", "en", { numeric: true }) || (one.id < other.id ? -1 : 1));
    none.hidden = sorted.length > 0;
    all.hidden = sorted.length === 0;
    rows(sorted);
  };
  const drawSoon = paced(draw, 60);
  const note = (kind, one) => {
    log.prepend(h("div", {}, moment(new Date().toISOString()), " ", h("b", {}, kind), ` ${one.pod?.name ?? one.address ?? one.id} `, badge(one.status), one.reason !== null && ` ${one.reason}`));
    while (log.children.length > kept)
      log.lastChild.remove();
  };
  let isStale = false;
  let isShown = false;
  const say = () => {
    if (isShown)
      state.textContent = isStale ? stale : live;
  };
  stream(`${api}/watch?status=any`, {
    // A stream that goes on need not send anything; a new one is live once its snapshot is shown.
    open: say,
    lost: (fault, ends) => {
      state.textContent = ends ? "This page is not live." : fault === null ? "The stream ended; connecting again." : `The stream is lost (${fault.message}); connecting again.`;
      if (ends)
        place.replaceChildren(problem(fault));
    },
    event(kind, data) {
      if (kind === "snapshot") {
        instances.clear();
        for (const one of data.instances)
          instances.set(one.id, one);
        isStale = data.stale;
        about.replaceChildren(...fallback(data));
        // At once: a change that follows is drawn, and marked, as one.
        draw();
        isShown = true;
        say();
      } else if (kind === "added" || kind === "modified") {
        instances.set(data.id, data);
        note(kind, data);
        drawSoon();
      } else if (kind === "removed") {
        instances.delete(data.id);
        note(kind, data);
        drawSoon();
      } else if (kind === "stale" || kind === "fresh") {
        isStale = kind === "stale";
        say();
      } else if (kind === "problem") {
        state.textContent = "This page is not live.";
        place.replaceChildren(problem(data));
      }
    },
  }, signal).catch((fault) => place.replaceChildren(problem(fault)));
}

// Rows by id, and their cells: what did not change stays the same element. Cells that changed, and rows that came after the first time, are marked.
function changingRows(body) {
  const drawn = new Map();
  let isFirst = true;
  return (instances) => {
    const wanted = new Set(instances.map((one) => one.id));
    for (const [id, { row }] of drawn) {
      if (!wanted.has(id)) {
        row.remove();
        drawn.delete(id);
      }
    }
    let next = body.firstChild;
    for (const one of instances) {
      const former = drawn.get(one.id);
      const row = former?.row ?? rowOf(one);
      if (former === undefined && !isFirst)
        row.className = "changed";
      if (former !== undefined && former.one !== one)
        update(row, rowOf(one));
      drawn.set(one.id, { one, row });
      if (row === next)
        next = row.nextSibling;
      else
        body.insertBefore(row, next);
    }
    isFirst = false;
  };
}

function update(row, changed) {
  const cells = [...changed.cells];
  [...row.cells].forEach((former, at) => {
    if (former.innerHTML === cells[at].innerHTML)
      return;
    const hasFocus = former.contains(document.activeElement);
    cells[at].classList.add("changed");
    former.replaceWith(cells[at]);
    if (hasFocus)
      cells[at].querySelector("a")?.focus({ preventScroll: true });
  });
}

const rowOf = (one) => h("tr", { "data-id": one.id },
  h("td", { class: "mono" }, instanceLink(one)),
  h("td", {}, badge(one.status), one.reason !== null && h("span", { class: "soft" }, ` ${one.reason}`)),
  h("td", {}, one.pod?.name ?? "none"),
  h("td", {}, one.pod?.zone ?? ""),
  h("td", {}, [one.group, one.version].filter((text) => text !== "").join(", ")),
  h("td", { class: "number" }, String(one.weight)),
  h("td", {}, one.source),
  h("td", {}, tags(one.metadata)),
  h("td", {}, one.ports.map((port) => h("span", { class: "tag" }, portText(port)))));

function fallback(lookup) {
  const title = h("h2", {}, "Fallback: the Kubernetes Service");
  if (lookup.fallback === null)
    return [title, h("p", { class: "soft" }, "There is none of that name: a client that loses the registry has no other way to these instances.")];
  const { dns, clusterIP, ports, internalTrafficPolicy, trafficDistribution } = lookup.fallback;
  return [title, facts([
    ["DNS", h("code", {}, dns)], ["Cluster IP", clusterIP], ["Ports", ports.map(portText).join(", ")],
    ["Internal traffic", internalTrafficPolicy], ["Distribution", trafficDistribution],
  ])];
}

async function copy(place, relative) {
  const line = `curl -s${hasToken() ? ' -H "Authorization: Bearer $TOKEN"' : ""} '${url(relative)}'`;
  let said = "Copied:";
  try {
    await navigator.clipboard.writeText(line);
  } catch {
    said = "Copy this line:";
  }
  place.replaceChildren(h("p", {}, `${said} `, h("code", {}, line)));
}
