import { z } from "zod";
import { Instant, Ref } from "../context/primitives.ts";

/** `POST /v1/sessions`: asks for a token that a panel may hold in a browser. */
export const SessionRequest = z.strictObject({ ref: Ref.describe("The one customer that the session may read") });
export type SessionRequest = z.infer<typeof SessionRequest>;

/** A token with the role of the key that asked for it, for one ref and ten minutes. */
export const PanelSession = z.object({
  token: z.string().describe("Send it as a bearer token"),
  expiresAt: Instant,
  stream: z.string().describe("Path of the live stream of this customer"),
});
export type PanelSession = z.infer<typeof PanelSession>;
