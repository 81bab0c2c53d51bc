import { fail } from "../errors.ts";

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", '"': '"', "'": "'", "\\": "\\" };

/** An element of a LIKE pattern: a character, `%` or `_`. */
export type Pattern = ({ char: string } | { wild: "%" | "_" })[];

/**
 * Parses a quoted literal. "If you use a backslash character in any other context, an error occurs"
 * (SOQL reference, Quoted String Escape Sequences).
 */
function parseLiteral(literal: string, like: boolean): Pattern {
  const text = literal.slice(1, -1);
  const pattern: Pattern = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c !== "\\") {
      pattern.push(like && (c === "%" || c === "_") ? { wild: c } : { char: c });
      continue;
    }
    const next = text[++i] ?? "";
    const hex = next.toLowerCase() === "u" ? /^[0-9a-fA-F]{4}/.exec(text.slice(i + 1)) : null;
    if (like && (next === "_" || next === "%")) pattern.push({ char: next });
    else if (hex) {
      pattern.push({ char: String.fromCharCode(Number.parseInt(hex[0], 16)) });
      i += 4;
    } else if (ESCAPES[next.toLowerCase()] !== undefined) pattern.push({ char: ESCAPES[next.toLowerCase()]! });
    else fail("MALFORMED_QUERY", `Invalid string literal '${text}'. Illegal character sequence '\\${next}' in string literal.`);
  }
  return pattern;
}

export const text = (literal: string): string =>
  parseLiteral(literal, false)
    .map((piece) => ("char" in piece ? piece.char : piece.wild))
    .join("");

/** LIKE ignores case; `%` spans any number of characters, `_` exactly one. */
export function like(literal: string): RegExp {
  const source = parseLiteral(literal, true)
    .map((piece) =>
      "wild" in piece ? (piece.wild === "%" ? "[\\s\\S]*" : "[\\s\\S]") : piece.char.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"),
    )
    .join("");
  return new RegExp(`^${source}$`, "i");
}

export const isQuoted = (value: string): boolean => value.length >= 2 && value.startsWith("'") && value.endsWith("'");
