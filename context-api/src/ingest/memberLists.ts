import type { MemberLists, Message } from "@sidelight/platform-kit/webhook.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import type { Statement } from "../store/statement.ts";
import {
  deleteListExports,
  deleteMentions,
  listExports,
  listMentionedSince,
  loadMentionOrders,
  saveListExport,
  saveMention,
} from "../store/tables/memberLists.ts";
import { loadSources } from "../store/tables/projections.ts";

type ListMessage = Extract<Message, { kind: "list" }>;

/** As long as idempotency keys are kept: an export repeated later counts as a new one. */
const retentionMs = 7 * 86_400_000;

/** Reads committed state. Callers of one list run one after another, see {@link WebhookSource.serializeBy}. */
export function openMemberLists(log: TenantLog): MemberLists {
  const { store } = log;
  return {
    async exportState(list, name) {
      const rows = await listExports(store, log.key(list));
      const row = rows.find((r) => r.export_key === exportKey(log, name));
      const largest = (orders: number[]) => Math.max(0, ...orders);
      return {
        listExport: row
          ? {
              order: row.export_order,
              pages: JSON.parse(row.pages) as number[],
              total: row.total,
              isComplete: row.is_complete === 1,
            }
          : null,
        newestOrder: largest(rows.map((r) => r.export_order)),
        newestCompleteOrder: largest(rows.filter((r) => r.is_complete === 1).map((r) => r.export_order)),
      };
    },

    async lastMentionOrder(members) {
      const orders = await loadMentionOrders(store, new Set(members.map(log.key)));
      return new Map(
        members.flatMap((member) => {
          const order = orders.get(log.key(member));
          return order === undefined ? [] : [[member, order] as const];
        }),
      );
    },

    async unmentionedSince(list, order) {
      const key = log.key(list);
      await log.whenProjected();
      const members = await loadSources(store, [key], ["member_of"], null);
      const mentionedKeys = await listMentionedSince(store, key, order);
      const records = await openReader(log).records([...members].filter((member) => !mentionedKeys.has(member)));
      return records.map(({ ref, data }) => ({ ref, data }));
    },
  };
}

/** Statements that store a list message. */
export function listStatements(
  { store, ...log }: TenantLog,
  { list, name, listExport, members }: ListMessage,
  receivedAt: number,
): Statement[] {
  const key = log.key(list);
  const { order, pages, total, isComplete } = listExport;
  const row = {
    export_key: exportKey(log, name),
    export_order: order,
    pages: JSON.stringify(pages),
    total,
    is_complete: isComplete ? 1 : 0,
  };
  return [
    saveListExport(store, key, row, receivedAt),
    deleteListExports(store, key, order, receivedAt - retentionMs),
    // A complete export covers every member: single mentions up to it are no longer needed.
    ...(isComplete
      ? [deleteMentions(store, key, order)]
      : members.map((member) => saveMention(store, key, log.key(member), order))),
  ];
}

/** The word is part of stored hashes and cannot change. */
const exportKey = (log: Pick<TenantLog, "identifier">, name: string): string => log.identifier("sending", name);
