import { services } from "./api.js";

// The namespaces that have a service which may be seen.
export const namespaces = async (signal) => [...new Set((await services({}, signal)).map((one) => one.namespace))].sort();
