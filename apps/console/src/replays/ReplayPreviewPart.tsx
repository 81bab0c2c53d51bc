import type { ReplayPreview } from "@sidelight/contracts/events/replay.ts";
import { Preview } from "../ui/Preview.tsx";
import { Table } from "../ui/Table.tsx";
import { counted } from "../ui/words.ts";
import { skippedWords } from "./words.ts";

interface Props {
  preview: ReplayPreview;
  isBusy: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** What a replay would send, before it is started. */
export function ReplayPreviewPart({ preview, isBusy, onConfirm, onCancel }: Props) {
  const { events, deliveries, repeated, skipped, routes, examples, isComplete, minutes } = preview;
  const words = skippedWords(skipped);
  return (
    <Preview
      title={`Send ${deliveries.toLocaleString()} ${deliveries === 1 ? "delivery" : "deliveries"}?`}
      confirm="Start the replay"
      isDisabled={deliveries === 0 || isBusy}
      {...{ onConfirm, onCancel }}
      changes={
        <Table
          columns={["Route", "Action", { title: "Deliveries", isNumber: true }, { title: "Made before", isNumber: true }]}
          isStacked
        >
          {routes.map((route) => (
            <tr key={route.route}>
              <td>{route.route}</td>
              <td data-label="Action">{route.action}</td>
              <td className="number" data-label="Deliveries">
                {route.deliveries.toLocaleString()}
              </td>
              <td className="number" data-label="Made before">
                {route.repeated.toLocaleString()}
              </td>
            </tr>
          ))}
        </Table>
      }
    >
      <p>
        {counted(events, "event")} {events === 1 ? "is" : "are"} taken by a route. {words !== "" && <>No delivery: {words}. </>}
        {repeated > 0 && <>{repeated.toLocaleString()} were made before and are sent again. </>}
        {deliveries > 0 && <>It takes at least {counted(minutes, "minute")}.</>}
      </p>
      {!isComplete && <p className="notice">There are too many events to read all: the numbers are of the oldest ones.</p>}
      {examples.length > 0 && (
        <p>
          Examples:{" "}
          {examples.map(({ eventId, route }) => (
            <a key={`${eventId} ${route}`} className="example" href={`#/events/${eventId}`}>
              {eventId}
            </a>
          ))}
        </p>
      )}
    </Preview>
  );
}
