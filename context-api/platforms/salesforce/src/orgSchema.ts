import { createHash } from "node:crypto";
import { type Purpose, purposes } from "@sidelight/model/purposes.ts";
import { consentFieldNames } from "@sidelight/platform-kit/consent.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import type { FieldDescription, SalesforceClient } from "./client.ts";
import { externalId } from "./externalId.ts";
import { amountObjects, currencyOf, mappedFields, standardFields } from "./fields.ts";
import type { SalesforceObject } from "./objects.ts";
import type { Mapping, ReadOptions } from "./options.ts";
import { isMissingObject, MissingObjectError } from "./refusal.ts";

/** Descriptions are read again after a day, or earlier where something is missing: an administrator may be about to add it. */
const completeTtlMs = 86_400_000;
const incompleteTtlMs = 3_600_000;
const missingObjectTtlMs = 240_000;

/** Changes with what records.ts makes of a row, so that stored records are read again after an upgrade. */
const recordVersion = 3;

/** What one org offers of an object, and how the mapping reads it. Names have the spelling of the org. */
export interface ObjectView {
  object: SalesforceObject;
  /** The columns of a query. */
  columns: string[];
  /** The mapping without what the org lacks. */
  mapping: Mapping;
  /** Mapped fields that the org lacks or hides from the integration's user, and consent fields that are no checkbox: `Account.ARR__c`. */
  missing: string[];
  /** Standard fields that the org hides from the integration's user: `Opportunity.Amount`. */
  hidden: string[];
  /** Purposes whose consent field is missing. What is stored about them stays: a field that vanished gives no consent. */
  unknownConsent: readonly Purpose[];
  /** Columns that a text can be compared with in a condition. */
  searchable: ReadonlySet<string>;
  /** All fields of the object by name, with their types. */
  types: ReadonlyMap<string, string>;
  /** True when a column can change without a new SystemModstamp: a formula, a roll-up summary, or a field of a related record. */
  isBlind: boolean;
  /** True when a column belongs to a related record. */
  hasRelationships: boolean;
  /** Changes whenever stored records have to be read again, because they were made from other columns. */
  fingerprint: string;
}

export interface OrgSchema {
  /** @throws {MissingObjectError} */
  view(object: SalesforceObject, call: CallOptions): Promise<ObjectView>;
  /** Forgets an object's description after Salesforce refused a query. `withoutRelationships`: reads no related records until then. */
  refresh(object: SalesforceObject, options?: { withoutRelationships: boolean }): void;
  /** What the mapping names and the org lacked when it was last described. */
  missing(): string[];
  /** Standard fields that the org hid from the integration's user when it was last described. */
  hidden(): string[];
}

interface CachedView {
  view: ObjectView | null;
  expiresAt: number;
}

type Fields = ReadonlyMap<string, FieldDescription>;
type Resolve = (field: string) => ResolvedField | null;
interface ResolvedField {
  name: string;
  type: string;
  isBlind: boolean;
  isFilterable: boolean;
}

/** Types of fields whose values are compared as text. */
const textTypes: ReadonlySet<string> = new Set(["string", "email", "phone", "url", "picklist", "combobox", "encryptedstring"]);

/**
 * Describes the org's objects, and forgets and repeats it when the org may have changed.
 * @param now the monotonic clock
 */
