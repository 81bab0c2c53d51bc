import type { Action, Effect, Outcome } from "./action.ts";
import { outcomeOf } from "./outcome.ts";

/** Effects that say the same thing again, put together. */
export interface Group<Input> {
  /** Older inputs with the newer ones laid over them. */
  input: Input;
  /** Where its effects stand in the batch. */
  places: number[];
}

/** Puts effects of the same name together, in the order of their first; nameless ones stand alone. */
export function groupSame<Input>(action: Pick<Action<Input>, "sameAs" | "merge">, effects: Effect<Input>[]): Group<Input>[] {
  const groups: Group<Input>[] = [];
  const named = new Map<string, Group<Input>>();
  effects.forEach(({ input }, place) => {
    const name = action.sameAs(input);
    const before = name === null ? undefined : named.get(name);
    if (before) {
      before.input = action.merge ? action.merge(before.input, input) : input;
      before.places.push(place);
      return;
    }
    const group = { input, places: [place] };
    groups.push(group);
    if (name !== null) named.set(name, group);
  });
  return groups;
}

/** Does each group once, and answers for each effect in its place. A failure of the whole is told for each. */
export async function performGroups<Input>(
  groups: Group<Input>[],
  perform: (inputs: Input[]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const outcomes = await told(groups, (all) => perform(all.map(({ input }) => input)));
  const answers: Outcome[] = [];
  groups.forEach(({ places }, i) => {
    for (const place of places) answers[place] = outcomes[i]!;
  });
  return answers;
}

/** Does each by itself, so many at the same time: one after the other unless more is said. */
export async function performEach<Input>(
  effects: Effect<Input>[],
  perform: (effect: Effect<Input>) => Promise<Outcome>,
  atOnce = 1,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = effects.entries();
  const work = async (): Promise<void> => {
    for (const [place, effect] of left) outcomes[place] = await perform(effect).catch(outcomeOf);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, effects.length) }, work));
  return outcomes;
}

/** Does all at once; what goes wrong with the whole is told for each. */
export async function told<Item>(items: Item[], perform: (items: Item[]) => Promise<Outcome[]>): Promise<Outcome[]> {
  if (items.length === 0) return [];
  return await perform(items).catch((error: unknown) => items.map(() => outcomeOf(error)));
}

/**
 * Does all at once. Where a refusal of the whole may be one item's alone, does it by halves, so that one item can't take the
 * others with it: n items cost 2·log₂(n) calls more at most for each bad one.
 */
export async function byHalves<Item>(
  items: Item[],
  perform: (items: Item[]) => Promise<Outcome[]>,
  mayBeOnes: (error: unknown) => boolean,
): Promise<Outcome[]> {
  if (items.length === 0) return [];
  try {
    return await perform(items);
  } catch (error) {
    if (items.length === 1 || !mayBeOnes(error)) return items.map(() => outcomeOf(error));
    const middle = Math.ceil(items.length / 2);
    const first = await byHalves(items.slice(0, middle), perform, mayBeOnes);
    return [...first, ...(await byHalves(items.slice(middle), perform, mayBeOnes))];
  }
}
