import type { QualityDimension, QualityProblem } from "@sidelight/contracts/quality/quality.ts";
import { capitalized, counted, labelWords } from "../ui/words.ts";

/** Where the console helps with a kind of problem. */
function linkOf({ dimension, connection }: QualityProblem): { href: string; text: string } | null {
  if (dimension === "consistency") return { href: "#/conflicts/fields", text: "Fields and their owners" };
  if (dimension !== "duplicates") return null;
  return connection === null
    ? { href: "#/identity", text: "Review suggestions" }
    : { href: "#/identity/duplicates", text: "Which record should stay" };
}

const dimensionWords: Readonly<Record<QualityDimension, string>> = {
  completeness: "Missing",
  consistency: "Different",
  duplicates: "Duplicate",
  freshness: "Out of date",
};

/** What is wrong, what concerns most records first, with what to do. */
export function Problems({ problems }: { problems: readonly QualityProblem[] }) {
  return (
    <section aria-labelledby="problems">
      <h2 id="problems">Problems</h2>
      {problems.length === 0 ? (
        <p className="muted">None was found.</p>
      ) : (
        <ul className="rows problems">
          {problems.map((problem) => (
            <Problem key={problem.id} problem={problem} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Problem({ problem }: { problem: QualityProblem }) {
  const { dimension, connection, object, field, count, share, nextAction, examples } = problem;
  const place = connection === null ? "Across platforms" : `${capitalized(connection)} ${labelWords(object ?? "").toLowerCase()}`;
  const link = linkOf(problem);
  const isSuggestion = dimension === "duplicates" && connection === null;
  const title = isSuggestion ? "May be one" : dimensionWords[dimension];
  const noun = isSuggestion ? "pair" : connection === null ? "customer" : "record";
  return (
    <li className="row problem">
      <p>
        <strong>
          {title}
          {field && `: ${inSentence(labelWords(field))}`}
        </strong>{" "}
        <span className="muted">{place}</span>
      </p>
      <p className="problem-count">
        <strong>{counted(count, noun)}</strong> <span className="muted small">{shareWords(share)}</span>
      </p>
      <p className="small problem-action">
        {nextAction} {link && <a href={link.href}>{link.text}</a>}
      </p>
      {examples.length > 0 && (
        <details className="small problem-action">
          <summary>Examples</summary>
          <ul>
            {examples.map((ref) => (
              <li key={ref}>
                <bdi>
                  <code>{ref}</code>
                </bdi>
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

/** A small share is not zero. */
function shareWords(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? "less than 1 %" : `${Math.round(percent)} %`;
}

/** "Renewal date" → "renewal date", but "ARR" stays. */
const inSentence = (words: string): string => (/^[A-Z]{2}/.test(words) ? words : words.toLowerCase());
