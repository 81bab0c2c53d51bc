import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import { useCallback } from "react";
import type { Session } from "../session/session.ts";
import { type LoadedList, useList } from "../ui/useList.ts";

/** The fields of the configuration. */
export function useFields(session: Session): LoadedList<FieldStatus> {
  const read = useCallback(
    async (_: string | undefined, signal: AbortSignal) => {
      const { items } = await session.run((client) => client.getFields({ signal }));
      return { items, nextCursor: null };
    },
    [session],
  );
  return useList(read);
}
