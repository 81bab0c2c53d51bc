import { Worker } from "node:worker_threads";
import type { InputRecord } from "./inputRecord.ts";
import type { Model } from "./model.ts";
import type { CompanyRecord, CompanySuggestion } from "./suggestCompanies.ts";
import type { ModelLink } from "./suggestLinks.ts";
import type { Suggestion } from "./suggestPairs.ts";

export interface MatchedTenant {
  model: Model;
  people: Suggestion[];
  companies: CompanySuggestion[];
  /** People that are one by the model. */
  links: ModelLink[];
  /** Candidate pairs of people. */
  pairs: number;
}

export interface MatcherSet {
  people: readonly InputRecord[];
  /** Customer of each person, in the same order. */
  peopleNodes: readonly string[];
  companies: readonly CompanyRecord[];
  companyNodes: readonly string[];
  /** Pairs of people, by index, that a person decided are two. */
  apart: readonly (readonly [number, number])[];
  /** The model that scores; fitted to the people when left out. */
  model?: Model | undefined;
}

export type MatcherReply = { matched: MatchedTenant } | { error: string };

/**
 * Matches a set of records in a thread that ends with the match, so that its memory is given back.
 * @param signal ends the thread
 * @throws {Error} when the thread fails, or ends before it answers
 */
export async function matchInThread(set: MatcherSet, signal?: AbortSignal): Promise<MatchedTenant> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./thread.ts", import.meta.url));
  worker.unref();
  const terminate = (): void => void worker.terminate();
  signal?.addEventListener("abort", terminate);
  try {
    const reply = await new Promise<MatcherReply>((resolve) => {
      worker.on("message", resolve);
      worker.on("error", (error) => resolve({ error: error.message }));
      worker.on("exit", () => resolve({ error: "The matching thread ended before it answered." }));
      worker.postMessage(set);
    });
    if ("error" in reply) throw new Error(reply.error);
    return reply.matched;
  } finally {
    signal?.removeEventListener("abort", terminate);
    await worker.terminate();
  }
}
