import type { QualityReport } from "@sidelight/contracts/quality/quality.ts";
import { capitalized, momentWords } from "../ui/words.ts";

/** What became worse and better in a week. */
export function Changes({ report: { from, worse, better } }: { report: QualityReport }) {
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">In the last week</h2>
      {from === null ? (
        <p className="muted">There is no earlier measurement yet. The first comparison follows in a week.</p>
      ) : (
        <>
          <p className="muted small">Compared with {momentWords(from)}</p>
          <div className="columns">
            <ChangeList title="Worse" changes={worse} />
            <ChangeList title="Better" changes={better} />
          </div>
        </>
      )}
    </section>
  );
}

function ChangeList({ title, changes }: { title: string; changes: QualityReport["better"] }) {
  return (
    <div>
      <h3>{title}</h3>
      {changes.length === 0 ? (
        <p className="muted">Nothing.</p>
      ) : (
        <ul className="bullets">
          {changes.map(({ id, text }) => (
            <li key={id}>{capitalized(text)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
