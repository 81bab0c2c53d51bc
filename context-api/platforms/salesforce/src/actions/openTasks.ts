import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { externalId } from "../externalId.ts";
import { refOf } from "../objects.ts";
import { dateTime, literal } from "../soql.ts";
import type { StreamTools } from "../streams.ts";

/** Identifies an open task that makes a new one unnecessary. */
export interface TaskKey {
  /** The related record's id, 18 characters. */
  whatId: string;
  subject: string;
  /** Epoch ms. Only tasks created at or after this count. */
  since: number;
}

/**
 * Refs of the newest open task that Sidelight created for each key; null when there is none.
 * @throws {PlatformError}
 */
export async function findOpenTasks(
  { client }: Pick<StreamTools, "client">,
  keys: TaskKey[],
  call: CallOptions,
): Promise<(string | null)[]> {
  if (keys.length === 0) return [];
  const condition = [
    `WhatId IN (${[...new Set(keys.map(({ whatId }) => literal(whatId)))].join(",")})`,
    "IsClosed = false",
    `${externalId} != null`,
    `CreatedDate >= ${dateTime(Math.min(...keys.map(({ since }) => since)))}`,
  ].join(" AND ");
  const tasks: { ref: string | null; whatId: string | null; subject: string; createdAt: number }[] = [];
  const soql = `SELECT Id, WhatId, Subject, CreatedDate FROM Task WHERE ${condition} ORDER BY CreatedDate DESC`;
  for await (const { rows } of client.pages(soql, call)) {
    for (const { Id, WhatId, Subject, CreatedDate } of rows) {
      const [whatId, createdAt] = [salesforceId(String(WhatId)), Date.parse(String(CreatedDate))];
      tasks.push({ ref: refOf("Task", Id), whatId, subject: String(Subject), createdAt });
    }
  }
  return keys.map(({ whatId, subject, since }) => {
    const match = tasks.find((task) => task.whatId === whatId && task.subject === subject && task.createdAt >= since);
    return match?.ref ?? null;
  });
}
