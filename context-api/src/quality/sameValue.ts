import { compareNames } from "../identity/names.ts";

/** True when two connections agree about a field: one value in common is enough where a field has several. */
export function isSameValue(kind: "person" | "company", field: string, a: readonly string[], b: readonly string[]): boolean {
  return a.some((left) => b.some((right) => isEqualText(kind, field, left, right)));
}

function isEqualText(kind: "person" | "company", field: string, left: string, right: string): boolean {
  if (plain(left) === plain(right)) return true;
  if (field !== "name") return false;
  // "Ada Lovelace" and "A. Lovelace" agree: one only says less.
  return kind === "person" && ["same", "compatible"].includes(compareNames(left, right));
}

/** Without case, accents, punctuation and repeated spaces. */
const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}@]+/gu, " ")
    .trim();
