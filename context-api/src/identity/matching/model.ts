import { z } from "zod";
import { comparisons, type Fact, facts } from "./comparison.ts";

const probability = z.number().min(0).max(1);
const levelSchema = z.object({ label: z.string(), m: probability, u: probability });

/** A matching model as it is stored. `m` and `u` are the probabilities of a level in pairs of one person and of two people. */
export const modelSchema = z.object({
  version: z.string(),
  source: z.enum(["shipped", "fitted"]),
  /** Number of pairs that it was fitted on. */
  pairs: z.number(),
  /** Probability that two records of the set, taken at random, belong to one person. */
  prior: probability,
  comparisons: z.array(z.object({ name: z.string(), levels: z.array(levelSchema) })),
});
export type Model = z.infer<typeof modelSchema>;

/** [m, u] of each level but "missing", from agreement to contradiction. */
const shipped: Record<Fact, readonly (readonly [number, number])[]> = {
  given: [
    [0.78, 0.006],
    [0.07, 0.004],
    [0.05, 0.04],
    [0.05, 0.003],
    [0.02, 0.017],
    [0.03, 0.93],
  ],
  family: [
    [0.86, 0.002],
    [0.06, 0.001],
    [0.02, 0.001],
    [0.02, 0.012],
    [0.04, 0.984],
  ],
  birth: [
    [0.85, 0.0001],
    [0.08, 0.002],
    [0.03, 0.03],
    [0.04, 0.9679],
  ],
  address: [
    [0.4, 0.00005],
    [0.05, 0.0003],
    [0.15, 0.002],
    [0.15, 0.02],
    [0.1, 0.01],
    [0.15, 0.96765],
  ],
  email: [
    [0.6, 0.00002],
    [0.04, 0.0001],
    [0.02, 0.0001],
    [0.05, 0.003],
    [0.04, 0.002],
    [0.25, 0.99478],
  ],
  phone: [
    [0.75, 0.00005],
    [0.03, 0.0001],
    [0.22, 0.99985],
  ],
  company: [
    [0.8, 0.02],
    [0.08, 0.005],
    [0.12, 0.975],
  ],
  ids: [
    [0.85, 0.00005],
    [0.15, 0.99995],
  ],
  platform: [
    [0.75, 0.6],
    [0.25, 0.4],
  ],
};

/** The model that ships with the product, for sets that are too small to fit one. */
export const shippedModel: Model = {
  version: "shipped-1",
  source: "shipped",
  pairs: 0,
  prior: 0.001,
  comparisons: facts.map((name) => ({
    name,
    levels: [
      { label: "missing", m: 1, u: 1 },
      ...shipped[name].map(([m, u], i) => ({ label: comparisons[name][i + 1] ?? "", m, u })),
    ],
  })),
};

/** Share of people who have a value, 0 to 1. */
export type FrequencyOf = (fact: Fact, value: string) => number;

/** Weights are in bits: log2 of the odds that one level gives. */
export interface Weights {
  prior: number;
  byLevel: readonly (readonly number[])[];
  /** m of the agreeing level, for agreements that are weighed by the frequency of their value. */
  m: readonly (readonly number[])[];
}

/** No single fact decides more than this, whatever its frequency. */
export const maxBits: Record<Fact, number> = {
  given: 11,
  family: 14,
  birth: 15,
  address: 15,
  email: 19,
  phone: 15,
  company: 9,
  ids: 18,
  platform: 1,
};
const minBits: Record<Fact, number> = {
  given: -9,
  family: -7,
  birth: -9,
  address: -4,
  email: -3,
  phone: -3,
  company: -4,
  ids: -5,
  platform: -2,
};

export function weightsOf(model: Model): Weights {
  const clamp = (fact: Fact, bits: number) => Math.max(minBits[fact], Math.min(maxBits[fact], bits));
  return {
    prior: Math.log2(model.prior / (1 - model.prior)),
    byLevel: model.comparisons.map(({ name, levels }) =>
      levels.map(({ m, u }, level) => (level === 0 ? 0 : clamp(name as Fact, Math.log2(m / u)))),
    ),
    m: model.comparisons.map(({ levels }) => levels.map(({ m }) => m)),
  };
}

export const probabilityOf = (bits: number): number => 1 / (1 + 2 ** -bits);
