export interface HttpAnswer {
  /** 200 to 599 */
  status: number;
  /** Parsed JSON, or null. */
  body: unknown;
  headers: Headers;
}

/**
 * Reads what `client.request` settles with: the complete response that `httpCompleteResponse` asks for, the bare body of
 * hosts that ignore it, or the jqXHR-like object of a failure.
 * @returns null when no answer arrived
 */
export function answerFrom(value: unknown): HttpAnswer | null {
  if (!isObject(value)) return null;
  const { status } = value;
  if (typeof status !== "number") return value instanceof Error ? null : { status: 200, body: value, headers: new Headers() };
  // A browser reports status 0 when no answer arrived.
  if (status < 200 || status > 599) return null;
  const headers = headersFrom(value["responseHeaders"] ?? value["headers"]);
  return { status, body: value["responseJSON"] ?? parseJson(value["responseText"]), headers };
}

/** Headers arrive as an object or as the lines of `getAllResponseHeaders`. */
function headersFrom(value: unknown): Headers {
  const pairs: [string, unknown][] =
    typeof value === "string" ? value.split(/\r?\n/).map(splitHeader) : isObject(value) ? Object.entries(value) : [];
  const headers = new Headers();
  for (const [name, text] of pairs) {
    try {
      headers.set(name, String(text));
    } catch {
      // A name or value that no header may have.
    }
  }
  return headers;
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, Math.max(0, colon)), line.slice(colon + 1).trim()];
}

function parseJson(text: unknown): unknown {
  if (typeof text !== "string") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
