import type { SearchHit } from "@sidelight/contracts/search/search.ts";
import { type ParsedRef, parseRef } from "@sidelight/model/refs.ts";
import { defaultCountryOf } from "../../config/identifiers.ts";
import type { Tenant } from "../../context/tenant.ts";
import { defaultDeadlineMs } from "../contexts/contextQuery.ts";
import type { ServiceContext } from "../service.ts";
import { hit } from "./hits.ts";

const maxObjects = 12;

/** The customers that a text names, from the store only, masked for the caller. */
export async function findCustomers(context: ServiceContext, text: string): Promise<SearchHit[]> {
  const hits = await Promise.all(refsOf(context.served.tenant, text).map((ref) => customersOf(context, ref)));
  return hits.flat();
}

/**
 * Everything that a text can name: a ref, an address, a number, a domain, or the id of a record on any platform.
 * @returns at most one ref for each kind of object
 */
export function refsOf({ platforms, config }: Pick<Tenant, "platforms" | "config">, text: string): ParsedRef[] {
  const read = (ref: string): ParsedRef[] => {
    const parsed = parseRef(ref, platforms, defaultCountryOf(config));
    return "problem" in parsed ? [] : [parsed];
  };
  const ownIds = read(text);
  if (ownIds.length > 0) return ownIds;
  const values = (["email", "phone", "domain"] as const).flatMap((kind) => read(`${kind}:${text}`));
  const objects = [...platforms.values()].flatMap(({ name, objects: types }) =>
    Object.keys(types).flatMap((object) => read(`${name}.${object}:${text}`)),
  );
  return [...values, ...objects.slice(0, maxObjects)];
}

async function customersOf({ served, actor }: ServiceContext, ref: ParsedRef): Promise<SearchHit[]> {
  const query = { ref, rights: actor.rights, sections: [], deadlineMs: defaultDeadlineMs, storeOnly: true };
  const { context } = await served.contexts.read(query);
  const { match, customer, kind } = context;
  if (match.state === "ambiguous")
    return match.candidates.map((candidate) =>
      hit("customer", candidate.id, {
        label: candidate.label,
        detail: candidate.distinguishing.map(({ value }) => value).join(", ") || null,
        address: addressOf(candidate.id),
      }),
    );
  if (customer === null) return [];
  const detail = [kind === "company" ? "Company" : "Person", customer.email, customer.company?.name]
    .filter((part) => part !== null && part !== undefined)
    .join(", ");
  return [hit("customer", customer.id, { label: customer.name ?? "Unnamed", detail, address: addressOf(customer.id) })];
}

/** Its id is chosen by Sidelight, so it may be in an address. */
const addressOf = (id: string): string => `customer/${encodeURIComponent(id)}`;
