import { type AgeBound, ageBounds } from "../config/objectives.ts";

/** The ages by which facts and minutes are counted, in seconds. Targets are among them, so that a share is exact. */
const secondsByBound = {
  "10s": 10,
  "30s": 30,
  "1m": 60,
  "2m": 120,
  "5m": 300,
  "10m": 600,
  "15m": 900,
  "30m": 1_800,
  "1h": 3_600,
  "2h": 7_200,
  "6h": 21_600,
  "12h": 43_200,
  "1d": 86_400,
} as const satisfies Record<AgeBound, number>;

/** Of an age above all bounds. */
export const unboundedSeconds = 2_147_483_647;

/** Ascending; the last one holds every age. */
export const boundSeconds: readonly number[] = [...ageBounds.map((name) => secondsByBound[name]), unboundedSeconds];

export const secondsOf = (boundary: AgeBound): number => secondsByBound[boundary];

/** The lowest bound that is not below an age. */
export const boundOf = (ageMs: number): number => boundSeconds.find((boundary) => ageMs <= boundary * 1000) ?? unboundedSeconds;

/** The shortest target that is not below an age. */
export const targetFor = (ageMs: number): AgeBound => ageBounds.find((name) => secondsByBound[name] * 1000 >= ageMs) ?? "1d";

/** `5m`; `more` above all bounds. */
export const boundName = (seconds: number): AgeBound | "more" =>
  ageBounds.find((name) => secondsByBound[name] === seconds) ?? "more";
