import type { ChangedLine } from "./changedLines.ts";

const signs = { added: "+", removed: "−", same: " ", skipped: "…" } as const;
const spokenWords = { added: "added: ", removed: "removed: ", same: "", skipped: "" } as const;

/** What a change adds and removes, line by line. */
export function Difference({ lines }: { lines: readonly ChangedLine[] }) {
  if (lines.length === 0) return <p className="muted">Both versions have the same content.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reached by keyboard
    <section className="difference" aria-label="Changed lines" tabIndex={0}>
      {lines.map(({ kind, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, and never move
        <div key={index} className={`line line-${kind}`}>
          <span aria-hidden="true">{signs[kind]}</span>
          <span className="visually-hidden">{spokenWords[kind]}</span>
          {text}
        </div>
      ))}
    </section>
  );
}
