import {
  type Freshness,
  type FreshnessCause,
  type FreshnessObjective,
  freshnessCauses,
} from "@sidelight/contracts/freshness/freshness.ts";
import type { Connection } from "../../connections/connections.ts";
import { boundName, boundSeconds, secondsOf } from "../../freshness/ageBounds.ts";
import type { Share } from "../../freshness/attainment.ts";
import { longSpan, windowOf } from "../../freshness/buckets.ts";
import { type MeasuredObjective, measureObjectives } from "../../freshness/measureObjectives.ts";
import { objectivesOf } from "../../freshness/objectives.ts";
import { type FreshnessCount, listFreshnessCounts } from "../../store/tables/freshnessCounts.ts";
import type { StreamProgress } from "../../sync/runner.ts";
import { iso, isoOrNull } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";

const maxHours = 5;
const maxOffenders = 10;
const dayMinutes = 1_440;

/** How old data is when Sidelight gets it, against the objectives of the tenant. Sums only. */
export const getFreshness = defineService(
  "events",
  async ({ served: { tenant, states } }: ServiceContext, _input: Record<never, never>): Promise<Freshness> => {
    const now = tenant.clock.now();
    const { connections, log } = tenant;
    await states.refresh();
    const { since, objectives } = await measureObjectives(log.store, objectivesOf(connections, tenant.config.objectives), now);
    const views = await Promise.all(
      objectives.flatMap((objective) => {
        const connection = connections.find(({ id }) => id === objective.connection);
        if (!connection) return [];
        const hours = { ...windowOf(now, objective.windowDays * dayMinutes), span: longSpan };
        const place = { connection: connection.id, object: objective.data };
        return listFreshnessCounts(log.store, { ...hours, ...place }).then((buckets) =>
          view(objective, connection, buckets, states.of(connection).streams),
        );
      }),
    );
    const worst = views.flatMap(({ connection, data, causes }) => causes.map((cause) => ({ connection, data, ...cause })));
    return {
      measuredAt: iso(now),
      since: isoOrNull(since),
      objectives: views.sort((a, b) => (a.budgetLeft ?? 2) - (b.budgetLeft ?? 2)),
      worst: worst.sort(byOffense).slice(0, maxOffenders),
    };
  },
);

function view(
  objective: MeasuredObjective,
  connection: Connection,
  buckets: readonly FreshnessCount[],
  progress: readonly StreamProgress[],
): FreshnessObjective {
  const { data, youngerThan, share, windowDays, isDefault, attainment, facts, minutes, budgetLeft, burnRates, counts } =
    objective;
  const limit = secondsOf(youngerThan);
  const names = new Set(connection.connector.streams.filter(({ objects }) => objects.includes(data)).map(({ name }) => name));
  return {
    connection: connection.id,
    platform: connection.platform.name,
    ...{ data, youngerThan, share, windowDays, isDefault },
    state: stateOf(objective),
    attainment,
    facts: withShare(facts),
    minutes: withShare(minutes),
    budgetLeft,
    burnRate: burnRates,
    ages: boundSeconds.map((boundary) => ({
      upTo: boundName(boundary),
      facts: sum(counts.filter((count) => count.measure === "facts" && count.bound === boundary)),
    })),
    causes: offendersOf(counts, limit).sort(byOffense),
    worstHours: [...Map.groupBy(buckets, ({ at }) => at)]
      .flatMap(([hour, rows]) => offendersOf(rows, limit).map((offender) => ({ hour: iso(hour), ...offender })))
      .sort(byOffense)
      .slice(0, maxHours),
    streams: progress
      .filter(({ stream }) => names.has(stream))
      .map(({ stream, coveredUntil, problem }) => ({
        name: stream,
        coveredUntil: isoOrNull(coveredUntil),
        problem: problem?.message ?? null,
      })),
  };
}

function stateOf({ attainment, share, isBurningFast, isBurningSlowly }: MeasuredObjective): FreshnessObjective["state"] {
  if (attainment === null) return "no_data";
  if (attainment < share) return "missed";
  return isBurningFast || isBurningSlowly ? "burning" : "met";
}

const withShare = ({ total, young }: Share) => ({ total, young, share: total === 0 ? null : young / total });

const sum = (counts: readonly { count: number }[]): number => counts.reduce((total, { count }) => total + count, 0);

type Offender = FreshnessObjective["causes"][number];

/** What was above the limit, by its cause. */
function offendersOf(
  counts: readonly Pick<FreshnessCount, "measure" | "cause" | "bound" | "count">[],
  limit: number,
): Offender[] {
  const late = counts.filter(({ bound }) => bound > limit);
  return [...Map.groupBy(late, ({ cause }) => cause)].flatMap(([cause, rows]): Offender[] =>
    isCause(cause)
      ? [
          {
            cause,
            lateFacts: sum(rows.filter(({ measure }) => measure === "facts")),
            minutesBehind: sum(rows.filter(({ measure }) => measure === "minutes")),
          },
        ]
      : [],
  );
}

const isCause = (text: string): text is FreshnessCause => (freshnessCauses as readonly string[]).includes(text);

const byOffense = (a: Offender, b: Offender): number => b.minutesBehind + b.lateFacts - (a.minutesBehind + a.lateFacts);
