// Values of labels that others choose: a platform's status, a caller's method. Each becomes one of a fixed set, so that no caller can
// make series without end.

const knownStatuses: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 204, 206, 207, 301, 302, 303, 304, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 422, 423, 425, 426, 428, 429, 431, 451],
  ...[500, 501, 502, 503, 504, 507],
]);

/** `404`, `4xx` for a rare status, `0` without an answer. */
export function statusLabel(status: number): string {
  if (knownStatuses.has(status)) return String(status);
  if (status === 0) return "0";
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : "other";
}

const knownMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export const methodLabel = (method: string): string => (knownMethods.has(method) ? method : "other");

/** An object of the platform: one that it declares, because a sender may name any other. */
export const objectLabel = (object: string, objects: Readonly<Record<string, unknown>>): string =>
  Object.hasOwn(objects, object) ? object : "other";
