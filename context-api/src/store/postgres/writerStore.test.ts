import { hasPostgres, startPostgres, type TestPostgres } from "@sidelight/test-support/postgres.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rawStatement } from "../statement.ts";
import { findConsumerOffset, saveConsumerOffset } from "../tables/consumerOffsets.ts";
import type { WriterStore } from "../writerStore.ts";
import { openPostgresPool } from "./connection.ts";
import { migratePostgres } from "./migrate.ts";
import { openPostgresWriterStore } from "./writerStore.ts";

describe.skipIf(!hasPostgres)("a transaction on PostgreSQL in which a statement fails", () => {
  let postgres: TestPostgres;
  let store: WriterStore;
  const failing = rawStatement("insert into no_such_table values (1)", []);
  const missingTable = { code: "42P01" };
  const save = (tenant: string, consumer: string) => saveConsumerOffset(store.forTenant(tenant), consumer, 7, 0);
  const offset = (tenant: string, consumer: string) => findConsumerOffset(store.forTenant(tenant), consumer);

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.close());
  beforeEach(async () => {
    const pool = openPostgresPool({
      ...{
        url: postgres.newDatabase(),
        maxConnections: 2,
        isPipelined: true,
        statementTimeoutMs: 60_000,
        applicationName: "test",
      },
    });
    await migratePostgres(pool.db);
    store = openPostgresWriterStore(pool);
    return () => store.close();
  });

  it("undoes a part alone, reports its first error, and goes on for the tenant of before", async () => {
    await store.begin({ isDurable: true });
    await store.useTenant("acme");
    await store.execute(save("acme", "first"));
    const part = store.savepoint(async () => {
      await store.useTenant("other");
      await Promise.all([store.head("other"), store.execute(save("other", "part")), store.execute(failing), store.head("other")]);
    });
    await expect(part).rejects.toMatchObject(missingTable);
    await store.execute(save("acme", "second"));
    await store.commit();
    const offsets = [await offset("acme", "first"), await offset("other", "part"), await offset("acme", "second")];
    expect(offsets).toEqual([7, null, 7]);
  });

  it("reports the first error also for what was sent after it, and works again after a rollback", async () => {
    await store.begin({ isDurable: true });
    await store.useTenant("acme");
    const outcomes = await Promise.allSettled([
      store.execute(save("acme", "first")),
      store.execute(failing),
      store.executeAll([save("acme", "second")]),
      store.lockHead("acme"),
    ]);
    const isFirstError = expect.objectContaining({ status: "rejected", reason: expect.objectContaining(missingTable) });
    expect(outcomes).toEqual([{ status: "fulfilled", value: 1 }, isFirstError, isFirstError, isFirstError]);
    await store.rollback();
    await store.begin({ isDurable: true });
    await store.useTenant("acme");
    await store.execute(save("acme", "third"));
    await store.commit();
    expect([await offset("acme", "first"), await offset("acme", "third")]).toEqual([null, 7]);
  });

  it("does not confirm a commit that the server turned into a rollback", async () => {
    await store.begin({ isDurable: true });
    await store.useTenant("acme");
    await store.execute(save("acme", "first"));
    await Promise.allSettled([store.execute(failing)]);
    await expect(store.commit()).rejects.toMatchObject({ cause: missingTable });
    await store.rollback();
    expect(await offset("acme", "first")).toBeNull();
  });
});
