import { type OlderEvents as Events, toOlderEvents } from "@sidelight/panel/timeline/olderEvents.ts";
import { useSyncExternalStore } from "react";
import { Item } from "./Item.tsx";
import type { OlderEventsScope } from "./olderEventsScope.ts";

interface Props extends OlderEventsScope {
  events: Events;
  /** Only events of this platform, or null for all. */
  source: string | null;
  newTab: string;
}

/** The events before those of the section. */
export function OlderEvents({ context, options, customer, events, source, newTab }: Props) {
  const state = useSyncExternalStore(events.subscribe, () => events.state(source));
  const isOfCustomer = state.ref === customer;
  const view = toOlderEvents(context, options, isOfCustomer ? state : { ...state, items: [], phase: "idle" });
  const { items, button } = view;
  return (
    <>
      {items.length > 0 && (
        <ul className="items">
          {items.map((item) => (
            <Item key={item.key} item={item} newTab={newTab} />
          ))}
        </ul>
      )}
      {button && (
        <button
          type="button"
          className="link"
          aria-disabled={button.disabled}
          onClick={() => button.disabled || void events.load(customer, source)}
        >
          {button.label}
        </button>
      )}
      <p className="quiet small" role="status">
        <bdi>{view.status}</bdi>
      </p>
    </>
  );
}
