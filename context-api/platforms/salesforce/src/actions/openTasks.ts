import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { refOf } from "../objects.ts";
import { canonicalId, dateTime, literal } from "../soql.ts";
import type { StreamTools } from "../streams.ts";
import { externalId } from "./create.ts";

/** A task that somebody would rather not have twice. */
export interface WantedTask {
  /** The 18 characters of what it is about. */
  whatId: string;
  subject: string;
  /** Epoch ms: only tasks made at or after it stand in its place. */
  since: number;
}

/**
 * The newest open task of Sidelight's own making that stands in the place of each, as a ref; null where there is none.
 * @throws {PlatformError}
 */
export async function findOpenTasks(
  { client }: Pick<StreamTools, "client">,
  wanted: WantedTask[],
  call: CallOptions,
): Promise<(string | null)[]> {
  if (wanted.length === 0) return [];
  const where = [
    `WhatId IN (${[...new Set(wanted.map(({ whatId }) => literal(whatId)))].join(",")})`,
    "IsClosed = false",
    `${externalId} != null`,
    `CreatedDate >= ${dateTime(Math.min(...wanted.map(({ since }) => since)))}`,
  ].join(" AND ");
  const found: { ref: string | null; whatId: string | null; subject: string; at: number }[] = [];
  const soql = `SELECT Id, WhatId, Subject, CreatedDate FROM Task WHERE ${where} ORDER BY CreatedDate DESC`;
  for await (const { rows } of client.pages(soql, call)) {
    for (const { Id, WhatId, Subject, CreatedDate } of rows) {
      const [whatId, at] = [canonicalId(String(WhatId)), Date.parse(String(CreatedDate))];
      found.push({ ref: refOf("Task", Id), whatId, subject: String(Subject), at });
    }
  }
  return wanted.map(({ whatId, subject, since }) => {
    const there = found.find((task) => task.whatId === whatId && task.subject === subject && task.at >= since);
    return there?.ref ?? null;
  });
}
