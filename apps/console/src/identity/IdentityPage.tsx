import type { PageProps } from "../session/session.ts";
import { Views } from "../ui/Views.tsx";
import { Duplicates } from "./Duplicates.tsx";
import { History } from "./History.tsx";
import { ReviewQueue } from "./ReviewQueue.tsx";
import { Strikes } from "./Strikes.tsx";

/** Who is who: suggestions to decide, decisions to undo, and identifiers that prove nothing. */
export function IdentityPage({ session }: PageProps) {
  return <Views page="identity" views={views} session={session} />;
}

const views = [
  { path: "", title: "To review", View: ReviewQueue },
  { path: "history", title: "History", View: History },
  { path: "duplicates", title: "Duplicates", View: Duplicates },
  { path: "strikes", title: "Strikes", View: Strikes },
] as const;
