import type { Quality, QualityReport } from "@sidelight/contracts/quality/quality.ts";
import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { counted, momentWords } from "../ui/words.ts";
import { Changes } from "./Changes.tsx";
import { Dimensions } from "./Dimensions.tsx";
import { FilledFields } from "./FilledFields.tsx";
import { Problems } from "./Problems.tsx";

/** How good the data is, what changed in a week, and what to do about it. */
export function QualityPage({ session }: PageProps) {
  const read = useCallback(
    async (signal: AbortSignal) => {
      const quality = await session.run((client) => client.getQuality({ signal }));
      return { quality, report: await session.run((client) => client.getQualityReport({ signal })) };
    },
    [session],
  );
  const answer = useAnswer(read);
  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  const { quality, report } = answer.value;
  if (quality.counts.records === 0)
    return <Empty title="Nothing to measure yet">The quality is measured when records are in the store.</Empty>;
  return <Measurement quality={quality} report={report} />;
}

function Measurement({ quality, report }: { quality: Quality; report: QualityReport }) {
  const { counts, measuredAt, problems, fields } = quality;
  return (
    <div className="quality">
      <p className="muted">
        {counts.people.toLocaleString()} people and {companies(counts.companies)} in {counted(counts.records, "record")}, measured{" "}
        {momentWords(measuredAt)}
      </p>
      <Dimensions quality={quality} />
      <Changes report={report} />
      <Problems problems={problems} />
      <FilledFields fields={fields} />
    </div>
  );
}

const companies = (count: number): string => `${count.toLocaleString()} ${count === 1 ? "company" : "companies"}`;
