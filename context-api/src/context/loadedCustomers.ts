import type { Clock } from "@sidelight/model/clock.ts";
import { LRUCache } from "lru-cache";
import { type Invalidations, type ReadState, stillHolds } from "../cache/answerCache.ts";
import type { CustomerRecords } from "./customerRecords.ts";

/** The records of a customer with what they were read from. */
interface LoadedCustomer extends ReadState {
  records: CustomerRecords;
}

/**
 * The records of large companies that were read a short time ago. To read and decrypt those of thousands of people takes longer than the
 * rest of an answer, and readers of one company with other rights, sections or fields share them.
 */
export interface LoadedCustomers {
  /** The records under a key if nothing that they were read from has changed; null otherwise. */
  get(key: string): LoadedCustomer | null;
  set(key: string, customer: LoadedCustomer): void;
}

/** A smaller customer is read in a few milliseconds. */
const minRecords = 500;
/** Of all kept customers together. A record takes about two kilobytes. */
const maxRecords = 40_000;
/** When records were last seen unchanged at their source is no event. */
const maxAgeMs = 15_000;

export function createLoadedCustomers(log: Invalidations, clock: Pick<Clock, "monotonic">): LoadedCustomers {
  const customers = new LRUCache<string, { customer: LoadedCustomer; loadedAt: number; size: number }>({
    maxSize: maxRecords,
    sizeCalculation: ({ size }) => size,
  });
  return {
    get(key) {
      const entry = customers.get(key);
      if (!entry) return null;
      if (clock.monotonic() - entry.loadedAt < maxAgeMs && stillHolds(entry.customer, log)) return entry.customer;
      customers.delete(key);
      return null;
    },
    set(key, customer) {
      const size = sizeOf(customer.records);
      if (size >= minRecords) customers.set(key, { customer, loadedAt: clock.monotonic(), size });
    },
  };
}

function sizeOf(customer: CustomerRecords): number {
  const { people, tickets, ratings, opportunities, activities, cases, usage, memberships, subsidiaries } = customer;
  const lists = [tickets, ratings, opportunities, activities, cases, usage, memberships];
  return (
    lists.reduce((sum, list) => sum + list.length, 0) +
    [...people.values()].reduce((sum, person) => sum + person.length, 0) +
    subsidiaries.reduce((sum, subsidiary) => sum + sizeOf(subsidiary), 0)
  );
}
