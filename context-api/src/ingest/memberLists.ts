import type { Lists, Message } from "@sidelight/platform-kit/webhook.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { chunks } from "../store/chunks.ts";
import type { Statement } from "../store/statement.ts";

type ListMessage = Extract<Message, { kind: "list" }>;

/** As long as the names of received events are: what is repeated later than that counts as news. */
const keptMs = 7 * 86_400_000;

/** Reads what was committed before: whoever asks is alone at its list, see {@link Inlet.serialiseBy}. */
export function openLists(log: TenantLog): Lists {
  const { store } = log;
  return {
    async told(list, name) {
      const rows = await store
        .from("list_sendings")
        .select(["name", "ord", "pages", "total", "covers"])
        .where("list", "=", log.key(list))
        .execute();
      const own = rows.find((r) => r.name === nameHash(log, name));
      const largest = (orders: number[]) => Math.max(0, ...orders);
      return {
        sending: own
          ? { order: own.ord, pages: JSON.parse(own.pages) as number[], total: own.total, covers: own.covers === 1 }
          : null,
        newest: largest(rows.map((r) => r.ord)),
        covered: largest(rows.filter((r) => r.covers === 1).map((r) => r.ord)),
      };
    },

    async lastNamed(members) {
      const byKey = new Map(members.map((member) => [log.key(member), member]));
      const found = new Map<string, number>();
      for (const keys of chunks([...byKey.keys()])) {
        const rows = await store.from("list_mentions").select(["member", "ord"]).where("member", "in", keys).execute();
        for (const { member, ord } of rows) found.set(byKey.get(member)!, ord);
      }
      return found;
    },

    async notNamedSince(list, order) {
      const key = log.key(list);
      const [members, named] = await Promise.all([
        store
          .from("edges")
          .select("from_key")
          .where("to_key", "=", key)
          .where("rel", "=", "member_of")
          .where("to_seq", "is", null)
          .execute(),
        store.from("list_mentions").select("member").where("list", "=", key).where("ord", ">=", order).execute(),
      ]);
      const known = new Set(named.map((r) => r.member));
      const records = await openReader(log).records(members.map((r) => r.from_key).filter((member) => !known.has(member)));
      return records.map(({ ref, data }) => ({ ref, data }));
    },
  };
}

/** What puts a list message into the store. */
export function listStatements(log: TenantLog, { list, name, sending, named }: ListMessage, receivedAt: number): Statement[] {
  const { statements, tenant } = log.store;
  const key = log.key(list);
  const told = {
    pages: JSON.stringify(sending.pages),
    total: sending.total,
    covers: sending.covers ? 1 : 0,
  };
  const remember = statements
    .insertInto("list_sendings")
    .values({ tenant, list: key, name: nameHash(log, name), ord: sending.order, ...told, received_at: receivedAt })
    .onConflict((c) => c.columns(["tenant", "list", "name"]).doUpdateSet(told));
  const forget = statements
    .deleteFrom("list_sendings")
    .where("tenant", "=", tenant)
    .where("list", "=", key)
    .where("ord", "<", sending.order)
    .where("received_at", "<", receivedAt - keptMs);
  // It spoke of everybody, so that it need not be remembered of each.
  const mentions = sending.covers
    ? [
        statements
          .deleteFrom("list_mentions")
          .where("tenant", "=", tenant)
          .where("list", "=", key)
          .where("ord", "<=", sending.order),
      ]
    : named.map((member) =>
        statements
          .insertInto("list_mentions")
          .values({ tenant, member: log.key(member), list: key, ord: sending.order })
          .onConflict((c) => c.columns(["tenant", "member"]).doUpdateSet({ ord: sending.order })),
      );
  return [remember, forget, ...mentions].map((statement) => statement.compile());
}

const nameHash = (log: TenantLog, name: string): string => log.identifier("sending", name);
