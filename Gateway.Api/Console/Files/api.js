// The gateway's public REST and SSE API. The token is kept in this module's memory alone.

const root = new URL("..", import.meta.url);
let token = null;
let onRefused = () => {};

export const setToken = (text) => { token = text === "" ? null : text; };
export const hasToken = () => token !== null;
export const whenRefused = (action) => { onRefused = action; };

export const path = (...parts) => parts.map(encodeURIComponent).join("/");
export const url = (relative) => new URL(relative, root);

export function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "")
        parameters.append(name, one);
    }
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

const headers = (more = {}) => token === null ? more : { ...more, Authorization: `Bearer ${token}` };

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    Object.assign(this, { status, code: body.code, title: body.title, detail: body.detail, errors: body.errors });
  }
}

async function refusal(answer) {
  const body = await answer.json().catch(() => ({ title: `The gateway answered ${answer.status}` }));
  if (answer.status === 401)
    onRefused(body);
  return new Problem(answer.status, body);
}

export async function get(relative, signal) {
  const answer = await fetch(url(relative), { headers: headers({ Accept: "application/json" }), signal, cache: "no-store" });
  if (!answer.ok && answer.status !== 503 || !(answer.headers.get("Content-Type") ?? "").includes("json"))
    throw await refusal(answer);
  if (answer.headers.get("Content-Type").includes("problem"))
    throw new Problem(answer.status, await answer.json());
  return answer.json();
}

export async function text(relative, signal) {
  const answer = await fetch(url(relative), { headers: headers(), signal, cache: "no-store" });
  if (!answer.ok)
    throw await refusal(answer);
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

// All pages of the list of services.
export async function services(filter, signal) {
  const items = [];
  let next = null;
  do {
    const page = await get(`v1/services${query({ ...filter, limit: 10000, continue: next })}`, signal);
    items.push(...page.items);
    next = page.continue;
  } while (next !== null);
  return items;
}

// A stream of Server-Sent Events by fetch, since EventSource sends no header. It reconnects with the last event's id until the signal aborts.
// on.event(name, data), on.open(), on.lost(fault).
export async function stream(relative, on, signal) {
  let lastId = null;
  let retry = 1000;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const answer = await fetch(url(relative), {
        headers: headers({ Accept: "text/event-stream", ...(lastId === null ? {} : { "Last-Event-ID": lastId }) }), signal, cache: "no-store",
      });
      if (!answer.ok)
        throw await refusal(answer);
      on.open?.();
      for await (const event of events(answer.body)) {
        if (event.retry !== undefined)
          retry = event.retry;
        if (event.id !== undefined)
          lastId = event.id;
        if (event.data === undefined)
          continue;
        failures = 0;
        if (event.name === "goaway")
          break;
        on.event(event.name, JSON.parse(event.data));
        if (event.name === "problem")
          return;
      }
      on.lost?.(null);
    } catch (fault) {
      if (signal.aborted)
        return;
      on.lost?.(fault);
      if (fault instanceof Problem && fault.status >= 400 && fault.status < 500 && fault.status !== 429)
        return;
    }
    await pause(Math.min(30000, retry * 2 ** Math.min(failures++, 5)) * (0.75 + Math.random() / 2), signal);
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
async function* events(body) {
  let event = {};
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
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
    reader.cancel().catch(() => {});
  }
}
