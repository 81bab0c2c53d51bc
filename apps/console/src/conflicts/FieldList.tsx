import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { List } from "../ui/List.tsx";
import { Empty } from "../ui/states.tsx";
import { labelWords } from "../ui/words.ts";
import { useFields } from "./useFields.ts";
import { fieldStateWords, platformStateWords, ruleWords } from "./words.ts";

/** The fields of the configuration: where each is kept, who decides, and what happened in the last day. */
export function FieldList({ session }: PageProps) {
  const list = useFields(session);
  const empty = (
    <Empty title="No field is configured">
      Name fields in the section fields of the configuration, for example <code>jobTitle: {"{ preset: jobTitle }"}</code>. Nothing
      is written until a field is enabled.
    </Empty>
  );
  return (
    <section aria-label="Fields">
      <List list={list} empty={empty}>
        <ul className="cards">
          {list.items.map((field) => (
            <li key={field.name} className="card">
              <FieldCard field={field} />
            </li>
          ))}
        </ul>
      </List>
    </section>
  );
}

const tones = { off: "neutral", ok: "good", waiting: "warning", failing: "warning" } as const satisfies Record<
  FieldStatus["state"],
  string
>;

function FieldCard({ field }: { field: FieldStatus }) {
  const { name, kind, direction, rule, state, platforms, nextAction } = field;
  return (
    <>
      <div className="card-head">
        <h2>{labelWords(name)}</h2>
        <Badge tone={tones[state]}>{fieldStateWords[state]}</Badge>
      </div>
      <p className="muted small">
        Of a {kind}. {direction === "two-way" ? "Flows both ways" : "Flows from the owner"}; in a conflict {ruleWords[rule]}.
      </p>
      <ul className="small platforms">
        {platforms.map(({ platform, label, field: platformField, isOwner, state: platformState }) => (
          <li key={platform}>
            {label} <code>{platformField}</code>
            {isOwner && <span className="tag">owner</span>}
            <span className={platformState === "ok" ? "muted" : "caution"}> {platformStateWords[platformState]}</span>
          </li>
        ))}
      </ul>
      <Figures field={field} />
      <p className="muted small">Conflicts that are open now; everything else in the last 24 hours.</p>
      {nextAction && (
        <p className="small next">
          {nextAction} {field.conflicts.open > 0 && <a href="#/conflicts">Decide them</a>}
        </p>
      )}
    </>
  );
}

function Figures({ field: { conflicts, writes } }: { field: FieldStatus }) {
  const figures = [
    ["Open conflicts", conflicts.open],
    ["Decided by rule", conflicts.rule],
    ["By a person", conflicts.person],
    ["Written", writes.done],
    ["Refused", writes.dead_letter],
    ["No consent", writes.withheld],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([label, count]) => (
        <div key={label}>
          <dt className="muted small">{label}</dt>
          <dd>{count.toLocaleString()}</dd>
        </div>
      ))}
    </dl>
  );
}