export function createOrgSchema(client: SalesforceClient, options: ReadOptions, now: () => number): OrgSchema {
  const views = new Map<SalesforceObject, CachedView>();
  const relatedByObject = new Map<string, { fields: Fields | null; expiresAt: number }>();
  const flatObjects = new Set<SalesforceObject>();
  const pending = singleFlight<ObjectView | null>();

  return {
    async view(object, call) {
      const cachedView = views.get(object);
      const isCurrent = cachedView !== undefined && now() < cachedView.expiresAt;
      const view = isCurrent ? cachedView.view : await pending(object, () => describe(object, call));
      if (view === null) throw new MissingObjectError(object);
      return view;
    },
    refresh(object, { withoutRelationships } = { withoutRelationships: false }) {
      // The last view stays for `missing` until the object is described again.
      const cachedView = views.get(object);
      if (cachedView) views.set(object, { ...cachedView, expiresAt: Number.NEGATIVE_INFINITY });
      relatedByObject.clear();
      if (withoutRelationships) flatObjects.add(object);
    },
    missing: () =>
      [...views].flatMap(([object, { view }]) => (view === null ? [object] : view.missing)).sort((a, b) => a.localeCompare(b)),
    hidden: () => [...views.values()].flatMap(({ view }) => view?.hidden ?? []).sort((a, b) => a.localeCompare(b)),
  };

  async function describe(object: SalesforceObject, call: CallOptions): Promise<ObjectView | null> {
    const fields = await fieldsOf(object, call);
    if (fields === null) {
      views.set(object, { view: null, expiresAt: now() + missingObjectTtlMs });
      return null;
    }
    const isFlat = flatObjects.delete(object);
    const resolutions = new Map<string, ResolvedField | null>();
    for (const field of [...standardFields[object], ...mappedFields(object, options.mapping)])
      resolutions.set(field, await resolveField(field, fields, call, isFlat));
    const currency = await currencyColumns(object, resolutions, fields, call, isFlat);
    const view = toView(object, options.mapping, (field) => resolutions.get(field) ?? null, currency, fields);
    const isComplete = view.missing.length + view.hidden.length === 0;
    views.set(object, { view, expiresAt: now() + (isComplete ? completeTtlMs : incompleteTtlMs) });
    return view;
  }

  /** Columns that name the currency of the object's amounts. An org with a single currency has none. */
  async function currencyColumns(
    object: SalesforceObject,
    resolutions: ReadonlyMap<string, ResolvedField | null>,
    fields: Fields,
    call: CallOptions,
    isFlat: boolean,
  ): Promise<ResolvedField[]> {
    if (!amountObjects.has(object)) return [];
    const arr = object === "Account" ? (resolutions.get(options.mapping.account.arr ?? "")?.name ?? "") : "";
    const names = [...new Set(["", arr].map(currencyOf))];
    const columns = await Promise.all(names.map((name) => resolveField(name, fields, call, isFlat)));
    return columns.filter((column) => column !== null);
  }

  /** Null when the org has no such object. */
  async function fieldsOf(object: string, call: CallOptions): Promise<Fields | null> {
    try {
      return new Map((await client.describe(object, call)).map((field) => [field.name.toLowerCase(), field]));
    } catch (error) {
      if (isMissingObject(error)) return null;
      throw error;
    }
  }

  /** A field's own spelling; null when the org lacks it. Salesforce compares names without case. */
  async function resolveField(field: string, fields: Fields, call: CallOptions, isFlat: boolean): Promise<ResolvedField | null> {
    const [head = "", tail] = field.split(".", 2);
    if (tail === undefined) {
      const ownField = fields.get(head.toLowerCase());
      return ownField ? resolvedOf(ownField, ownField.name, ownField.calculated) : null;
    }
    const reference = [...fields.values()].find((f) => f.relationshipName?.toLowerCase() === head.toLowerCase());
    if (isFlat || !reference?.relationshipName) return null;
    const relatedField = await findRelated(reference, tail, call);
    return relatedField && resolvedOf(relatedField, `${reference.relationshipName}.${relatedField.name}`, true);
  }

  async function findRelated(
    { referenceTo }: FieldDescription,
    tail: string,
    call: CallOptions,
  ): Promise<Pick<FieldDescription, "name" | "type" | "filterable"> | null> {
    const [target, ...otherTargets] = referenceTo;
    if (target === undefined) return null;
    if (otherTargets.length === 0) return (await relatedFields(target, call))?.get(tail.toLowerCase()) ?? null;
    // A relationship with several target objects offers the fields of the Name object only.
    const name = nameFields.find((candidate) => candidate.toLowerCase() === tail.toLowerCase());
    return name === undefined ? null : { name, type: name === "IsActive" ? "boolean" : "string", filterable: true };
  }

  async function relatedFields(object: string, call: CallOptions): Promise<Fields | null> {
    const cachedFields = relatedByObject.get(object);
    if (cachedFields && now() < cachedFields.expiresAt) return cachedFields.fields;
    const fields = await fieldsOf(object, call);
    relatedByObject.set(object, { fields, expiresAt: now() + (fields === null ? incompleteTtlMs : completeTtlMs) });
    return fields;
  }
}

