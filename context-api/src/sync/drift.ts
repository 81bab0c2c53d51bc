import type { Shape } from "@sidelight/platform-kit/platform.ts";
import type { AlertInput } from "../store/tables/alerts.ts";

/** Alert for a mapped field, or a whole object, that the account lacks or hides from our user. */
export const mappedFieldGone = (connection: string, subject: string): AlertInput => ({
  kind: "mapped_field_gone",
  severity: "critical",
  connection,
  subject,
  message: `${subject} is mapped but does not exist, our user may not read it, or it is about consent and no checkbox, so its value stays empty. Map another field, or null.`,
});

/** Alerts for what changed in a platform's schema between two checks. */
export function driftBetween(connection: string, previous: Shape | null, current: Shape): AlertInput[] {
  const alerts: AlertInput[] = [];
  const add = (kind: string, severity: AlertInput["severity"], subject: string, message: string) =>
    alerts.push({ kind, severity, connection, subject, message });
  for (const mapped of current.mapped) {
    if (fieldType(current, mapped) === null) {
      alerts.push(mappedFieldGone(connection, mapped));
    }
  }
  if (current.version?.endsSoon) {
    const { used, newest } = current.version;
    add("api_version_ending", "warning", used, `API version ${used} retires soon; the newest is ${newest}. Set apiVersion.`);
  }
  if (!previous) return alerts;
  for (const [object, fields] of Object.entries(current.objects)) {
    const knownFields = previous.objects[object];
    if (!knownFields) continue;
    for (const [field, type] of Object.entries(fields)) {
      const name = `${object}.${field}`;
      if (!Object.hasOwn(knownFields, field))
        add("field_new", "info", name, `${name} (${type}) is new. Map it if it describes your customers.`);
      else if (knownFields[field] !== type) {
        const severity = current.mapped.includes(name) ? "critical" : "warning";
        add("field_type_changed", severity, name, `${name} changed from ${knownFields[field]} to ${type}.`);
      }
    }
    for (const field of Object.keys(knownFields)) {
      const name = `${object}.${field}`;
      if (!Object.hasOwn(fields, field) && !current.mapped.includes(name))
        add("field_gone", "warning", name, `${name} no longer exists.`);
    }
  }
  return alerts;
}

function fieldType(shape: Shape, name: string): string | null {
  const dot = name.indexOf(".");
  return shape.objects[name.slice(0, dot)]?.[name.slice(dot + 1)] ?? null;
}
