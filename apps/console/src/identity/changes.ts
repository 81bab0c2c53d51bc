import { type SidelightClient, SidelightError } from "@sidelight/client";
import type { ChosenValues } from "@sidelight/contracts/identity/changes.ts";
import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import { failureText, type Session } from "../session/session.ts";
import type { JoinedCustomers } from "./joinedCustomers.ts";

/** What a change of several suggestions did. After a failure it stops, so that a person sees where. */
export interface ChangeResult {
  /** Ids of the suggestions that were decided. */
  decided: string[];
  /** Ids of the decisions, for an undo. */
  decisions: string[];
  /** Why the others were not decided; "" when all were. */
  problem: string;
}

export interface AcceptOptions {
  /** What was accepted before: that needs no call. The suggestions are added. */
  joined: JoinedCustomers;
  /** By the id of the suggestion, the records whose values the customer is shown with. */
  chosenValues?: Readonly<Record<string, ChosenValues>>;
  progress(count: number): void;
}

/** Makes both customers of each suggestion one. */
export async function accept(
  session: Session,
  suggestions: readonly Suggestion[],
  { joined, chosenValues = {}, progress }: AcceptOptions,
): Promise<ChangeResult> {
  const result: ChangeResult = { decided: [], decisions: [], problem: "" };
  for (const suggestion of suggestions) {
    const { id, left, right } = suggestion;
    try {
      const values = chosenValues[id] ?? {};
      const hasValues = Object.keys(values).length > 0;
      // One customer already: the choice of its values is still a decision.
      if (!joined.areJoined(suggestion) || hasValues) {
        const merge = { into: left.id, from: right.id, ...(hasValues && { values }) };
        const { decisions } = await repeatable(session, (client, options) => client.mergeIdentities(merge, options));
        result.decisions.push(...decisions.map((decision) => decision.id));
        joined.join(suggestion);
      }
      result.decided.push(id);
      progress(result.decided.length);
    } catch (error) {
      return { ...result, problem: failureText(error) };
    }
  }
  return result;
}

/** Keeps both customers of each suggestion apart. */
export async function dismiss(session: Session, suggestions: readonly Suggestion[]): Promise<ChangeResult> {
  const ids = suggestions.map(({ id }) => id);
  const result: ChangeResult = { decided: [], decisions: [], problem: "" };
  for (let start = 0; start < ids.length; start += maxIds) {
    const candidates = ids.slice(start, start + maxIds);
    try {
      const { decisions } = await repeatable(session, (client, options) => client.dismissCandidates({ candidates }, options));
      result.decided.push(...candidates);
      result.decisions.push(...decisions.map((decision) => decision.id));
    } catch (error) {
      return { ...result, problem: failureText(error) };
    }
  }
  return result;
}

/** Restores what was before the decisions. @returns why it failed; "" when it did not */
export async function undo(session: Session, decisions: readonly string[]): Promise<string> {
  try {
    for (let start = 0; start < decisions.length; start += maxIds) {
      const request = { decisions: decisions.slice(start, start + maxIds) };
      await repeatable(session, (client, options) => client.undoDecisions(request, options));
    }
    return "";
  } catch (error) {
    return failureText(error);
  }
}

/** The API's limit of one request. */
const maxIds = 100;

interface Options {
  idempotencyKey: string;
}

/** Repeats a change once when no answer arrived: with its key, that is harmless. */
async function repeatable<T>(session: Session, change: (client: SidelightClient, options: Options) => Promise<T>): Promise<T> {
  const options = { idempotencyKey: newKey() };
  try {
    return await session.run((client) => change(client, options));
  } catch (error) {
    if (!isLost(error)) throw error;
    return await session.run((client) => change(client, options));
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof SidelightError && (error.code === "network" || error.code === "timeout");

/** Not `crypto.randomUUID`, which exists on secure origins only. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
