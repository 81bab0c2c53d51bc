import { attributeFields } from "@sidelight/platform-kit/attributes.ts";
import { consentFields } from "@sidelight/platform-kit/consent.ts";
import { secretName } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";
import { subdomainOf } from "./subdomain.ts";

const numericId = z
  .union([z.number().int().positive(), z.string()])
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,18}$/, "not an id of Zendesk"));

/** Settings of a connection to one Zendesk account. Everything but `url` and `auth` has a default. */
export const ZendeskOptions = z
  .strictObject({
    url: z.url().describe("https://{subdomain}.zendesk.com"),
    appUrl: z.url().optional().describe("URL of the agent workspace, for links; default: url"),
    auth: z.strictObject({ clientId: z.string(), clientSecret: secretName({ description: "the secret of the OAuth client" }) }),
    /** Requests a minute by plan: Suite Team 200, Growth and Professional 400, Enterprise 700, Enterprise Plus 2,500. */
    requestsPerMinute: z.number().int().positive().default(400),
    exportsPerMinute: z.number().int().positive().default(10),
    /** Updates of single tickets: 100 a minute, 20 on trial accounts and sandboxes. */
    ticketUpdatesPerMinute: z.number().int().positive().default(100),
    /** Pull interval of tickets. Users, ratings and organizations change less and are pulled less often. */
    pullEverySeconds: z.number().positive().default(360),
    /** Sign-in of agents by signed URLs. Without it, panels use the API key of the installation. */
    panel: z
      .strictObject({
        appId: numericId.describe("Id of the app: the last part of its address in Admin Center"),
        installationId: numericId.describe("Id of its installation"),
        name: z
          .string()
          .regex(/^[a-z][a-z0-9-]{0,39}$/, "lower-case letters, digits and dashes")
          .default("zendesk")
          .describe("Name of the installation in the address of the app, which must be known before the upload"),
        subdomain: z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "not a subdomain of Zendesk")
          .optional()
          .describe("Default: the subdomain of url"),
      })
      .optional(),
    mapping: z
      .strictObject({
        /** Meaning of a user's external id. */
        userExternalId: z.enum(["product_user", "crm_id", "none"]).default("product_user"),
        /** Meaning of an organization's external id. */
        organizationExternalId: z.enum(["crm_id", "none"]).default("crm_id"),
        /** User fields (checkboxes) that are checked when a person withdrew consent, by purpose. One without a purpose is about analytics. */
        optOut: consentFields({ analytics: ["analytics_opt_out"] }, () => "analytics"),
        /**
         * Tags of tickets that are escalated. A new ticket gets the tags of its user and organization, so a tag of important customers here
         * makes each of their questions an escalation.
         */
        escalationTags: z.array(z.string().min(1)).default(["escalated", "escalation"]),
        /** User fields. Zendesk itself keeps the whole name only. */
        ...attributeFields({}),
      })
      .prefault({}),
  })
  .refine((options) => !options.panel || subdomainOf(options) !== null, {
    path: ["panel"],
    message: "The URL names no subdomain of zendesk.com. Set panel.subdomain",
  });
export type ZendeskOptions = z.infer<typeof ZendeskOptions>;
