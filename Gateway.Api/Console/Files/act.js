import { path, query, send } from "./api.js";
import { h, input, problem, serviceLink } from "./dom.js";

// Where a caller without a token may act for any pod (Development with the emulated cluster): register, drain and deregister from here.
export async function show(body, { search }) {
  const given = (name) => search.get(name) ?? "";
  const result = h("div", { role: "status" });
  const required = { required: true };
  const run = (action) => async (event) => {
    event.preventDefault();
    try {
      const answer = await action(Object.fromEntries(new FormData(event.target).entries()));
      result.replaceChildren(h("h2", {}, "Answer"),
        answer === null ? h("p", {}, "Done.") : h("p", {}, serviceLink(answer.namespace, answer.service)),
        answer === null ? "" : h("pre", { tabindex: "0" }, JSON.stringify(answer, null, 2)));
    } catch (fault) {
      result.replaceChildren(problem(fault));
    }
  };
  const form = (name, action, ...fields) => [h("h2", {}, name), h("form", { id: name.toLowerCase(), class: "filters", onsubmit: run(action) },
    input("namespace", "Namespace", given("namespace"), required), input("pod", "Pod", given("pod"), required), fields,
    h("button", { class: "main", type: "submit" }, name))];
  const id = () => input("id", "Id of the registration", given("id"), required);
  body.append(
    h("h1", {}, "Try"),
    h("p", { class: "soft" }, "For development: these calls act for a pod without its token. In a cluster the gateway refuses them."),
    ...form("Register", ({ namespace, pod, service, port, version }) =>
      send("POST", "v1/registrations", { namespace, pod, service, port: Number(port), ...(version === "" ? {} : { version }) }),
    input("service", "Service", given("service"), required), input("port", "Port", "8080", { ...required, type: "number", min: "1", max: "65535" }), input("version", "Version (optional)")),
    ...form("Drain", ({ namespace, pod, id }) => send("PATCH", `v1/registrations/${path(id)}${query({ namespace, pod, drain: "wait" })}`, { status: "OUT_OF_SERVICE" }), id()),
    ...form("Undrain", ({ namespace, pod, id }) => send("PATCH", `v1/registrations/${path(id)}${query({ namespace, pod })}`, { status: "UP" }), id()),
    ...form("Deregister", ({ namespace, pod, id }) => send("DELETE", `v1/registrations/${path(id)}${query({ namespace, pod })}`), id()),
    result);
}
