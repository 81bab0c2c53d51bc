/** From half of a pause to the whole of it, so that those who wait for the same thing don't come back together. */
export const jittered = (ms: number): number => ms / 2 + (Math.random() * ms) / 2;
