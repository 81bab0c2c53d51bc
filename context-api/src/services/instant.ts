import { isoInstant } from "@sidelight/model/instant.ts";

/** An instant as the API writes it. @param ms epoch ms */
export const iso = isoInstant;

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
