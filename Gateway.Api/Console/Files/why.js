import { get, query } from "./api.js";
import { badge, field, h, problem } from "./dom.js";

export async function show(body, { search, signal }) {
  const values = Object.fromEntries(["namespace", "service", "pod"].map((name) => [name, search.get(name) ?? ""]));
  const input = (name, label, required) => field(label, h("input", { name, value: values[name], required, autocomplete: "off" }));
  const result = h("div", { "aria-live": "polite" });
  const form = h("form", { class: "filters" },
    input("namespace", "Namespace", true), input("service", "Service", true), input("pod", "Pod (optional)", false),
    h("button", { class: "main", type: "submit" }, "Explain"));
  body.append(h("h1", {}, "Why is it (not) listed?"), form, result);
  const explain = async () => {
    try {
      const answer = await get(`v1/explain${query(values)}`, signal);
      result.replaceChildren(chain(answer, values));
    } catch (fault) {
      if (!signal.aborted)
        result.replaceChildren(problem(fault));
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const name of Object.keys(values))
      values[name] = form.elements[name].value.trim();
    history.replaceState(null, "", `#/why${query(values)}`);
    explain();
  });
  if (values.namespace !== "" && values.service !== "")
    await explain();
}

const outcome = (check) => check.passed === null ? "nothing to check" : check.passed ? "passed" : "failed";

function chain(answer, values) {
  return h("div", {},
    h("h2", {}, `${values.pod === "" ? values.service : `${values.pod} in ${values.service}`}: ${answer.verdict}`),
    h("ol", { class: "chain" }, answer.checks.map((check) =>
      h("li", { class: outcome(check) },
        h("p", {}, h("b", {}, check.check), " ", badge(outcome(check))),
        h("p", {}, check.found),
        check.help !== null && h("p", {}, h("b", {}, "Do: "), check.help)))),
    h("h2", {}, "Instances"),
    answer.instances.length === 0
      ? h("p", {}, "None.")
      : h("ul", {}, answer.instances.map((one) => h("li", {},
        badge(one.status), ` ${one.reason ?? ""} `,
        h("a", { href: `#/services/${encodeURIComponent(one.namespace)}/${encodeURIComponent(one.service)}/${one.id}` }, `${one.address ?? "no address"}:${one.port}`),
        ` ${one.pod?.name ?? ""}`))));
}
