import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { byHalves, told } from "@sidelight/platform-kit/batch.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { done, failed } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import type { Saved } from "../client.ts";
import { refOf } from "../objects.ts";
import { SalesforceRefusal } from "../refusal.ts";
import { literal } from "../soql.ts";
import type { StreamTools } from "../streams.ts";
import { failureOf, mayBeOnes, notSaved } from "./refusals.ts";

/** Shipped with Sidelight's package for Salesforce: unique, and an external id, on Task (as a field of Activity) and Case. */
export const externalId = "Sidelight_External_Id__c";
/** "Up to 200 records" in a collection; their ids also fit into one query's address. */
const mostRecords = 200;

export interface Creation<Input> extends Pick<Action<Input>, "summary" | "input"> {
  object: "Task" | "Case";
  /** What is written, by API name. */
  fields(input: Input): Record<string, unknown>;
  /** Why it can't be written, where that is known beforehand. */
  objection?(input: Input): Outcome | null;
  /** Where another record may stand in the place of one. */
  instead?: {
    /** Of effects that give the same name, one is made. Null where each counts. */
    name(input: Input): string | null;
    /** What stands in the place of each already, as a ref; null where nothing does. */
    find(inputs: Input[], call: CallOptions): Promise<(string | null)[]>;
  };
}

/**
 * Makes records that carry the effect's id as their external id. Those that are there already, deleted ones too, are left as
 * people have made them since; the others are upserted, so that an attempt still under way can't make a second.
 */
export function creating<Input>(tools: StreamTools, creation: Creation<Input>): Action<Input> {
  const { summary, input, objection = () => null } = creation;
  return {
    summary,
    input,
    batch: mostRecords,
    sameAs: () => null,
    perform: (effects, call) =>
      told(effects, async () => {
        const objections = effects.map((effect) => objection(effect.input));
        const made = await makeMissing(
          tools,
          creation,
          effects.filter((_, i) => objections[i] === null),
          call,
        );
        return objections.map((outcome) => outcome ?? made.shift()!);
      }),
  };
}

async function makeMissing<Input>(
  tools: StreamTools,
  creation: Creation<Input>,
  effects: Effect<Input>[],
  call: CallOptions,
): Promise<Outcome[]> {
  if (effects.length === 0) return [];
  const { object } = creation;
  const known = await existing(
    tools,
    object,
    effects.map(({ id }) => id),
    call,
  );
  if (known === null) return effects.map(() => lacksField(object));
  const missing = effects.filter(({ id }) => !known.has(keyOf(id)));
  const made = await makeUnlessThere(tools, creation, missing, call);
  return effects.map(({ id }) => {
    const there = known.get(keyOf(id));
    return there === undefined ? made.shift()! : done(refOf(object, there), false);
  });
}

/** Makes what nothing stands in the place of. Where the first of a name can't be made, the next is tried. */
async function makeUnlessThere<Input>(
  tools: StreamTools,
  creation: Creation<Input>,
  effects: Effect<Input>[],
  call: CallOptions,
): Promise<Outcome[]> {
  const { instead } = creation;
  const make = (some: Effect<Input>[]) => byHalves(some, (few) => upsert(tools, creation, few, call), mayBeOnes);
  if (!instead) return await make(effects);
  const names = effects.map(({ input }) => instead.name(input));
  const there = await instead.find(
    effects.map(({ input }) => input),
    call,
  );
  const outcomes = there.map((ref) => (ref === null ? undefined : done(ref, false)));
  const made = new Map<string, Outcome>();
  for (let places = open(outcomes); places.length > 0; places = open(outcomes)) {
    const turn = places.filter((place) => firstOfName(place, places, names));
    const told = await make(turn.map((place) => effects[place]!));
    turn.forEach((place, i) => {
      outcomes[place] = told[i]!;
      const name = names[place]!;
      if (name !== null && told[i]!.state === "done") made.set(name, { ...told[i]!, wrote: false });
    });
    for (const place of places) outcomes[place] ??= made.get(names[place] ?? "");
  }
  return outcomes as Outcome[];
}

const open = (outcomes: (Outcome | undefined)[]): number[] =>
  [...outcomes.keys()].filter((place) => outcomes[place] === undefined);
const firstOfName = (place: number, places: number[], names: (string | null)[]): boolean =>
  names[place] === null || places.find((other) => names[other] === names[place]) === place;

/** Record ids by external id; null where the org lacks that field. */
async function existing(
  { client }: StreamTools,
  object: string,
  ids: string[],
  call: CallOptions,
): Promise<Map<string, string> | null> {
  const found = new Map<string, string>();
  const soql = `SELECT Id, ${externalId} FROM ${object} WHERE ${externalId} IN (${ids.map(literal).join(",")})`;
  try {
    for await (const { rows } of client.pages(soql, call, true)) {
      for (const row of rows) found.set(keyOf(String(row[externalId])), row.Id);
    }
    return found;
  } catch (error) {
    if (error instanceof SalesforceRefusal && error.errorCode === "INVALID_FIELD") return null;
    throw error;
  }
}

async function upsert<Input>(
  { client, now }: StreamTools,
  { object, fields }: Creation<Input>,
  effects: Effect<Input>[],
  call: CallOptions,
): Promise<Outcome[]> {
  const records = effects.map(({ id, input }) => ({ attributes: { type: object }, ...fields(input), [externalId]: id }));
  try {
    const saved = await client.save(records, call, `${object}/${externalId}`);
    return saved.map((one) => madeOrNot(object, one, now()));
  } catch (error) {
    // "Provided external ID field does not exist or is not accessible"
    if (error instanceof PlatformError && error.code === "not_found") return effects.map(() => lacksField(object));
    if (effects.length > 1) throw error;
    return [failureOf(error, now())];
  }
}

function madeOrNot(object: "Task" | "Case", saved: Saved, now: number): Outcome {
  if (saved.success) return done(refOf(object, saved.id ?? ""));
  // Another attempt came first; the next will find what it made.
  const isTaken = saved.errors?.some(({ statusCode }) => statusCode === "DUPLICATE_VALUE");
  if (isTaken) return failed("conflict", "Salesforce has a record of the same external id.", { isRetryable: true });
  return notSaved(saved, now);
}

const lacksField = (object: string): Outcome =>
  failed(
    "misconfigured",
    `${object} has no field ${externalId} that the integration's user can write: it comes with Sidelight's package.`,
  );

/** External ids compare without case unless the org's field says otherwise. */
const keyOf = (id: string): string => id.toLowerCase();
