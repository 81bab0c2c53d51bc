import fc from "fast-check";

/**
 * `npm test` draws the same values each time, so that a failure is the fault of the change that is tested. `npm run test:full` draws new
 * ones. SIDELIGHT_PROPERTY_SEED=<seed> repeats a run, and `random` draws new ones.
 */
const fixedSeed = 20_261_129;
const { SIDELIGHT_PROPERTY_SEED: requested, SIDELIGHT_FULL: isFull } = process.env;

if (requested !== undefined && requested !== "random") fc.configureGlobal({ seed: Number(requested) });
else if (requested === undefined && isFull !== "1") fc.configureGlobal({ seed: fixedSeed });

export * from "fast-check";
export default fc;
