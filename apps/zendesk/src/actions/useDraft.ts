import type { DraftKind, Drafts } from "@sidelight/panel/actions/drafts.ts";
import { useState } from "react";

/** The fields of a form, kept as a draft while the person writes. */
export function useDraft<Fields extends Record<string, string>>(
  drafts: Drafts,
  kind: DraftKind,
  customer: string,
  empty: Fields,
): { fields: Fields; change: (part: Partial<Fields>) => void; clear: () => void } {
  const [fields, setFields] = useState<Fields>(() => ({ ...empty, ...drafts.read(kind, customer) }));
  return {
    fields,
    change(part) {
      const next = { ...fields, ...part };
      setFields(next);
      drafts.keep(kind, customer, next);
    },
    clear() {
      setFields(empty);
      drafts.remove(kind, customer);
    },
  };
}
