import type { Shape } from "@sidelight/platform-kit/platform.ts";
import type { AlertInput } from "../store/alerts.ts";

/** What has changed at a platform since it was last looked at, as alerts. */
export function driftBetween(connection: string, before: Shape | null, now: Shape): AlertInput[] {
  const alerts: AlertInput[] = [];
  const about = (kind: string, severity: AlertInput["severity"], subject: string, message: string) =>
    alerts.push({ kind, severity, connection, subject, message });
  for (const mapped of now.mapped) {
    if (fieldType(now, mapped) === null) {
      about(
        "mapped_field_gone",
        "critical",
        mapped,
        `${mapped} is mapped and not there: what it fills stays empty. Map another field, or null.`,
      );
    }
  }
  if (now.version?.endsSoon) {
    const { used, newest } = now.version;
    about("api_version_ending", "warning", used, `API version ${used} is near its end; ${newest} is the newest. Set apiVersion.`);
  }
  if (!before) return alerts;
  for (const [object, fields] of Object.entries(now.objects)) {
    const known = before.objects[object];
    if (!known) continue;
    for (const [field, type] of Object.entries(fields)) {
      const name = `${object}.${field}`;
      if (!(field in known))
        about("field_new", "info", name, `${name} (${type}) is new. Map it if it says something of your customers.`);
      else if (known[field] !== type) {
        const severity = now.mapped.includes(name) ? "critical" : "warning";
        about("field_type_changed", severity, name, `${name} was ${known[field]} and is ${type}.`);
      }
    }
    for (const field of Object.keys(known)) {
      const name = `${object}.${field}`;
      if (!(field in fields) && !now.mapped.includes(name))
        about("field_gone", "warning", name, `${name} is not there any more.`);
    }
  }
  return alerts;
}

function fieldType(shape: Shape, name: string): string | null {
  const dot = name.indexOf(".");
  return shape.objects[name.slice(0, dot)]?.[name.slice(dot + 1)] ?? null;
}
