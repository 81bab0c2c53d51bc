import type { Customer, ValueOrigin } from "@sidelight/contracts/context/context.ts";
import { isoInstant } from "@sidelight/model/instant.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { Rights } from "../security/roles.ts";
import type { CustomerRecords } from "./customerRecords.ts";
import { companySurvivor, personSurvivor, type Survivor, type Survivorship } from "./survivorship.ts";

interface CustomerInput {
  records: CustomerRecords;
  survivorship: Survivorship;
  /** The record in its platform's user interface. */
  link(record: StoredRecord): string | null;
  /** Called for each value's origin. */
  onOrigin(origin: ValueOrigin, record: StoredRecord): void;
}

/** Who the customer is, not masked, with the origin of each value. */
export function customerOf({ records, survivorship, link, onOrigin }: CustomerInput): Omit<Customer, "masked"> {
  const provenance: Customer["provenance"] = {};
  /** The value, whose origin is added under the pointer. */
  function shown(pointer: string, survivor: Survivor<StoredRecord> | null): string | null {
    if (!survivor) return null;
    const { record, rule, value } = survivor;
    const changedAt = record.changedAt === null ? null : isoInstant(record.changedAt);
    const origin: ValueOrigin = { record: record.ref, changedAt, rule, event: null, link: link(record) };
    onOrigin(origin, record);
    provenance[pointer] = origin;
    return value;
  }

  const { node, kind, company, parent } = records;
  const person = records.people.get(node) ?? [];
  const name = kind === "person" ? shown("/name", personSurvivor("name", person, survivorship)) : null;
  const email = kind === "person" ? shown("/email", personSurvivor("email", person, survivorship)) : null;
  const companyLabel = company && {
    id: `company:${company.node}`,
    name: shown("/company/name", companySurvivor("name", company.records, survivorship)),
    domain: shown("/company/domain", companySurvivor("domain", company.records, survivorship)),
    parent: parent && {
      id: `company:${parent.node}`,
      name: companySurvivor("name", parent.records, survivorship)?.value ?? null,
    },
  };
  if (kind === "person") return { id: `person:${node}`, name, email, company: companyLabel, provenance };
  const ownOrigin = provenance["/company/name"];
  if (ownOrigin) provenance["/name"] = ownOrigin;
  return { id: `company:${node}`, name: companyLabel?.name ?? null, email: null, company: companyLabel, provenance };
}

/** The customer as a caller with these rights sees it. */
export function maskedCustomer({ provenance, ...values }: Omit<Customer, "masked">, rights: Rights): Customer {
  const { value, masked } = maskDeep(values, rights);
  return { ...value, provenance: maskDeep(provenance, rights).value, masked };
}
