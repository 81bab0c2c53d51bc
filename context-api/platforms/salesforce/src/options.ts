import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import type { Purpose } from "@sidelight/model/purposes.ts";
import { attributeFields } from "@sidelight/platform-kit/attributes.ts";
import { consentFields } from "@sidelight/platform-kit/consent.ts";
import type { WithIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import { secretName } from "@sidelight/platform-kit/settings.ts";
import { isPem, rsaKeyProblem } from "@sidelight/platform-kit/signingKeys.ts";
import { z } from "zod";
import { addressColumns } from "./compoundFields.ts";
import type { SalesforceObject } from "./objects.ts";
import { idPrefixes } from "./objects.ts";

const objectNames = Object.keys(idPrefixes) as [SalesforceObject, ...SalesforceObject[]];

const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?$/);
const field = fieldName.nullable();

const addressField = fieldName.regex(
  /(Address|__c)$/i,
  "must be an address field, as in MailingAddress; of other fields name the parts, as in { line: Street_Line__c }",
);

/** A compound address means its columns: a read of the whole field would bring coordinates too. */
const attributes = attributeFields({
  ...{ givenName: "FirstName", familyName: "LastName", field: fieldName },
  address: { field: addressField, partsOf: addressColumns },
});

/** What Salesforce's own consent fields of contacts and leads are about. A custom field is about analytics. */
const purposeByField: Record<string, Purpose> = {
  HasOptedOutOfEmail: "marketing",
  HasOptedOutOfFax: "marketing",
  HasOptedOutSolicit: "marketing",
  DoNotCall: "sales",
};
/** The field may be one of a related record: `Individual.HasOptedOutSolicit`. */
const purposeOfField = (name: string): Purpose => purposeByField[name.slice(name.indexOf(".") + 1)] ?? "analytics";

const ClientCredentials = z.strictObject({
  flow: z.literal("client-credentials").optional(),
  clientId: z.string(),
  clientSecret: secretName({ description: "the consumer secret of the app" }),
});

const JwtBearer = z.strictObject({
  flow: z.literal("jwt"),
  clientId: z.string(),
  username: z.string().describe("The integration's user"),
  privateKey: secretName({
    description: "an RSA key in PEM; the app has its certificate",
    problem: (value) => (value.includes("PRIVATE KEY-----") ? null : "is not a private key in PEM"),
  }),
  audience: z.url().optional().describe("default: My Domain"),
});

/** How a connection signs in. */
export const SalesforceAuth = z.discriminatedUnion("flow", [ClientCredentials, JwtBearer]);
export type SalesforceAuth = z.infer<typeof SalesforceAuth>;

const Certificate = z
  .string()
  .min(1)
  .superRefine((value, { addIssue }) => {
    const problem = isPem(value) ? rsaKeyProblem(value) : null;
    if (problem) addIssue({ code: "custom", message: `The certificate ${problem}` });
  });

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
  /** Sign-in of users by assertions of Apex. Without it, the component uses the API key of the org. */
  panel: z
    .strictObject({
      organizationId: z
        .string()
        .refine((id) => salesforceId(id, ["00D"]) !== null, "not the id of an org, as in Setup → Company Information"),
      certificates: z
        .array(Certificate)
        .min(1)
        .max(5)
        .describe(
          "Certificates that may sign: the PEM itself, or the name of a secret that contains it. Two while it is replaced",
        ),
    })
    .optional(),
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
          /** Fields (checkboxes) that are checked when a person withdrew consent, by purpose. */
          optOut: consentFields({ marketing: ["HasOptedOutOfEmail"] }, purposeOfField, fieldName),
          productUser: field.default(null),
          ...attributes,
        })
        .prefault({}),
      /** A lead's company is a standard field. */
      lead: z.strictObject(attributes).omit({ company: true }).prefault({}),
      /** Currency of an org with a single currency. */
      defaultCurrency: z
        .string()
        .regex(/^[A-Z]{3}$/, "must be an ISO code: USD")
        .default("USD"),
    })
    .prefault({}),
});
export type SalesforceOptions = z.infer<typeof SalesforceOptions>;
/** What an open connection adds to its mapping. */
interface MappingTools {
  /** The calendar day of an instant in the tenant's time zone. */
  dayOf(ms: number): string;
  /** Fields of the account mapping that the org lacks: `renewalDate`. */
  fieldsGone?: readonly string[];
}

/** The options of an open connection: its mapping has the tenant's identifier rules. */
export type ReadOptions = WithIdentifiers<SalesforceOptions> & { mapping: MappingTools };
/** How an org's fields become records. Null: not mapped. */
export type Mapping = ReadOptions["mapping"];
