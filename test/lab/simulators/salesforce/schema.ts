import type { SObject } from "../../world/types.ts";
import { FIELDS, type Field, SYSTEM } from "./fields.ts";

export type { Field };

export interface ObjectSchema {
  name: SObject;
  prefix: string;
  label: string;
  writable: boolean;
  fields: Map<string, Field>;
  children: Record<string, { object: SObject; field: string }>;
}

const CHILDREN: Partial<Record<SObject, ObjectSchema["children"]>> = {
  Account: {
    Contacts: { object: "Contact", field: "AccountId" },
    Opportunities: { object: "Opportunity", field: "AccountId" },
    Cases: { object: "Case", field: "AccountId" },
    Tasks: { object: "Task", field: "WhatId" },
    Events: { object: "Event", field: "WhatId" },
    ChildAccounts: { object: "Account", field: "ParentId" },
  },
  Contact: {
    Tasks: { object: "Task", field: "WhoId" },
    Events: { object: "Event", field: "WhoId" },
    Cases: { object: "Case", field: "ContactId" },
  },
  Opportunity: { Tasks: { object: "Task", field: "WhatId" }, Events: { object: "Event", field: "WhatId" } },
};

const PREFIXES: Record<SObject, string> = {
  Account: "001",
  Contact: "003",
  User: "005",
  Opportunity: "006",
  Group: "00G",
  Lead: "00Q",
  Task: "00T",
  Event: "00U",
  Case: "500",
};

export const SCHEMA = new Map<string, ObjectSchema>(
  (Object.keys(FIELDS) as SObject[]).map((name) => [
    name.toLowerCase(),
    {
      name,
      prefix: PREFIXES[name],
      label: name,
      writable: name !== "User" && name !== "Group",
      fields: new Map([...SYSTEM, ...FIELDS[name]].map((f) => [f.name.toLowerCase(), f])),
      children: CHILDREN[name] ?? {},
    },
  ]),
);

export const schemaOf = (object: string): ObjectSchema | undefined => SCHEMA.get(object.toLowerCase());
export const byPrefix = (id: string): ObjectSchema | undefined =>
  [...SCHEMA.values()].find((schema) => schema.prefix === id.slice(0, 3));

/** Fields that are readable through a relationship with several target objects. */
export const NAME_FIELDS = new Set([
  "id",
  "name",
  "type",
  "firstname",
  "lastname",
  "email",
  "username",
  "title",
  "phone",
  "isactive",
  "alias",
]);
