import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** `POST /console/session`: exchanges an API key for a session, whose token is in a cookie. */
export const ConsoleSignIn = z.strictObject({
  apiKey: z.string().min(1).max(200).describe("A key with the role admin or service"),
});
export type ConsoleSignIn = z.infer<typeof ConsoleSignIn>;

/** The session of an operator in the console. */
export const ConsoleSession = z.object({
  csrfToken: z.string().describe("Send it as the header x-sidelight-csrf with every request that is not a GET"),
  tenant: z.string(),
  role: z.enum(["admin", "service", "agent", "rep"]).describe("Role of the API key"),
  keyName: z.string().describe("Label of the API key; its id when it has none"),
  rights: z.object({
    pii: z.boolean().describe("Sees personal values unmasked"),
    text: z.boolean().describe("Sees what people wrote"),
    events: z.boolean().describe("May read what concerns all customers"),
    operate: z.boolean().describe("May use the operations of the operator"),
    identify: z.boolean().describe("May decide who is who"),
  }),
  expiresAt: Instant.describe("The end of the session, however active the operator is"),
  idleSeconds: z.number().int().describe("Without activity for this long, the session ends"),
});
export type ConsoleSession = z.infer<typeof ConsoleSession>;
