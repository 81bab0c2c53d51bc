import { hash } from "node:crypto";
import type { ExportedEvent } from "./exportLines.ts";

/**
 * Tells repeated events of one export apart. Mixpanel removes duplicates only when it queries, so a raw export contains them: events
 * with the same name, time, user and `$insert_id`. An event without `$insert_id` is never a duplicate.
 * @returns a function that is true for the first of equal events
 */
export function createDistinctEvents(): (event: ExportedEvent) => boolean {
  const seenHashes = new Set<number>();
  return ({ event, properties }) => {
    const insertId = properties["$insert_id"];
    if ((typeof insertId !== "string" && typeof insertId !== "number") || insertId === "") return true;
    const eventHash = hash52(JSON.stringify([event, properties.time, properties.distinct_id, insertId]));
    const isFirst = !seenHashes.has(eventHash);
    seenHashes.add(eventHash);
    return isFirst;
  };
}

/** 52 bits of a hash as a number, which takes a fraction of the memory of the text. */
const hash52 = (text: string): number => Number.parseInt(hash("sha1", text, "hex").slice(0, 13), 16);
