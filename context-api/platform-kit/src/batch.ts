import type { Action, Effect, Outcome } from "./action.ts";
import { failure, outcomeOf } from "./outcome.ts";

/** Effects of one name, merged. */
export interface EffectGroup<Input> {
  /** The merged input; newer values win. */
  input: Input;
  /** Indexes of its effects in the batch. */
  indexes: number[];
}

/** Merges effects of the same name, in the order of the first of each. Effects without a name are not merged. */
export function groupSame<Input>(
  action: Pick<Action<Input>, "sameAs" | "merge">,
  effects: Effect<Input>[],
): EffectGroup<Input>[] {
  const groups: EffectGroup<Input>[] = [];
  const groupByName = new Map<string, EffectGroup<Input>>();
  effects.forEach(({ input }, index) => {
    const name = action.sameAs(input);
    const existing = name === null ? undefined : groupByName.get(name);
    if (existing) {
      existing.input = action.merge ? action.merge(existing.input, input) : input;
      existing.indexes.push(index);
      return;
    }
    const group = { input, indexes: [index] };
    groups.push(group);
    if (name !== null) groupByName.set(name, group);
  });
  return groups;
}

/** Performs each group once and returns an outcome for each effect, in order. A failed call is the outcome of every effect. */
export async function performGroups<Input>(
  groups: EffectGroup<Input>[],
  perform: (inputs: Input[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const outcomes = await performAll(groups, (batch) => perform(batch.map(({ input }) => input)));
  const answers: Outcome[] = [];
  groups.forEach(({ indexes }, i) => {
    for (const index of indexes) answers[index] = outcomes[i] ?? missingOutcome;
  });
  return answers;
}

/** The outcome of an item for which a call returned none. */
export const missingOutcome: Outcome = failure("bug", "Internal error: a call returned too few outcomes.");

/** Performs the items without a problem in one call. Returns an outcome for each item: its problem, or its result. */
export async function performValid<Item>(
  items: Item[],
  problemOf: (item: Item) => Outcome | null,
  perform: (valid: Item[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const problems = items.map(problemOf);
  const results = (await perform(items.filter((_, i) => problems[i] === null))).values();
  return problems.map((problem) => problem ?? results.next().value ?? missingOutcome);
}

/** Performs effects one by one, up to `concurrency` at the same time. */
export async function performEach<Input>(
  effects: Effect<Input>[],
  perform: (effect: Effect<Input>) => Promise<Outcome>,
  concurrency = 1,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = effects.entries();
  const work = async (): Promise<void> => {
    for (const [index, effect] of queue) outcomes[index] = await perform(effect).catch(outcomeOf);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, effects.length) }, work));
  return outcomes;
}

/** Performs all items in one call. A failed call is the outcome of every item. */
export async function performAll<Item>(items: Item[], perform: (items: Item[]) => Promise<Outcome[]>): Promise<Outcome[]> {
  if (items.length === 0) return [];
  return await perform(items).catch((error: unknown) => items.map(() => outcomeOf(error)));
}

/**
 * Performs all items in one call. When one item may have caused a refusal (`isBisectable`), it splits the batch in halves, so that
 * one bad item does not fail the others. n items cost at most 2·log₂(n) more calls per bad item.
 */
export async function performBisecting<Item>(
  items: Item[],
  perform: (items: Item[]) => Promise<Outcome[]>,
  isBisectable: (error: unknown) => boolean,
): Promise<Outcome[]> {
  if (items.length === 0) return [];
  try {
    return await perform(items);
  } catch (error) {
    if (items.length === 1 || !isBisectable(error)) return items.map(() => outcomeOf(error));
    const middle = Math.ceil(items.length / 2);
    const first = await performBisecting(items.slice(0, middle), perform, isBisectable);
    return [...first, ...(await performBisecting(items.slice(middle), perform, isBisectable))];
  }
}
