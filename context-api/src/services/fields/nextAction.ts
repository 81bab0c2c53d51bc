import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";

/** What an operator does next about a field; null when there is nothing to do. The first fault counts. */
export function nextActionOf({
  name,
  enabled,
  platforms,
  conflicts,
  writes,
}: Omit<FieldStatus, "state" | "nextAction">): string | null {
  const failing = platforms.find(({ state }) => state === "failing" || state === "invalid_credentials");
  if (failing) return `${failing.label} cannot be read. GET /v1/connections names the cause and what to do.`;
  const missingPlatform = platforms.find(({ state }) => state === "missing");
  if (missingPlatform)
    return `Create the field ${missingPlatform.field} in ${missingPlatform.label}, or give its integration user access to it.`;
  if (writes.dead_letter > 0)
    return `Read why a platform refused a value: GET /v1/deliveries?state=dead_letter&type=field:${name}. Correct it, then retry.`;
  if (conflicts.open > 0)
    return `Decide the open conflicts: GET /v1/conflicts?state=open&type=${name}, or the page Conflicts of the console.`;
  if (!enabled) return "Run sidelight config check to see what would be written. Then set enabled: true.";
  return null;
}
