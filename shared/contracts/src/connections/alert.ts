import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** Something that whoever operates this should know of, as `GET /v1/alerts` tells it. */
export const Alert = z.object({
  id: z.string(),
  kind: z
    .string()
    .describe("sign_in_failed, mapped_field_gone, field_gone, field_new, field_type_changed, api_version_ending, config_refused"),
  severity: z.enum(["critical", "warning", "info"]),
  connection: z.string(),
  subject: z.string().describe("What it is about, as a field's name; empty for the connection itself"),
  message: z.string(),
  openedAt: Instant,
  closedAt: Instant.nullable(),
});
export type Alert = z.infer<typeof Alert>;

export const AlertList = z.object({ items: z.array(Alert), nextCursor: z.string().nullable() });
