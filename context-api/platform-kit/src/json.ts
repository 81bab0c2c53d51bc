/** Levels of arrays and objects. Nothing that we read needs more, and deeper values would exhaust the stack of later steps. */
const maxDepth = 64;
/** Values of one body. A body of empty arrays takes a hundred times its size in memory. */
const maxValues = 200_000;

const [quote, backslash, comma, openArray, closeArray, openObject, closeObject] = Buffer.from('"\\,[]{}');

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads JSON from outside: UTF-8 with or without a byte order mark, of limited depth and number of values. Takes linear time and
 * never throws. `problem` completes "the body …" and contains nothing of the body.
 */
export function readJson(body: Uint8Array): { value: unknown } | { problem: string } {
  if (body.length === 0) return { problem: "is empty, not JSON" };
  const excess = excessOf(body);
  if (excess !== null) return { problem: excess };
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    return { problem: "is not UTF-8" };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: "is not valid JSON" };
  }
}

/** Counts before parsing, so that a hostile body is refused while it is still only bytes. Completes "the body …". */
export function excessOf(body: Uint8Array, limits: { maxValues: number } = { maxValues }): string | null {
  let depth = 0;
  let values = 1;
  let isInString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (isInString) {
      if (byte === backslash) i += 1;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) isInString = true;
    else if (byte === comma) values += 1;
    else if (byte === openArray || byte === openObject) {
      depth += 1;
      values += 1;
    } else if (byte === closeArray || byte === closeObject) depth -= 1;
    if (depth > maxDepth) return `is nested more than ${maxDepth} levels deep`;
    if (values > limits.maxValues) return `has more than ${limits.maxValues} values`;
  }
  return null;
}
