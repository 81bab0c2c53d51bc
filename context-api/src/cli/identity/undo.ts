import type { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import { type Decision, IdentityDecisionList } from "@sidelight/contracts/identity/decision.ts";
import { localOperator } from "../../services/actor.ts";
import { createAuditLog } from "../../services/audit.ts";
import { listDecisions } from "../../services/identity/listDecisions.ts";
import { undoDecisions } from "../../services/identity/undoDecisions.ts";
import type { Page } from "../../services/page.ts";
import { lockStoreAt, storeLocation } from "../../store/location.ts";
import { StoreInUseError } from "../../store/lock.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { type CommandContext, dataDirectory, logLevel } from "../environment.ts";
import { CommandError, UsageError } from "../errors.ts";
import { openForCommand, requireTenant } from "../runtime.ts";
import { parseSince } from "../since.ts";

interface UndoOptions {
  since: string;
  tenant?: string;
  by?: string;
  url?: string;
  dryRun?: boolean;
}

/** The two operations that the command needs, of the store or of a served API. */
interface IdentityOperations {
  list(cursor: string | undefined): Promise<Page<Decision>>;
  undo(decisions: string[]): Promise<Pick<IdentityChange, "decisions">>;
}

const reason = "sidelight identity undo";

/** `sidelight identity undo`: undoes the decisions since an instant, newest first. */
export async function undo({ since, tenant, by, url, dryRun }: UndoOptions, { env }: CommandContext): Promise<number> {
  const from = parseSince(since, Date.now());
  if (by !== undefined && by !== "person" && by !== "model")
    throw new UsageError("Choose whose decisions: --by person or --by model.");
  const isMeant = ({ at, undone, type, actor }: Decision): boolean =>
    Date.parse(at) >= from && !undone && type !== "undone" && (by === undefined || actor.kind === by);
  const work = async (operations: IdentityOperations): Promise<number> => {
    const count = dryRun ? (await decisionsSince(operations, from, isMeant)).length : await undoAll(operations, from, isMeant);
    process.stdout.write(`${count} ${count === 1 ? "decision" : "decisions"} ${dryRun ? "would be undone" : "undone"}.\n`);
    return 0;
  };
  return url === undefined ? await inStore(env, tenant, work) : await work(servedOperations(url, env));
}

/** Undoing a decision can make an earlier one apply again that it had replaced, so this looks until none is left. */
async function undoAll(operations: IdentityOperations, from: number, isMeant: (decision: Decision) => boolean): Promise<number> {
  let count = 0;
  for (;;) {
    const decisions = await decisionsSince(operations, from, isMeant);
    if (decisions.length === 0) return count;
    for (let start = 0; start < decisions.length; start += maxDecisions)
      await operations.undo(decisions.slice(start, start + maxDecisions).map(({ id }) => id));
    count += decisions.length;
  }
}

/** Decisions of one request. */
const maxDecisions = 100;

async function decisionsSince(
  operations: IdentityOperations,
  from: number,
  isMeant: (decision: Decision) => boolean,
): Promise<Decision[]> {
  const decisions: Decision[] = [];
  let cursor: string | undefined;
  for (;;) {
    const { items, nextCursor } = await operations.list(cursor);
    decisions.push(...items.filter(isMeant));
    const oldest = items.at(-1);
    if (nextCursor === null || !oldest || Date.parse(oldest.at) < from) return decisions;
    cursor = nextCursor;
  }
}

const pageSize = 1_000;

/** Works in a store that no process serves. */
async function inStore(
  env: NodeJS.ProcessEnv,
  tenant: string | undefined,
  work: (operations: IdentityOperations) => Promise<number>,
): Promise<number> {
  if (tenant === undefined) throw new UsageError("Name the tenant with --tenant, or the API that serves the store with --url.");
  const lock = await lockStoreAt(storeLocation(env, dataDirectory(env)), dataDirectory(env)).catch((error: unknown) => {
    if (!(error instanceof StoreInUseError)) throw error;
    throw new CommandError("The store is served. Name the API with --url, and its key in SIDELIGHT_API_KEY.");
  });
  try {
    const runtime = await openForCommand(env);
    try {
      const audit = createAuditLog(createLogger(logLevel(env, "warn")));
      const context = { served: requireTenant(runtime, tenant), actor: localOperator(tenant), audit };
      return await work({
        list: (cursor) => listDecisions(context, { limit: pageSize, cursor }),
        undo: (decisions) => undoDecisions(context, { decisions, reason }),
      });
    } finally {
      await runtime.close();
    }
  } finally {
    lock.release();
  }
}

/** Works through the API of a running process. */
function servedOperations(url: string, env: NodeJS.ProcessEnv): IdentityOperations {
  const key = env["SIDELIGHT_API_KEY"];
  if (!key) throw new UsageError("Set SIDELIGHT_API_KEY to a key of the tenant with the right identify.");
  const send = async (path: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(new URL(path, url), request);
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const detail = (answer as { detail?: unknown } | null)?.detail;
    throw new CommandError(
      `The API answered ${response.status}: ${typeof detail === "string" ? detail : "check the address and the key."}`,
    );
  };
  return {
    async list(cursor) {
      const query = new URLSearchParams({ limit: String(pageSize), ...(cursor === undefined ? {} : { cursor }) });
      return IdentityDecisionList.parse(await send(`/v1/identity/decisions?${query}`));
    },
    undo: async (decisions) => (await send("/v1/identity/undo", { decisions, reason })) as IdentityChange,
  };
}
