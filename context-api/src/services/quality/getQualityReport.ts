import type { QualityReport } from "@sidelight/contracts/quality/quality.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { compareMeasurements } from "../../quality/compareMeasurements.ts";
import { iso, isoOrNull } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { openProblems } from "./openProblems.ts";

/** What became better or worse since the newest measurement that is at least a week old. */
export const getQualityReport = defineService("events", async ({ served, actor }: ServiceContext): Promise<QualityReport> => {
  const current = await served.quality.current();
  const previous = await served.quality.weekBefore(current);
  const labels = new Map(served.tenant.connections.map(({ id, platform }) => [id, platform.label]));
  const report: QualityReport = {
    from: isoOrNull(previous?.measuredAt ?? null),
    to: iso(current.measuredAt),
    ...compareMeasurements(current, previous, (connection) => labels.get(connection) ?? connection),
    problems: await openProblems(served, current),
  };
  return maskDeep(report, actor.rights).value;
});
