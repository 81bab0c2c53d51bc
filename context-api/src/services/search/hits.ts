import type { SearchHit } from "@sidelight/contracts/search/search.ts";
import type { EventsTable } from "../../store/schema.ts";
import { iso } from "../instant.ts";

export const hit = (
  kind: SearchHit["kind"],
  id: string,
  {
    label,
    detail = null,
    at = null,
    address = null,
    steps = [],
  }: Partial<Omit<SearchHit, "at">> & { label: string; at?: number | null },
): SearchHit => ({ kind, id, label, detail, at: at === null ? null : iso(at), address, steps });

/** An event in words: its type and source name no customer. */
export const eventHit = ({
  event_id,
  type,
  connection,
  received_at,
}: Pick<EventsTable, "event_id" | "type" | "connection" | "received_at">): SearchHit =>
  hit("event", event_id, {
    label: type,
    detail: `From ${connection}`,
    at: received_at,
    address: `events/${event_id}`,
  });
