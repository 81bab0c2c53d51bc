import { type Identifiers, lookUpName } from "@sidelight/model/identifiers/identifiers.ts";
import { isRoleAddress } from "@sidelight/model/identifiers/roleMailboxes.ts";
import type { Identifier, StoredRecord } from "@sidelight/model/records.ts";
import { clusteringKinds } from "../identity/clusterRecord.ts";
import type { InputRecord } from "../identity/matching/inputRecord.ts";
import { nameIn } from "./scoreCustomers.ts";

/** An identifier under which records of the same person may be stored. */
export interface LookUp {
  /** As in the projection. */
  kind: string;
  value: string;
  /** True when records with it are one customer, unless something contradicts it. */
  isCertain: boolean;
}

/** Identifiers of one person that are looked up, the strongest first. */
const maxLookUps = 20;

const certainKinds: readonly string[] = Object.keys(clusteringKinds.person);
const otherKinds = ["phone", "person_name", "email_domain"];
const order = [...certainKinds, ...otherKinds];

/**
 * What a person's records may be stored under: addresses and their other spellings, numbers, ids, the name, and the company's domain.
 * @param ownRecords stored records of the same person
 */
export function lookUpsOf(
  record: InputRecord,
  ownRecords: readonly StoredRecord<"person">[],
  identifiers: Identifiers,
): LookUp[] {
  const values = identifiers.ofPerson({ emails: record.emails, phones: record.phones });
  const ids = record.externalIds.flatMap((externalId) => identifiersOfId(externalId, identifiers));
  const allIdentifiers: Identifier[] = [
    ...values.identifiers,
    ...ids,
    ...ownRecords.flatMap((storedRecord) => storedRecord.identifiers),
  ];
  const spellings = allIdentifiers.flatMap(({ kind, value }) => (kind === "email" ? otherSpellings(value) : []));
  const lookUps = [
    ...allIdentifiers.map((identifier) => ({ ...identifier, isCertain: isCertain(identifier) })),
    ...spellings.map((value) => ({ kind: "email", value, isCertain: false })),
    ...namesOf(record, ownRecords).map((value) => ({ kind: "person_name", value, isCertain: false })),
  ].filter(({ kind }) => order.includes(kind));
  const unique = new Map(lookUps.toReversed().map((lookUp) => [`${lookUp.kind}\n${lookUp.value}`, lookUp]));
  return [...unique.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)).slice(0, maxLookUps);
}

const isCertain = ({ kind, value }: Identifier): boolean =>
  certainKinds.includes(kind) && !(kind === "email" && isRoleAddress(value));

/** An id without a kind may be one of the product or of the CRM: its form decides. */
const identifiersOfId = ({ kind, id }: InputRecord["externalIds"][number], identifiers: Identifiers): Identifier[] =>
  identifiers.ofPerson(kind === "crm_id" ? { emails: [], crmId: id } : { emails: [], productUser: id }).identifiers;

function namesOf(record: InputRecord, ownRecords: readonly StoredRecord<"person">[]): string[] {
  const names = [nameIn(record), ...ownRecords.map(({ data }) => data.name)];
  return [...new Set(names.flatMap((name) => lookUpName(name) ?? []))];
}

const dotlessProviders = new Set(["gmail.com", "googlemail.com"]);

/** The address without its plus tag, and without the dots that its provider ignores. */
function otherSpellings(address: string): string[] {
  const separator = address.lastIndexOf("@");
  const [local, domain] = [address.slice(0, separator), address.slice(separator + 1)];
  const untaggedLocal = local.replace(/(?<=.)\+.*$/, "");
  const dotless = dotlessProviders.has(domain) ? untaggedLocal.replaceAll(".", "") : untaggedLocal;
  return [untaggedLocal, dotless]
    .filter((spelling) => spelling !== local && spelling !== "")
    .map((spelling) => `${spelling}@${domain}`);
}
