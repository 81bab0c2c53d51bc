import type { PageProps } from "../session/session.ts";
import { useAddress } from "../ui/address.ts";
import { EventList } from "./EventList.tsx";
import { EventPage } from "./EventPage.tsx";

/** The events of the log: the list, or the trace of the one that the address names. */
export function EventsPage({ session }: PageProps) {
  const [, id = ""] = useAddress();
  return id === "" ? <EventList session={session} /> : <EventPage key={id} id={id} session={session} />;
}
