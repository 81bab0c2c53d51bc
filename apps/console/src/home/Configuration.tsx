import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import { Button } from "@zendeskgarden/react-buttons";
import { useState } from "react";
import { deniedText, type Session } from "../session/session.ts";
import { Ago } from "../ui/Moment.tsx";
import { Preview } from "../ui/Preview.tsx";
import type { Change } from "../ui/useChange.ts";
import { counted } from "../ui/words.ts";

type LastChange = NonNullable<Overview["configuration"]>;

interface Props {
  session: Session;
  configuration: LastChange;
  change: Change;
}

const origins = {
  start: "Read at the start",
  reload: "Changed in the files",
  rollback: "Rolled back",
  change: "Changed in the console",
} as const;

/** The last change of the configuration, and the way back. */
export function Configuration({ session, configuration, change }: Props) {
  const [isAsking, setAsking] = useState(false);
  const { version, since, origin, previous, by, changes, changeCount } = configuration;
  const isDenied = !session.rights.operate;
  const rollBack = (to: string): void => {
    setAsking(false);
    void change.run(`Rolling back to ${to}…`, async () => {
      const status = await session.run((client) => client.rollbackConfig(to));
      return `The version ${status.version} is active.`;
    });
  };
  return (
    <section aria-labelledby="configuration">
      <h2 id="configuration">Last configuration change</h2>
      <p>
        <a href={`#/configuration/${version}`}>
          <code>{version}</code>
        </a>{" "}
        {origins[origin]} <Ago at={since} />
        {by && ` by ${by}`}
      </p>
      {changes.length > 0 && <Changes changes={changes} />}
      {changeCount > changes.length && (
        <p className="muted small">And {counted(changeCount - changes.length, "other change")}.</p>
      )}
      {previous && !isAsking && (
        <div className="buttons">
          <Button
            size="small"
            disabled={isDenied || change.isBusy}
            title={isDenied ? deniedText : undefined}
            onClick={() => setAsking(true)}
          >
            Roll back to {previous}…
          </Button>
        </div>
      )}
      {previous && isAsking && (
        <Preview
          title={`Roll back to ${previous}?`}
          confirm={`Roll back to ${previous}`}
          onConfirm={() => rollBack(previous)}
          onCancel={() => setAsking(false)}
          changes={null}
        >
          <p>It is active at once, in all processes, and stays active until the files change.</p>
        </Preview>
      )}
    </section>
  );
}

const Changes = ({ changes }: Pick<LastChange, "changes">) => (
  <ul className="config-changes small">
    {changes.map(({ path, before, after }) => (
      <li key={path}>
        <code>{path}</code>{" "}
        {before !== null && (
          <del>
            <span className="visually-hidden">was </span>
            {before}
          </del>
        )}{" "}
        {after !== null && (
          <ins>
            <span className="visually-hidden">is </span>
            {after}
          </ins>
        )}
      </li>
    ))}
  </ul>
);
