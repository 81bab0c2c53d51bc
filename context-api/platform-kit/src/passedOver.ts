import type { z } from "zod";

/** Records that a pull could not use, by reason. A reason names a field or a fault and holds no value. */
export interface PassedOver {
  add(reason: string, id?: string): void;
  /** The counts since the last call. */
  take(): Record<string, number>;
  /** Ids of the records that had one. */
  ids(): readonly string[];
}

export function createPassedOver(): PassedOver {
  let counts = new Map<string, number>();
  const ids = new Set<string>();
  return {
    add(reason, id) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      if (id !== undefined) ids.add(id);
    },
    ids: () => [...ids],
    take() {
      const countsByReason = Object.fromEntries(counts);
      counts = new Map();
      return countsByReason;
    },
  };
}

/** The items that have the expected format. Others are passed over: one odd record must not hide the rest of its page. */
export function readable<T extends z.ZodType>(schema: T, items: readonly unknown[], passedOver: PassedOver): z.infer<T>[] {
  return items.flatMap((item) => {
    const parsed = schema.safeParse(item);
    if (parsed.success) return [parsed.data];
    // Only the outermost member: further members may be named by the platform's customer.
    const member = parsed.error.issues[0]?.path[0];
    passedOver.add(typeof member === "string" ? `invalid ${member}` : "not an object", idOf(item));
    return [];
  });
}

/** The id under which the record would be stored, if it is readable. */
function idOf(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const id = "id" in item ? item.id : "$distinct_id" in item ? item.$distinct_id : undefined;
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}
