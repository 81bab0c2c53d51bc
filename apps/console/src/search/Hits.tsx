import type { SearchHit } from "@sidelight/contracts/search/search.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { Moment } from "../ui/Moment.tsx";

interface Props {
  found: { state: "searching" } | { state: "found"; items: SearchHit[] } | { state: "failed"; problem: string };
  onClose: () => void;
}

const kinds: Readonly<Record<SearchHit["kind"], string>> = {
  customer: "Customer",
  event: "Event",
  delivery: "Delivery",
  request: "Request",
  alert: "Alert",
  quarantine: "Quarantine",
  audit: "Audit",
};

/** What a search found. */
export function Hits({ found, onClose }: Props) {
  return (
    <>
      <p className="search-state small" role={found.state === "failed" ? "alert" : "status"}>
        {stateWords(found)}
        <Button size="small" isBasic onClick={onClose}>
          Close
        </Button>
      </p>
      {found.state === "found" && found.items.length > 0 && (
        <ul>
          {found.items.map((hit) => (
            <Hit key={`${hit.kind} ${hit.id}`} hit={hit} />
          ))}
        </ul>
      )}
    </>
  );
}

function stateWords(hits: Props["found"]): string {
  if (hits.state === "searching") return "Searching…";
  if (hits.state === "failed") return hits.problem;
  const count = hits.items.length;
  if (count === 0) return "Nothing has this id or value. Check its spelling, or search for another one.";
  return count === 1 ? "1 result" : `${count} results`;
}

function Hit({ hit: { kind, label, detail, at, address, steps } }: { hit: SearchHit }) {
  const title = <bdi>{label}</bdi>;
  return (
    <li className="hit">
      <span className="muted small">{kinds[kind]}</span>
      <div>
        {address === null ? <strong>{title}</strong> : <a href={`#/${address}`}>{title}</a>}
        <p className="small muted">
          {detail}
          {detail && at && ", "}
          {at && <Moment at={at} />}
        </p>
        {steps.length > 0 && (
          <ol className="small">
            {steps.map(({ at: stepAt, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: calls of one instant can be equal
              <li key={index}>
                <Moment at={stepAt} /> {text}
              </li>
            ))}
          </ol>
        )}
      </div>
    </li>
  );
}
