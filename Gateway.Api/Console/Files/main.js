import { get, hasToken, isStale, Problem, setToken, settings, whenRefused } from "./api.js";
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
let leave = new AbortController();
let shown = null;

async function show() {
  leave.abort();
  leave = new AbortController();
  isDeclined = false;
  const { signal } = leave;
  const [way, search = ""] = (location.hash.slice(1) || "/").split("?");
  const found = pages.map(([pattern, name, link]) => ({ match: pattern.exec(way), name, link })).find((one) => one.match !== null);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === found?.link)
      link.setAttribute("aria-current", "page");
    else
      link.removeAttribute("aria-current");
  }
  const body = h("div");
  try {
    if (!found)
      throw new Error("There is no such page.");
    const page = await import(`./${found.name}.js`);
    if (signal.aborted)
      return;
    // The link that was followed is gone with its page, or is above it: readers and keys go on with the new one.
    const goesOn = shown !== null && shown !== way;
    shown = way;
    content.replaceChildren(body);
    if (goesOn)
      content.focus({ preventScroll: true });
    await page.show(body, { parts: found.match.slice(1).map(decodeURIComponent), search: new URLSearchParams(search), signal });
  } catch (fault) {
    if (signal.aborted)
      return;
    content.replaceChildren(body);
    body.append(problem(fault));
  }
  const title = body.querySelector("h1")?.textContent;
  document.title = title ? `${title} - Registry Gateway` : "Registry Gateway";
}

async function condition() {
  try {
    const ready = await get("readyz", undefined, false);
    document.getElementById("version").textContent = ready.version;
    if (!ready.synced)
      return ["not synced", "lost"];
    return ready.stale ? [`stale: ${ready.lost.join(", ")} lost`, "stale"] : ["fresh", "fresh"];
  } catch (fault) {
    if (!(fault instanceof Problem))
      throw fault;
  }
  // An Ingress may not route /readyz: what is looked up says itself whether it is stale.
  const stale = await isStale();
  return stale === null ? ["", ""] : stale ? ["stale", "stale"] : ["fresh", "fresh"];
}

async function watchCondition() {
  const place = document.getElementById("freshness");
  for (;;) {
    const [text, kind] = await condition().catch(() => ["gateway not reachable", "lost"]);
    if (place.textContent !== text)
      place.textContent = text;
    place.className = `badge ${kind}`;
    place.hidden = text === "";
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 30000 : 5000));
  }
}

const dialog = document.getElementById("token-dialog");
const box = document.getElementById("token-box");
const button = document.getElementById("token-button");
// The user closed the dialog without a token: a page that asks again every few seconds does not open it again.
let isDeclined = false;
const ask = () => {
  dialog.returnValue = "";
  dialog.showModal();
};
button.addEventListener("click", ask);
whenRefused((body) => {
  document.getElementById("token-reason").textContent = body.detail ?? "A token is needed.";
  if (!dialog.open && !isDeclined)
    ask();
});
dialog.addEventListener("close", () => {
  const choice = dialog.returnValue;
  const given = box.value.trim();
  box.value = "";
  if (choice === "forget" || choice === "use" && given !== "") {
    setToken(choice === "use" ? given : "");
    show();
  } else
    isDeclined = true;
  button.textContent = hasToken() ? "Token set" : "Token";
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  content.focus();
});
addEventListener("hashchange", show);
settings.then(({ mayAct }) => { document.getElementById("act-link").hidden = !mayAct; });
show();
watchCondition();
