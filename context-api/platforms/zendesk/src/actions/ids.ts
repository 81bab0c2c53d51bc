import { z } from "zod";

/** A ticket by its ref, or its id as text or number: `zendesk.ticket:5158`, `5158`. */
export const TicketKey = z.union([
  z.string().regex(/^(zendesk\.ticket:)?[1-9]\d{0,18}$/, "not a ticket ref or id"),
  z.number().int().positive(),
]);

/** `zendesk.ticket:5158` → `5158` */
export const idOf = (key: string | number): string => String(key).replace(/^zendesk\.\w+:/, "");
