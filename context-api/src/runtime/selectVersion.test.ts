import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { TenantConfig } from "../config/schema.ts";
import { versionOf } from "../config/versions.ts";
import type { TenantLog } from "../log/log.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import type { Statement } from "../store/statement.ts";
import { findPin, savePin } from "../store/tables/configPins.ts";
import { recordVersion } from "../store/tables/configVersions.ts";
import type { RuntimeOptions } from "./options.ts";
import { selectVersion } from "./selectVersion.ts";

const version = (csatDays: number) => versionOf(TenantConfig.parse({ csatDays }));
const [earlier, files, laterFiles] = [version(30), version(60), version(90)];
const logError = vi.fn();
const options = (pull: boolean) => ({ platforms: null, pull, logger: { error: logError } }) as unknown as RuntimeOptions;

let logs: Logs;
let log: TenantLog;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());
beforeEach(async () => {
  logError.mockClear();
  log = await logs.newLog();
});
const commit = (...statements: Statement[]) => log.commit({ statements, correlationId: "test" });
const rollBack = () =>
  commit(
    recordVersion(log.store, earlier, { origin: "start", since: 1 }),
    savePin(log.store, { version: earlier.version, filesVersion: files.version }, 2),
  );

describe("selectVersion", () => {
  it("returns the version of the files without a rollback", async () => {
    expect(await selectVersion(log, files, null, options(true))).toEqual({ next: files, pin: null });
  });

  it("returns the earlier version as long as the files are those of the rollback", async () => {
    await rollBack();
    const pin = { version: earlier.version, filesVersion: files.version };
    expect(await selectVersion(log, files, null, options(true))).toEqual({ next: earlier, pin });
    expect((await selectVersion(log, files, earlier, options(true))).next).toBe(earlier);
  });

  it("ends the rollback when the files change", async () => {
    await rollBack();
    expect(await selectVersion(log, laterFiles, earlier, options(true))).toEqual({ next: laterFiles, pin: null });
    expect(await findPin(log.store)).toBeNull();
    expect(await selectVersion(log, files, null, options(true))).toEqual({ next: files, pin: null });
  });

  it("writes nothing in a process that does not pull", async () => {
    await rollBack();
    expect((await selectVersion(log, laterFiles, null, options(false))).next).toBe(laterFiles);
    expect(await findPin(log.store)).not.toBeNull();
  });

  it("returns the version of the files, and logs an error, when the earlier version is unusable", async () => {
    await commit(savePin(log.store, { version: "v00000000", filesVersion: files.version }, 2));
    expect(await selectVersion(log, files, null, options(true))).toEqual({ next: files, pin: null });
    expect(logError).toHaveBeenCalledOnce();
    expect(await findPin(log.store)).toBeNull();
  });
});
