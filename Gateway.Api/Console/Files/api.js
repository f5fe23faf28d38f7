// The gateway's public REST and SSE API. The token is kept in this module's memory alone.

const root = new URL("..", import.meta.url);
let token = null;
let onRefused = () => {};

export const setToken = (text) => { token = text === "" ? null : text; };
export const hasToken = () => token !== null;
export const whenRefused = (action) => { onRefused = action; };

// A quote would end the one around a URL that is copied into a shell.
export const part = (text) => encodeURIComponent(text).replace(/'/g, "%27");
export const path = (...parts) => parts.map(part).join("/");
export const url = (relative) => new URL(relative, root);

export function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "")
      parameters.append(name, value);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

const headers = (more = {}) => token === null ? more : { ...more, Authorization: `Bearer ${token}` };

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `The gateway answered ${status}.`);
    Object.assign(this, { status, code: body.code, title: body.title, detail: body.detail, errors: body.errors });
  }
}

async function refusal(answer, asks = true) {
  const body = await answer.json().catch(() => ({ title: `The gateway answered ${answer.status}` }));
  if (answer.status === 401 && asks)
    onRefused(body);
  return new Problem(answer.status, body);
}

// asks: whether a 401 asks the user for a token.
export async function get(relative, signal, asks = true) {
  const answer = await fetch(url(relative), { headers: headers({ Accept: "application/json" }), signal, cache: "no-store" });
  // A replica that is not ready answers 503 and says why, which is no problem document.
  if ((answer.ok || answer.status === 503) && (answer.headers.get("Content-Type") ?? "").startsWith("application/json"))
    return answer.json();
  throw await refusal(answer, asks);
}

export async function text(relative, signal) {
  const answer = await fetch(url(relative), { headers: headers(), signal, cache: "no-store" });
  if (!answer.ok)
    throw await refusal(answer, false);
  return answer.text();
}

export async function send(method, relative, body) {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const answer = await fetch(url(relative), {
    method,
    headers: headers(body === undefined ? {} : { "Content-Type": type }),
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok)
    throw await refusal(answer);
  return answer.status === 204 ? null : answer.json();
}

// What the files cannot know: whether a caller without a token may act for any pod here.
export const settings = get("console/settings.json", undefined, false).catch(() => ({ mayAct: false }));

// All pages of the list of services.
export async function services(signal) {
  const items = [];
  let next = null;
  do {
    const page = await get(`v1/services${query({ limit: 10000, continue: next })}`, signal);
    items.push(...page.items);
    next = page.continue;
  } while (next !== null);
  return items;
}

// Whether what is looked up now is stale; null where that cannot be read.
export async function isStale() {
  const answer = await fetch(url("v1/services?limit=1"), { headers: headers(), cache: "no-store" });
  return answer.ok ? answer.headers.get("X-Registry-Stale") === "true" : null;
}

// Again after the interval, or after twenty times what it took, until the page is left; not while it is hidden.
export function repeat(action, milliseconds, signal) {
  let timer = null;
  const next = (delay) => { timer = setTimeout(run, delay); };
  const run = async () => {
    const began = performance.now();
    if (!document.hidden)
      await action().catch(() => {});
    if (!signal.aborted)
      next(Math.max(milliseconds, 20 * (performance.now() - began)));
  };
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  next(milliseconds);
}

// A comment comes every 15 s at the latest: after this time the connection is dead.
const silence = 45000;

// A stream of Server-Sent Events by fetch, since EventSource sends no header. It reconnects with the last event's id until the signal aborts.
// on.event(name, data), on.open(), on.lost(fault, ends).
export async function stream(relative, on, signal) {
  let lastId = null;
  let retry = 1000;
  let failures = 0;
  while (!signal.aborted) {
    const silent = new AbortController();
    let asked = 0;
    try {
      const answer = await fetch(url(relative), {
        headers: headers({ Accept: "text/event-stream", ...(lastId === null ? {} : { "Last-Event-ID": lastId }) }),
        signal: AbortSignal.any([signal, silent.signal]), cache: "no-store",
      });
      if (!answer.ok)
        throw await refusal(answer);
      on.open?.();
      for await (const event of events(answer.body, silent)) {
        retry = event.retry ?? retry;
        lastId = event.id ?? lastId;
        if (event.data === undefined)
          continue;
        failures = 0;
        const data = JSON.parse(event.data);
        if (event.name === "goaway") {
          asked = data.retryAfterMs ?? 0;
          break;
        }
        on.event(event.name, data);
        if (event.name === "problem")
          return;
      }
      on.lost?.(null, false);
    } catch (fault) {
      if (signal.aborted)
        return;
      const ends = fault instanceof Problem && fault.status >= 400 && fault.status < 500 && fault.status !== 429;
      on.lost?.(silent.signal.aborted ? null : fault, ends);
      if (ends)
        return;
    }
    const backoff = Math.min(30000, retry * 2 ** Math.min(failures++, 5));
    await pause(Math.max(asked, backoff) * (0.75 + Math.random() / 2), signal);
  }
}

const pause = (milliseconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  }, { once: true });
});

// The format of the HTML standard (Server-sent events, 9.2.6): lines end with LF, CR or CRLF; an empty line ends an event.
async function* events(body, silent) {
  let event = {};
  let rest = "";
  let timer = null;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      timer = setTimeout(() => silent.abort(), silence);
      const { value, done } = await reader.read();
      clearTimeout(timer);
      if (done)
        return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          yield { name: "message", ...event };
          event = {};
          continue;
        }
        const colon = line.indexOf(":");
        if (colon === 0)
          continue;
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
        if (name === "data")
          event.data = event.data === undefined ? value : `${event.data}\n${value}`;
        else if (name === "event")
          event.name = value;
        else if (name === "id")
          event.id = value;
        else if (name === "retry" && /^\d+$/.test(value))
          event.retry = Number(value);
      }
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}
