/** The result of one check. A failed one names the next step. */
export interface Finding {
  ok: boolean;
  what: string;
  next?: string;
}
