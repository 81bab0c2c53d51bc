import { z } from "zod";
import type { SalesforceObject } from "./objects.ts";
import { idPrefixes } from "./objects.ts";

const objectNames = Object.keys(idPrefixes) as [SalesforceObject, ...SalesforceObject[]];

const field = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?$/)
  .nullable();

const ClientCredentials = z.strictObject({
  flow: z.literal("client-credentials").optional(),
  clientId: z.string(),
  clientSecret: z.string().describe("Name of the secret"),
});

const JwtBearer = z.strictObject({
  flow: z.literal("jwt"),
  clientId: z.string(),
  username: z.string().describe("The integration's user"),
  privateKey: z.string().describe("Name of the secret: an RSA key in PEM; the app has its certificate"),
  audience: z.url().optional().describe("default: My Domain"),
});

/** How a connection signs in. */
export const SalesforceAuth = z.discriminatedUnion("flow", [ClientCredentials, JwtBearer]);
export type SalesforceAuth = z.infer<typeof SalesforceAuth>;

/** Settings of a connection to one Salesforce org. A mapped field that the org lacks counts as not mapped. */
export const SalesforceOptions = z.strictObject({
  url: z.url().describe("My Domain: https://{name}.my.salesforce.com"),
  appUrl: z.url().optional().describe("Lightning URL, for links; default: My Domain"),
  apiVersion: z
    .string()
    .regex(/^\d{2,3}\.0$/)
    .default("67.0"),
  auth: SalesforceAuth,
  requestsPerDay: z.number().int().positive().default(100_000),
  pullEverySeconds: z.number().positive().default(900),
  /** Live changes over a streaming connection. The objects must be selected in Setup → Change Data Capture. */
  changeDataCapture: z
    .strictObject({
      objects: z.array(z.enum(objectNames)).min(1),
      channel: z
        .string()
        .regex(
          /^\/data\/(ChangeEvents|[A-Za-z]\w*__chn)$/,
          "must be /data/ChangeEvents or a custom channel: /data/Sidelight__chn",
        )
        .default("/data/ChangeEvents"),
    })
    .optional(),
  mapping: z
    .strictObject({
      account: z
        .strictObject({
          arr: field.default("ARR__c"),
          currency: field.default("CurrencyIsoCode"),
          renewalDate: field.default("Renewal_Date__c"),
          plan: field.default("Plan__c"),
          stage: field.default("Type"),
          nextStep: field.default("Next_Step__c"),
          domain: field.default("Website"),
        })
        .prefault({}),
      contact: z
        .strictObject({
          emails: z.array(z.string()).default(["Email", "Secondary_Email__c"]),
          phones: z.array(z.string()).default(["Phone", "MobilePhone"]),
          /** Field (checkbox) that is checked when a person opted out of analysis. The default is the e-mail opt-out, to be safe. */
          optOut: field.default("HasOptedOutOfEmail"),
          productUser: field.default(null),
        })
        .prefault({}),
      /** Currency of an org with a single currency. */
      defaultCurrency: z.string().length(3).default("USD"),
    })
    .prefault({}),
});
export type SalesforceOptions = z.infer<typeof SalesforceOptions>;
