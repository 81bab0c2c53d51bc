import type { AuditEntry } from "@sidelight/contracts/actions/action.ts";
import type { ConfigStatus, ConfigVersion } from "@sidelight/contracts/config/configuration.ts";
import { useCallback } from "react";
import { actorWords } from "../audit/words.ts";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { Facts } from "../ui/Facts.tsx";
import { List } from "../ui/List.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Part } from "../ui/Part.tsx";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { useList } from "../ui/useList.ts";
import { originWords } from "./words.ts";

/** What is active, what is wrong with the files, and every version that was active. */
export function VersionList({ session }: PageProps) {
  const answer = useAnswer(
    useCallback(
      async (signal: AbortSignal) => {
        const status = await session.run((client) => client.getConfig({ signal }));
        const rollbacks = await session.run((client) => client.getAudit({ type: "config.rollback", limit: 200, signal }));
        return { status, rollbacks: rollbacks.items };
      },
      [session],
    ),
  );
  const list = useList(
    useCallback(
      (cursor: string | undefined, signal: AbortSignal) =>
        session.run((client) => client.getConfigVersions({ limit: 50, signal, ...(cursor !== undefined && { cursor }) })),
      [session],
    ),
  );
  if (answer.status === "loading") return <Loading />;
  if (answer.status === "failed") return <Failed text={answer.problem} onRetry={answer.reload} />;
  const { status, rollbacks } = answer.value;
  return (
    <>
      <p className="page-links">
        <a href="#/configuration/edit">Edit the configuration</a>
        <a href="#/configuration/canaries">Tried with a part of the events</a>
      </p>
      <ActiveVersion status={status} />
      <Part title="Versions">
        <List list={list} empty={<Empty title="No versions yet" />}>
          <Table columns={["Version", "Active since", "Activated by", { title: "Actions", isHidden: true }]} isStacked>
            {list.items.map((version) => (
              <Row key={version.version} version={version} isActive={version.version === status.version} rollbacks={rollbacks} />
            ))}
          </Table>
        </List>
      </Part>
    </>
  );
}

function ActiveVersion({ status }: { status: ConfigStatus }) {
  const { version, since, origin, environment, files, pinned, problem, needsRestart } = status;
  return (
    <>
      {problem && (
        <div className="notice notice-problem" role="alert">
          <p>
            <strong>
              The files have errors since <Moment at={problem.since} />. The last valid version stays active.
            </strong>
          </p>
          <ul className="bullets">
            {problem.issues.map(({ file, line, path, message }) => (
              <li key={`${file} ${line} ${path} ${message}`}>
                {file && <code>{line === null ? file : `${file}:${line}`}</code>} {path && <code>{path}</code>} {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {pinned && (
        <p className="notice">
          {origin === "change" ? "Changed here to" : "Rolled back to"} <code>{pinned.version}</code>. It stays active until the
          files contain another version than <code>{pinned.over}</code>: write it into the files, then they take over.
        </p>
      )}
      {needsRestart.length > 0 && <p className="notice">These changed settings need a restart: {needsRestart.join(", ")}.</p>}
      <Facts
        facts={{
          "Active version": <span className="id">{version}</span>,
          Since: <Moment at={since} />,
          "Activated by": originWords[origin],
          Environment: environment,
          Files: files.join(", "),
        }}
      />
    </>
  );
}

interface RowProps {
  version: ConfigVersion;
  isActive: boolean;
  rollbacks: readonly AuditEntry[];
}

function Row({ version: { version, since, origin }, isActive, rollbacks }: RowProps) {
  const rollback = origin === "rollback" ? rollbacks.find(({ ids }) => ids["version"] === version) : undefined;
  return (
    <tr>
      <td>
        <a className="id" href={`#/configuration/${encodeURIComponent(version)}`}>
          {version}
        </a>
      </td>
      <td data-label="Active since">
        <Moment at={since} />
      </td>
      <td data-label="Activated by">
        {originWords[origin]}
        {rollback && <span className="muted small value">{actorWords(rollback.actor)}</span>}
        {rollback?.ids["reason"] && <span className="muted small value">“{rollback.ids["reason"]}”</span>}
      </td>
      <td>{isActive && <Badge tone="good">Active</Badge>}</td>
    </tr>
  );
}
