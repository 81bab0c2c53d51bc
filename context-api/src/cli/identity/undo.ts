import type { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import { type Decision, IdentityDecisionList } from "@sidelight/contracts/identity/decision.ts";
import { listDecisions } from "../../services/identity/listDecisions.ts";
import { undoDecisions } from "../../services/identity/undoDecisions.ts";
import type { Page } from "../../services/page.ts";
import type { ServiceContext } from "../../services/service.ts";
import type { CommandContext } from "../environment.ts";
import { UsageError } from "../errors.ts";
import { parseSince } from "../since.ts";
import { apiAt, inStore, type SendToApi } from "./operator.ts";

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
  return url === undefined
    ? await inStore(env, tenant, (context) => work(storedOperations(context)))
    : await work(servedOperations(apiAt(url, env)));
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

const storedOperations = (context: ServiceContext): IdentityOperations => ({
  list: (cursor) => listDecisions(context, { limit: pageSize, cursor }),
  undo: (decisions) => undoDecisions(context, { decisions, reason }),
});

/** Works through the API of a running process. */
function servedOperations(send: SendToApi): IdentityOperations {
  return {
    async list(cursor) {
      const query = new URLSearchParams({ limit: String(pageSize), ...(cursor === undefined ? {} : { cursor }) });
      return IdentityDecisionList.parse(await send(`/v1/identity/decisions?${query}`));
    },
    undo: async (decisions) => (await send("/v1/identity/undo", { decisions, reason })) as IdentityChange,
  };
}
