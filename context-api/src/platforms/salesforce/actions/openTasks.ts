import type { CallOptions } from "../../platform.ts";
import { refOf } from "../objects.ts";
import { dateTime, literal } from "../soql.ts";
import type { StreamTools } from "../streams.ts";
import { externalId } from "./create.ts";
import { idOf } from "./fields.ts";

/**
 * The newest open task of Sidelight's own making at an account, as a ref; null when there is none. For whoever would rather not
 * make one task more.
 * @param account a ref or an id
 * @param since epoch ms: only tasks made at or after it
 * @throws {PlatformError}
 */
export async function findOpenTask(
  { client }: Pick<StreamTools, "client">,
  account: string,
  since: number,
  call: CallOptions,
): Promise<string | null> {
  const where = [
    `AccountId = ${literal(idOf(account))}`,
    "IsClosed = false",
    `${externalId} != null`,
    `CreatedDate >= ${dateTime(since)}`,
  ].join(" AND ");
  for await (const { rows } of client.pages(`SELECT Id FROM Task WHERE ${where} ORDER BY CreatedDate DESC LIMIT 1`, call)) {
    const [row] = rows;
    if (row) return refOf("Task", row.Id);
  }
  return null;
}
