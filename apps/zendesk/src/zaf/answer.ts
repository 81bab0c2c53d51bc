export type HttpAnswer =
  | { kind: "answer"; status: number; body: unknown; header: (name: string) => string | null }
  | { kind: "timeout" | "network" };

/**
 * Reads what `client.request` settles with: the complete response that `httpCompleteResponse` asks for, the bare body of
 * hosts that ignore it, or the jqXHR-like object of a failure.
 */
export function answerFrom(value: unknown): HttpAnswer {
  if (!isObject(value)) return { kind: "network" };
  if (typeof value["status"] !== "number") {
    return value instanceof Error ? { kind: "network" } : { kind: "answer", status: 200, body: value, header: () => null };
  }
  // Status 0 is the browser's way to say that nothing came back.
  if (value["status"] === 0) return { kind: "network" };
  const headers = headersOf(value["responseHeaders"] ?? value["headers"]);
  return {
    kind: "answer",
    status: value["status"],
    body: value["responseJSON"] ?? parse(value["responseText"]),
    header: (name) => headers.get(name.toLowerCase()) ?? null,
  };
}

/** Headers come as an object or as the lines of `getAllResponseHeaders`. */
function headersOf(value: unknown): Map<string, string> {
  if (typeof value === "string") {
    const lines = value.split(/\r?\n/).filter((line) => line.includes(":"));
    return new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
  }
  const entries = isObject(value) ? Object.entries(value) : [];
  return new Map(entries.map(([name, text]) => [name.toLowerCase(), String(text)]));
}

function parse(text: unknown): unknown {
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
