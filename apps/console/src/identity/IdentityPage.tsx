import { useState } from "react";
import type { PageProps } from "../session/session.ts";
import { History } from "./History.tsx";
import { ReviewQueue } from "./ReviewQueue.tsx";
import { Strikes } from "./Strikes.tsx";

const views = [
  { name: "queue", title: "To review", View: ReviewQueue },
  { name: "history", title: "History", View: History },
  { name: "strikes", title: "Strikes", View: Strikes },
] as const;

/** Who is who: suggestions to decide, decisions to undo, and identifiers that prove nothing. */
export function IdentityPage({ session }: PageProps) {
  const [name, setName] = useState<(typeof views)[number]["name"]>("queue");
  const { View } = views.find((view) => view.name === name) ?? views[0];
  return (
    <>
      <nav className="views" aria-label="Views">
        {views.map((view) => (
          <button
            key={view.name}
            type="button"
            aria-current={view.name === name ? "page" : undefined}
            onClick={() => setName(view.name)}
          >
            {view.title}
          </button>
        ))}
      </nav>
      <View session={session} />
    </>
  );
}
