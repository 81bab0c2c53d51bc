import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Section } from "@sidelight/contracts/context/sections.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddress } from "../ui/address.ts";
import { Badge } from "../ui/Badge.tsx";
import { Code } from "../ui/Code.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Ago } from "../ui/Moment.tsx";
import { Part } from "../ui/Part.tsx";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { capitalized, labelWords, percent } from "../ui/words.ts";

/** The context of one customer, as the panels get it, masked for the role of the key. The address names an id that Sidelight chose. */
export function CustomerPage({ session }: PageProps) {
  const [, ref = ""] = useAddress();
  const read = useCallback(
    async (signal: AbortSignal) => {
      const [answer] = await session.run((client) => client.getContexts([ref], { signal }));
      return answer && "context" in answer ? answer.context : null;
    },
    [session, ref],
  );
  const answer = useAnswer(read);
  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  if (!answer.value?.customer)
    return <Empty title="There is no such customer">It was merged, split or erased. Search again.</Empty>;
  return <Customer context={answer.value} />;
}

function Customer({ context: { customer, match, sections } }: { context: Context }) {
  return (
    <div className="customer">
      <div className="detail-head">
        <h2>
          <bdi>{customer?.name ?? "Unnamed"}</bdi>
        </h2>
      </div>
      <Facts
        facts={{
          "E-mail": customer?.email && <bdi>{customer.email}</bdi>,
          Company: customer?.company && <bdi>{customer.company.name ?? customer.company.domain}</bdi>,
          Id: <code>{customer?.id}</code>,
          Matched: `${percent(match.confidence ?? 1)} certain: ${match.reasons.map(({ rule }) => labelWords(rule).toLowerCase()).join(", ")}`,
          Masked: customer?.masked.length ? "Personal values are masked for the role of your key" : null,
        }}
      />
      {Object.entries(sections).map(([name, section]) => section && <SectionPart key={name} name={name} section={section} />)}
    </div>
  );
}

function SectionPart({ name, section }: { name: string; section: Section }) {
  const { state, source, observedAt, problem, data } = section;
  const title = labelWords(name);
  return (
    <Part
      title={
        <>
          {title} <Badge tone={state === "ok" ? "good" : "warning"}>{labelWords(state)}</Badge>
        </>
      }
    >
      <p className="muted small">
        {source ? `From ${capitalized(source)}` : "Computed by Sidelight"}
        {observedAt && (
          <>
            , seen <Ago at={observedAt} />
          </>
        )}
      </p>
      {problem && <p className="notice notice-problem">{problem.message}</p>}
      {data && <Code label={`Data of ${title}`} text={JSON.stringify(data, null, 2)} />}
    </Part>
  );
}
