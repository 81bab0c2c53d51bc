import { z } from "zod";

/** A connection to one Zendesk account, as it stands in the configuration. Everything has a default but where and as whom. */
export const ZendeskOptions = z.strictObject({
  url: z.url().describe("https://{subdomain}.zendesk.com"),
  appUrl: z.url().optional().describe("Where agents work, for links; the account's own address when left out"),
  auth: z.strictObject({ clientId: z.string(), clientSecret: z.string().describe("Name of the secret") }),
  /** Requests a minute by plan: Suite Team 200, Growth and Professional 400, Enterprise 700, Enterprise Plus 2,500. */
  requestsPerMinute: z.number().int().positive().default(400),
  exportsPerMinute: z.number().int().positive().default(10),
  /** Updates of single tickets: 100 a minute, 20 on trial accounts and sandboxes. */
  ticketUpdatesPerMinute: z.number().int().positive().default(100),
  /** Of tickets; users, ratings and organisations, which change less, are pulled less often. */
  pullEverySeconds: z.number().positive().default(360),
  mapping: z
    .strictObject({
      /** What a user's external id means to us. */
      userExternalId: z.enum(["product_user", "none"]).default("product_user"),
      /** What an organisation's external id means to us. */
      organizationExternalId: z.enum(["crm_id", "none"]).default("crm_id"),
      /** User field (checkbox) that says a person declined to be analysed. */
      optOut: z.string().nullable().default("analytics_opt_out"),
    })
    .prefault({}),
});
export type ZendeskOptions = z.infer<typeof ZendeskOptions>;
