import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WrongMasterKeyError } from "../../security/keyring.ts";
import { rawStatement } from "../../store/statement.ts";
import { type Logs, openLogs } from "../testLogs.ts";
import {
  restoreError,
  type SerializedError,
  StoreLostError,
  serializeWriteError,
  UnknownTenantError,
  WriteFailedError,
} from "./errors.ts";

/** As an error crosses the thread. */
const cross = (error: unknown): Error => restoreError(structuredClone(serializeWriteError(error)));

describe("an error that crosses the writer's thread", () => {
  it.each([
    [new StoreLostError("lost"), StoreLostError, "store_lost"],
    [new WriteFailedError("failed"), WriteFailedError, "write_failed"],
    [new UnknownTenantError("unknown"), UnknownTenantError, "unknown_tenant"],
  ])("keeps class, message, code and stage: %s", (error, Class, code) => {
    const copy = cross(error);
    expect(copy).toBeInstanceOf(Class);
    expect(copy).toMatchObject({ name: error.name, message: error.message, code, stage: "append" });
    expect(copy.stack).toBe(error.stack);
  });

  it("keeps the chain of its causes with their codes", () => {
    const sqlite = Object.assign(new Error("database or disk is full"), { name: "SqliteError", code: "SQLITE_FULL" });
    const copy = cross(new WrongMasterKeyError("wrong key", sqlite));
    expect(copy).toBeInstanceOf(WrongMasterKeyError);
    expect(copy.cause).toMatchObject({ name: "SqliteError", code: "SQLITE_FULL", message: sqlite.message });
  });

  it("becomes a WriteFailedError with itself as the cause when it is not ours", () => {
    const sqlite = Object.assign(new Error("no such table: x"), { code: "SQLITE_ERROR" });
    expect(cross(sqlite)).toMatchObject({
      name: "WriteFailedError",
      code: "write_failed",
      stage: "append",
      message: "the write failed: no such table: x",
      cause: { code: "SQLITE_ERROR" },
    });
    // Other messages may quote data, and the message of our errors is logged.
    const parser = new SyntaxError('Unexpected token in JSON "ada@acme.example"');
    const copy = cross(parser);
    expect(copy.message).toBe("the write failed");
    expect(copy.cause).toMatchObject({ name: "SyntaxError", message: parser.message });
    expect(cross("text")).toMatchObject({ name: "WriteFailedError", message: "the write failed" });
  });

  it("has at most five causes, also when they form a cycle", () => {
    const error = new WriteFailedError("failed");
    error.cause = error;
    let serialized: SerializedError | null = serializeWriteError(error);
    let depth = 0;
    for (; serialized; serialized = serialized.cause) depth += 1;
    expect(depth).toBe(6);
  });
});

describe("the writer's client", () => {
  let logs: Logs;
  beforeAll(async () => {
    logs = await openLogs();
  });
  afterAll(() => logs.close());

  it("rejects a failing statement with a WriteFailedError and the code of SQLite", async () => {
    const log = await logs.newLog();
    const statements = [rawStatement("insert into no_such_table values (1)", [])];
    const error: unknown = await log.commit({ statements, correlationId: "test" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(WriteFailedError);
    expect(error).toMatchObject({ code: "write_failed", stage: "append", cause: { code: "SQLITE_ERROR" } });
  });

  it("rejects a request for a tenant that does not exist with an UnknownTenantError", async () => {
    const error: unknown = await logs.writer.send({ kind: "rebuild", tenant: "nowhere" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnknownTenantError);
    expect(error).toMatchObject({ code: "unknown_tenant", message: "unknown tenant nowhere" });
  });
});

describe("the writer's client after the thread has ended", () => {
  it("rejects with a StoreLostError", async () => {
    const logs = await openLogs();
    const log = await logs.newLog();
    await logs.close();
    await expect(log.commit({ correlationId: "test" })).rejects.toBeInstanceOf(StoreLostError);
  });
});
