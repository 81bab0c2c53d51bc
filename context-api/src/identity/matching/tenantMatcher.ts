import { Worker } from "node:worker_threads";
import type { InputRecord } from "./inputRecord.ts";
import type { Model } from "./model.ts";
import type { Match } from "./peopleIndex.ts";
import type { CompanyRecord, CompanySuggestion } from "./suggestCompanies.ts";
import type { Suggestion } from "./suggestPairs.ts";

export interface MatchedTenant {
  model: Model;
  people: Suggestion[];
  companies: CompanySuggestion[];
}

export interface MatcherSet {
  people: readonly InputRecord[];
  /** Customer of each person, in the same order. */
  peopleNodes: readonly string[];
  companies: readonly CompanyRecord[];
  companyNodes: readonly string[];
}

export type MatcherRequest = { id: number } & (({ kind: "match" } & MatcherSet) | { kind: "find"; record: InputRecord });
export interface MatcherReply {
  id: number;
  matched?: MatchedTenant;
  matches?: Match[];
  error?: string;
}

/** A thread that matches one set of records, and looks further records up in it. */
export interface TenantMatcher {
  matched: MatchedTenant;
  find(record: InputRecord): Promise<Match[]>;
  stop(): Promise<void>;
}

/** @throws {Error} when the thread ends before it answers */
export async function startMatcher(set: MatcherSet): Promise<TenantMatcher> {
  const worker = new Worker(new URL("./thread.ts", import.meta.url));
  worker.unref();
  const pending = new Map<number, (reply: MatcherReply) => void>();
  let lastId = 0;
  let failure: string | null = null;
  const fail = (message: string): void => {
    failure = message;
    for (const [id, resolve] of pending) resolve({ id, error: message });
    pending.clear();
  };
  worker.on("message", (reply: MatcherReply) => {
    pending.get(reply.id)?.(reply);
    pending.delete(reply.id);
  });
  worker.on("error", (error) => fail(error.message));
  worker.on("exit", () => fail("The matching thread ended."));
  const send = async (
    request: { kind: "find"; record: InputRecord } | ({ kind: "match" } & MatcherSet),
  ): Promise<MatcherReply> => {
    const id = ++lastId;
    const reply = await new Promise<MatcherReply>((resolve) => {
      if (failure !== null) return resolve({ id, error: failure });
      pending.set(id, resolve);
      worker.postMessage({ id, ...request });
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  };
  const { matched } = await send({ kind: "match", ...set });
  if (!matched) throw new Error("The matching thread gave no result.");
  return {
    matched,
    find: async (record) => (await send({ kind: "find", record })).matches ?? [],
    async stop() {
      await worker.terminate();
    },
  };
}
