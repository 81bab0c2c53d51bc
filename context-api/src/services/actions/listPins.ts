import type { CustomerPinList } from "@sidelight/contracts/actions/action.ts";
import { openReader } from "../../log/reader.ts";
import { listCustomerPins } from "../../store/tables/customerPins.ts";
import { iso } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { maxPins, pinOwner } from "./pinOwner.ts";

/** The customers that the caller pinned, the newest pin first, as they are today. */
export const listPins = defineService(
  "act:pin",
  async ({ served, actor }: ServiceContext, _: object): Promise<CustomerPinList> => {
    const { log } = served.tenant;
    const pins = await listCustomerPins(log.store, pinOwner(log, actor), maxPins);
    const nodes = await openReader(log).nodesOf(pins.map(({ key }) => key));
    const times = new Map<string, number>();
    for (const { key, kind, pinned_at } of pins) {
      const node = nodes.get(key);
      if (node === undefined) continue;
      const customer = `${kind}:${node}`;
      times.set(customer, Math.max(pinned_at, times.get(customer) ?? 0));
    }
    const newestFirst = [...times].sort(([a, first], [b, second]) => second - first || a.localeCompare(b));
    return { items: newestFirst.map(([customer, instant]) => ({ customer, at: iso(instant) })), nextCursor: null };
  },
);
