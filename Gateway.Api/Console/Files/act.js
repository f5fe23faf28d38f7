import { send, query } from "./api.js";
import { field, h, problem } from "./dom.js";

// Where a stranger may act for any pod (Development with the emulated cluster): register, drain and deregister from here.
export async function show(body) {
  const result = h("div", { "aria-live": "polite" });
  const input = (name, label, value = "", required = true) => field(label, h("input", { name, value, required, autocomplete: "off" }));
  const run = (action) => async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target).entries());
    try {
      const answer = await action(values);
      result.replaceChildren(h("h2", {}, "Answer"), h("pre", { tabindex: "0" }, answer === null ? "Done." : JSON.stringify(answer, null, 2)));
    } catch (fault) {
      result.replaceChildren(problem(fault));
    }
  };
  const submit = (text) => h("button", { class: "main", type: "submit" }, text);
  body.append(
    h("h1", {}, "Try"),
    h("p", { class: "soft" }, "For development: these calls act for a pod without its token. In a cluster the gateway refuses them."),
    h("h2", {}, "Register"),
    h("form", { id: "register", class: "filters", onsubmit: run(({ namespace, pod, service, port, version }) =>
      send("POST", "v1/registrations", { namespace, pod, service, port: Number(port), ...(version === "" ? {} : { version }) })) },
    input("namespace", "Namespace", "shop"), input("pod", "Pod"), input("service", "Service"), input("port", "Port", "8080"), input("version", "Version", "", false), submit("Register")),
    h("h2", {}, "Drain"),
    h("form", { id: "drain", class: "filters", onsubmit: run(({ namespace, pod, id }) =>
      send("PATCH", `v1/registrations/${encodeURIComponent(id)}${query({ namespace, pod, drain: "wait" })}`, { status: "OUT_OF_SERVICE" })) },
    input("namespace", "Namespace", "shop"), input("pod", "Pod"), input("id", "Id"), submit("Drain")),
    h("h2", {}, "Deregister"),
    h("form", { id: "deregister", class: "filters", onsubmit: run(({ namespace, pod, id }) =>
      send("DELETE", `v1/registrations/${encodeURIComponent(id)}${query({ namespace, pod })}`)) },
    input("namespace", "Namespace", "shop"), input("pod", "Pod"), input("id", "Id"), submit("Deregister")),
    result);
}
