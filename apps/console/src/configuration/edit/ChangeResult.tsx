import type { ConfigChange } from "@sidelight/contracts/config/change.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Part } from "../../ui/Part.tsx";
import { Table } from "../../ui/Table.tsx";
import { counted } from "../../ui/words.ts";

/** What a change does: its faults, or its differences and what past events would have led to. */
export function ChangeResult({ change }: { change: ConfigChange }) {
  if (change.issues.length > 0) return <Issues issues={change.issues} />;
  return (
    <>
      <Changes change={change} />
      {change.dryRun && <DryRun dryRun={change.dryRun} />}
    </>
  );
}

function Issues({ issues }: Pick<ConfigChange, "issues">) {
  return (
    <div className="notice notice-problem" role="alert">
      <p>
        <strong>The change has {counted(issues.length, "fault")}. It cannot be applied.</strong>
      </p>
      <ul className="bullets">
        {issues.map(({ line, path, message }) => (
          <li key={`${line} ${path} ${message}`}>
            {line !== null && <>Line {line}: </>}
            {path && <code>{path}</code>} {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Changes({ change: { changes, version, reopens } }: { change: ConfigChange }) {
  if (changes.length === 0) return <p className="notice">Nothing changes: the active version says the same.</p>;
  return (
    <Part title={`${counted(changes.length, "change")}: version ${version}`}>
      {reopens && (
        <p className="notice">More than routes change. The connections are opened again; requests in progress finish first.</p>
      )}
      <Table columns={["Setting", "Now", "Then"]} isStacked>
        {changes.map(({ path, previous, next }) => (
          <tr key={path}>
            <td>
              <code>{path}</code>
            </td>
            <td data-label="Now">
              <Value text={previous} />
            </td>
            <td data-label="Then">
              <Value text={next} />
            </td>
          </tr>
        ))}
      </Table>
    </Part>
  );
}

const Value = ({ text }: { text: string | null }) =>
  text === null ? <span className="muted">none</span> : <span className="config-value">{text}</span>;

function DryRun({ dryRun }: { dryRun: NonNullable<ConfigChange["dryRun"]> }) {
  const { events, same, added, removed, changed, isComplete, routes } = dryRun;
  return (
    <Part title="With the events of the last 7 days">
      <p>
        {counted(events, "event")} {events === 1 ? "was" : "were"} read. {same.toLocaleString()} of their deliveries stay the
        same, {added.toLocaleString()} would be added, {removed.toLocaleString()} removed, and {changed.toLocaleString()} changed.
        Nothing was sent.
      </p>
      {!isComplete && <p className="notice">There were too many events to read all: these are the oldest ones.</p>}
      {routes.length > 0 && (
        <Table
          columns={[
            "Route",
            "What",
            { title: "Added", isNumber: true },
            { title: "Removed", isNumber: true },
            { title: "Changed", isNumber: true },
            "Examples",
          ]}
          isStacked
        >
          {routes.map((route) => (
            <tr key={`${route.route} ${route.what}`}>
              <td>{route.route ?? <Badge tone="neutral">Derived event</Badge>}</td>
              <td data-label="What">{route.what}</td>
              <td className="number" data-label="Added">
                {route.added.toLocaleString()}
              </td>
              <td className="number" data-label="Removed">
                {route.removed.toLocaleString()}
              </td>
              <td className="number" data-label="Changed">
                {route.changed.toLocaleString()}
              </td>
              <td data-label="Examples">
                {route.examples.map(({ eventId, kind, fields }) => (
                  <a key={eventId} className="example" href={`#/events/${eventId}`}>
                    {kind}
                    {fields.length > 0 && `: ${fields.join(", ")}`}
                  </a>
                ))}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Part>
  );
}