const resolvedOf = (
  { type, filterable }: Pick<FieldDescription, "type" | "filterable">,
  name: string,
  isBlind: boolean,
): ResolvedField => ({ name, type, isBlind, isFilterable: filterable });

const nameFields = ["Id", "Name", "Type", "FirstName", "LastName", "Email", "Username", "Title", "Phone", "Alias", "IsActive"];

function toView(
  object: SalesforceObject,
  mapping: Mapping,
  resolveAny: Resolve,
  currency: readonly ResolvedField[],
  fields: Fields,
): ObjectView {
  const mapped = mappedFields(object, mapping);
  const consent = consentFieldNames(mapping.contact.optOut);
  const resolve = (field: string) => {
    const resolved = resolveAny(field);
    // Only a checkbox shows whether somebody declined. The values of a formula or a related record are looked at when they are read.
    const isUnusable = consent.includes(field) && resolved?.isBlind === false && resolved.type !== "boolean";
    return isUnusable ? null : resolved;
  };
  const resolved = [...standardFields[object], ...mapped].flatMap((field) => resolve(field) ?? []);
  const usedFields = [...resolved, ...currency];
  const columns = [...new Set(["Id", "SystemModstamp", "IsDeleted", ...usedFields.map(({ name }) => name)])];
  const orgMapping = {
    ...mapping,
    account: orgNames(mapping.account, resolve),
    contact: orgNames(mapping.contact, resolve),
    lead: orgNames(mapping.lead, resolve),
    fields: { person: orgNames(mapping.fields.person, resolve), company: orgNames(mapping.fields.company, resolve) },
    fieldsGone: Object.entries(mapping.account).flatMap(([name, field]) => (field !== null && !resolve(field) ? [name] : [])),
  };
  return {
    object,
    columns,
    mapping: orgMapping,
    missing: [...new Set(mapped.filter((field) => resolve(field) === null))].map((field) => `${object}.${field}`),
    hidden: grantedFields(object)
      .filter((field) => resolve(field) === null && !mapped.includes(field))
      .map((field) => `${object}.${field}`),
    unknownConsent: purposes.filter((purpose) =>
      mapping.contact.optOut[purpose]?.some((field) => mapped.includes(field) && !resolve(field)),
    ),
    isBlind: usedFields.some(({ isBlind }) => isBlind),
    searchable: new Set(
      usedFields.flatMap(({ name, type, isFilterable }) => (isFilterable && textTypes.has(type) ? [name] : [])),
    ),
    types: new Map([...fields.values()].map(({ name, type }) => [name, type])),
    hasRelationships: columns.some((column) => column.includes(".")),
    fingerprint: createHash("sha256")
      .update(JSON.stringify([recordVersion, columns, orgMapping]))
      .digest("base64url")
      .slice(0, 16),
  };
}

/** Standard fields that an administrator has to grant. Owners' names come with the owner, and our own field with our package. */
const grantedFields = (object: SalesforceObject): string[] =>
  standardFields[object].filter((field) => !field.includes(".") && field !== externalId);

/** A part of the mapping with the names of the org. A field that the org lacks becomes null, or leaves its list. */
function orgNames<T>(part: T, resolve: Resolve): T {
  if (typeof part === "string") return (resolve(part)?.name ?? null) as T;
  if (Array.isArray(part)) return part.flatMap((field) => orgNames(field, resolve) ?? []) as T;
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, orgNames(value, resolve)])) as T;
}
