import { text } from "./api.js";

// Reads Prometheus' text format as far as this console needs it: [{ name, labels, value }].
export async function metrics(signal) {
  const samples = [];
  for (const line of (await text("metrics", signal)).split("\n")) {
    const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (parts === null)
      continue;
    const labels = {};
    for (const [, name, value] of (parts[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      labels[name] = value.replace(/\\(.)/g, (_, one) => one === "n" ? "\n" : one);
    samples.push({ name: parts[1], labels, value: Number(parts[3]) });
  }
  // An Ingress may send what it does not know to another server.
  if (!samples.some((one) => one.name.startsWith("registry_gateway_")))
    throw new Error("These are no metrics of the gateway.");
  return samples;
}

export const sum = (samples, name, filter = () => true) =>
  samples.filter((one) => one.name === name && filter(one.labels)).reduce((total, one) => total + one.value, 0);
