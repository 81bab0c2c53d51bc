import type { Call } from "../router.ts";
import { fail } from "./errors.ts";

export function body(call: Call): Record<string, unknown> {
  if (!/^application\/json/i.test(call.headers.get("content-type") ?? ""))
    return fail(415, "UnsupportedMediaType", "Content-Type must be application/json");
  let parsed: unknown;
  try {
    parsed = JSON.parse(call.text);
  } catch {
    return fail(400, "InvalidJSON", "Invalid JSON in request body");
  }
  return typeof parsed === "object" && parsed !== null
    ? (parsed as Record<string, unknown>)
    : fail(400, "InvalidJSON", "Request body must be an object");
}
