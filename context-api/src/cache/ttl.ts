/** Data that changes at one speed. */
export type DataClass = "contacts" | "reference" | "tickets" | "usage";

/** How long a cached answer is served before it is read again, by the data in it; ms. */
export type Ttls = Readonly<Record<DataClass, number>>;

const maxLengthening = 3;

/** The ttl of an answer that was read `reads` times since it was cached: up to three times as long for what is read often. */
export const lengthenedTtl = (baseMs: number, reads: number): number => baseMs * Math.min(1 + reads / 10, maxLengthening);
