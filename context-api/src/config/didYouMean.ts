import { distance } from "fastest-levenshtein";

/** `; did you mean account?` for the nearest of the names; empty when none is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const nearest = nearestName(name, names);
  return nearest === null ? "" : `; did you mean ${nearest}?`;
}

/** The name that a typing error can have turned into `name`, part by part for names with dots; null when none is near. */
function nearestName(name: string, names: Iterable<string>): string | null {
  let nearest: { name: string; steps: number } | null = null;
  for (const candidate of names) {
    const steps = typingErrors(name.toLowerCase().split("."), candidate.toLowerCase().split("."));
    if (steps !== null && (nearest === null || steps < nearest.steps)) nearest = { name: candidate, steps };
  }
  return nearest?.name ?? null;
}

/** Null when a part differs by more than typing errors. */
function typingErrors(parts: readonly string[], candidate: readonly string[]): number | null {
  if (parts.length !== candidate.length) return null;
  const steps = parts.map((part, i) => distance(part, candidate[i] ?? ""));
  return steps.every((count, i) => count <= maxErrors(parts[i] ?? "")) ? steps.reduce((sum, count) => sum + count, 0) : null;
}

/** Two letters that changed places count as two errors. */
const maxErrors = ({ length }: string): number => (length <= 3 ? 1 : Math.max(2, Math.floor(length / 4)));
