import { get, query } from "./api.js";
import { badge, h, input, instanceLink, problem } from "./dom.js";

export async function show(body, { search, signal }) {
  const values = Object.fromEntries(["namespace", "service", "pod"].map((name) => [name, search.get(name) ?? ""]));
  const verdict = h("div", { role: "status" });
  const result = h("div");
  const form = h("form", { class: "filters" },
    input("namespace", "Namespace", values.namespace, { required: true }), input("service", "Service", values.service, { required: true }), input("pod", "Pod (optional)", values.pod),
    h("button", { class: "main", type: "submit" }, "Explain"));
  body.append(h("h1", {}, "Why is it (not) listed?"), form, verdict, result);
  const explain = async () => {
    try {
      const answer = await get(`v1/explain${query(values)}`, signal);
      verdict.replaceChildren(h("h2", {}, `${values.pod === "" ? values.service : `${values.pod} in ${values.service}`}: ${answer.verdict}`));
      result.replaceChildren(...chain(answer));
    } catch (fault) {
      if (signal.aborted)
        return;
      verdict.replaceChildren();
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

const outcome = ({ passed }) => passed === null ? "nothing to check" : passed ? "passed" : "failed";

function chain({ checks, instances }) {
  return [
    h("ol", { class: "chain" }, checks.map((check) =>
      h("li", { class: outcome(check) },
        h("p", {}, h("b", {}, check.check), " ", badge(outcome(check))),
        h("p", {}, check.found),
        check.help !== null && h("p", { class: "help" }, h("b", {}, "What to do: "), check.help)))),
    h("h2", {}, "Instances"),
    instances.length === 0
      ? h("p", {}, "None.")
      : h("ul", {}, instances.map((one) => h("li", {}, badge(one.status), ` ${one.reason ?? ""} `, instanceLink(one), ` ${one.pod?.name ?? ""}`))),
  ];
}
