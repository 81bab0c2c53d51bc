import type { SearchHit } from "@sidelight/contracts/search/search.ts";
import { listNewestEventsOf } from "../../store/tables/events.ts";
import type { ServiceContext } from "../service.ts";
import { refsOf } from "./findCustomers.ts";
import { eventHit } from "./hits.ts";

const maxEvents = 5;

/** The newest events about the record that a text names: a ticket number, or the 18 characters of Salesforce. */
export async function findRecords({ served }: ServiceContext, text: string): Promise<SearchHit[]> {
  const { log } = served.tenant;
  const refs = refsOf(served.tenant, text).filter((ref) => ref.kind === "object");
  const events = await Promise.all(refs.map(({ ref }) => listNewestEventsOf(log.store, log.key(ref), maxEvents)));
  return events.flat().map(eventHit);
}
