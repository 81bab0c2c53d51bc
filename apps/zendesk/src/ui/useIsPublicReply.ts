import { useEffect, useState } from "react";
import { isPublicReply, readDraft, watchDraft } from "../insert/draft.ts";
import type { Host } from "../zaf/host.ts";

/** Whether the draft is a public reply with a text, as it is now. */
export function useIsPublicReply(host: Host): boolean {
  const [isPublic, setPublic] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    const read = (): void =>
      void readDraft(host).then(
        (draft) => isCurrent && setPublic(isPublicReply(draft)),
        // Without an editor, the insertion itself reports the failure.
        () => {},
      );
    read();
    const end = watchDraft(host, read);
    return () => {
      isCurrent = false;
      end();
    };
  }, [host]);
  return isPublic;
}
