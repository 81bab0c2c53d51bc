import type { LabTenant } from "../simulators/lab.ts";
import type { ApiClient } from "./client.ts";
import type { Progress } from "./progress.ts";
import { StartError } from "./startError.ts";

/** What a check found. */
export interface Readiness {
  isReady: boolean;
  /** What is still missing, for a person. */
  waitingFor: string;
  /** 0 to 100. */
  percent: number;
}

export interface WaitOptions {
  progress: Progress;
  signal: AbortSignal;
  /** Whether the API process has ended. */
  hasEnded(): boolean;
  now?(): number;
  sleep?(ms: number): Promise<unknown>;
}

const pollMs = 500;
/** Without progress for this long, waiting is in vain. */
const maxStallMs = 5 * 60_000;
/** What is missing for a moment is no news. */
const quietMs = 3_000;

/**
 * Repeats a check until it is ready and shows its progress.
 * @throws {StartError} with what it waited for, after five minutes without progress or when the API has ended
 */
export async function waitFor(
  step: string,
  check: () => Promise<Readiness>,
  {
    progress,
    signal,
    hasEnded,
    now = performance.now.bind(performance),
    sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  }: WaitOptions,
): Promise<void> {
  let percent = -1;
  let progressAt = now();
  for (;;) {
    const readiness = await check().catch((error: unknown) => {
      if (hasEnded()) throw new StartError("The context API has ended. Its log above has the reason.");
      throw error;
    });
    if (readiness.percent > percent) {
      percent = readiness.percent;
      progressAt = now();
    }
    if (readiness.isReady) return;
    signal.throwIfAborted();
    if (hasEnded()) throw new StartError("The context API has ended. Its log above has the reason.");
    const stalledMs = now() - progressAt;
    if (stalledMs > maxStallMs)
      throw new StartError(`Not ready: no progress for five minutes. Waiting for ${readiness.waitingFor}.`);
    progress.update(stalledMs > quietMs ? `${step}, waiting for ${readiness.waitingFor}:` : `${step}:`, Math.max(0, percent));
    await sleep(pollMs);
  }
}

interface StreamStatus {
  name: string;
  complete: boolean;
  records: number;
}

/** How much of the first backfill is done. */
export async function checkFill(
  apiUrl: string,
  clients: Record<string, ApiClient>,
  tenants: Record<string, Pick<LabTenant, "world">>,
): Promise<Readiness> {
  const response = await fetch(`${apiUrl}/readyz`);
  if (response.ok) return { isReady: true, waitingFor: "", percent: 100 };
  let [records, expected] = [0, 0];
  const incomplete: string[] = [];
  for (const [tenant, client] of Object.entries(clients)) {
    const { items } = (await (await client.get("/v1/connections")).json()) as {
      items: { id: string; streams: StreamStatus[] }[];
    };
    for (const { id, streams } of items.filter((connection) => connection.streams.length > 0)) {
      const total = expectedRecords(id, tenants[tenant]!.world);
      const isComplete = streams.every((stream) => stream.complete);
      if (!isComplete) incomplete.push(`${tenant}/${id}`);
      expected += total;
      records += isComplete
        ? total
        : Math.min(
            total,
            streams.reduce((sum, { records }) => sum + records, 0),
          );
    }
  }
  const percent = expected === 0 ? 0 : Math.min(99, (100 * records) / expected);
  return { isReady: false, waitingFor: incomplete.join(", ") || "the API to be ready", percent };
}

/** About how many records the first backfill of a connection brings. */
function expectedRecords(connection: string, { salesforce, zendesk, mixpanel }: LabTenant["world"]): number {
  const { User: _, Group: __, ...objects } = salesforce.tables;
  if (connection === "salesforce") return Object.values(objects).reduce((sum, table) => sum + table.size, 0);
  if (connection === "zendesk")
    return zendesk.tickets.size + zendesk.users.size + zendesk.organizations.size + zendesk.ratings.size / 2;
  // A profile, and product use of more than one day a week for about every second one.
  return mixpanel.profiles.size * 3.3;
}

/** Whether every example resolves, and which does not. */
export async function checkResolution(client: ApiClient, refs: string[]): Promise<Readiness> {
  const contexts = await client.contexts(refs);
  const problems = contexts.flatMap(({ match }, i) =>
    match?.state === "resolved" ? [] : [`${refs[i]} (${match?.state ?? "an error"})`],
  );
  return {
    isReady: problems.length === 0,
    waitingFor: `${problems.slice(0, 3).join(", ")}${problems.length > 3 ? ` and ${problems.length - 3} more` : ""} to resolve`,
    percent: (100 * (refs.length - problems.length)) / refs.length,
  };
}
