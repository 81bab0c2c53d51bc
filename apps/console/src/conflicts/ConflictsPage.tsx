import type { PageProps } from "../session/session.ts";
import { Views } from "../ui/Views.tsx";
import { ConflictHistory } from "./ConflictHistory.tsx";
import { ConflictQueue } from "./ConflictQueue.tsx";
import { FieldList } from "./FieldList.tsx";

/** Fields that several platforms keep: conflicts to decide, what was decided, and how the fields are configured. */
export function ConflictsPage({ session }: PageProps) {
  return <Views page="conflicts" views={views} session={session} />;
}

const views = [
  { path: "", title: "To decide", View: ConflictQueue },
  { path: "history", title: "History", View: ConflictHistory },
  { path: "fields", title: "Fields", View: FieldList },
] as const;
