import { get, hasToken, setToken, whenRefused } from "./api.js";
import { h, problem } from "./dom.js";

// The path after "#", its page, and the link of the navigation that is current there.
const pages = [
  [/^\/$/, "overview", "#/"],
  [/^\/services$/, "services", "#/services"],
  [/^\/services\/([^/]+)\/([^/]+)$/, "service", "#/services"],
  [/^\/services\/([^/]+)\/([^/]+)\/([0-9a-f]{32})$/, "instance", "#/services"],
  [/^\/why$/, "why", "#/why"],
  [/^\/history$/, "history", "#/history"],
  [/^\/consumers$/, "consumers", "#/consumers"],
  [/^\/act$/, "act", "#/act"],
];

const content = document.getElementById("content");
const freshness = document.getElementById("freshness");
let leave = new AbortController();
let shown = null;

export function place() {
  const [way, search = ""] = (location.hash.slice(1) || "/").split("?");
  return { way, search: new URLSearchParams(search) };
}

async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const { way, search } = place();
  const found = pages.map(([pattern, name, link]) => ({ match: pattern.exec(way), name, link })).find((one) => one.match !== null);
  for (const link of document.querySelectorAll("nav a"))
    link.toggleAttribute("aria-current", link.getAttribute("href") === found?.link);
  for (const link of document.querySelectorAll("nav a[aria-current]"))
    link.setAttribute("aria-current", "page");
  const body = h("div");
  const isOther = shown !== way;
  shown = way;
  try {
    if (!found)
      throw new Error("There is no such page.");
    const page = await import(`./${found.name}.js`);
    if (signal.aborted)
      return;
    content.replaceChildren(body);
    await page.show(body, { parts: found.match.slice(1).map(decodeURIComponent), search, signal });
  } catch (fault) {
    if (signal.aborted)
      return;
    content.replaceChildren(body);
    body.append(problem(fault));
  }
  const title = body.querySelector("h1")?.textContent;
  document.title = title ? `${title} - Registry Gateway` : "Registry Gateway";
  if (isOther && document.activeElement?.closest("nav"))
    content.focus({ preventScroll: true });
}

async function watchFreshness() {
  for (;;) {
    try {
      const ready = await get("readyz");
      document.getElementById("version").textContent = ready.version;
      const state = !ready.synced ? "not synced" : ready.stale ? "stale" : "fresh";
      freshness.textContent = ready.lost.length > 0 ? `${state}: ${ready.lost.join(", ")} lost` : state;
      freshness.className = `badge ${ready.synced ? state : "lost"}`;
    } catch {
      freshness.textContent = "gateway not reachable";
      freshness.className = "badge lost";
    }
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 30000 : 5000));
  }
}

const dialog = document.getElementById("token-dialog");
const box = document.getElementById("token-box");
const button = document.getElementById("token-button");
button.addEventListener("click", () => dialog.showModal());
whenRefused((body) => {
  document.getElementById("token-reason").textContent = `${body.detail ?? "A token is needed."} It is kept in the memory of this page alone.`;
  if (!dialog.open)
    dialog.showModal();
});
dialog.addEventListener("close", () => {
  const choice = dialog.returnValue;
  if (choice === "use")
    setToken(box.value.trim());
  else if (choice === "forget")
    setToken("");
  box.value = "";
  button.textContent = hasToken() ? "Token set" : "Token";
  if (choice === "use" || choice === "forget")
    show();
});

addEventListener("hashchange", show);
get("console/settings.json").then((settings) => {
  document.getElementById("act-link").hidden = !settings.mayAct;
}).catch(() => {});
show();
watchFreshness();
