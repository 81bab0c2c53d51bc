import type { PageProps } from "../session/session.ts";
import { useAddress } from "../ui/address.ts";
import { DeliveryList } from "./DeliveryList.tsx";
import { DeliveryPage } from "./DeliveryPage.tsx";

/** What is sent to the platforms: the list, or the one that the address names. */
export function DeliveriesPage({ session }: PageProps) {
  const [, id = ""] = useAddress();
  return id === "" ? <DeliveryList session={session} /> : <DeliveryPage key={id} id={id} session={session} />;
}
