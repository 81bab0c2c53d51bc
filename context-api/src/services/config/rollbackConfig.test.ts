import { describe, expect, it } from "vitest";
import { bindTenant } from "../../store/queries.ts";
import { openSqlite } from "../../store/sqlite.ts";
import type { Statement } from "../../store/statement.ts";
import { localOperator } from "../actor.ts";
import type { Audit, AuditEntry } from "../audit.ts";
import { rollbackConfig } from "./rollbackConfig.ts";
import type { RollbackTarget } from "./rollbackTarget.ts";

const store = bindTenant(openSqlite(":memory:", "write").db, "acme");
const auditRow = { sql: "insert the audit row", parameters: [] } as unknown as Statement;

function fakeTarget(check: { issues: string[] } | null) {
  const steps: string[] = [];
  const statements: Statement[] = [];
  const auditEntries: AuditEntry[] = [];
  const target: RollbackTarget = {
    store,
    now: () => 1_000,
    async exclusively(work) {
      steps.push("lock");
      const result = await work();
      steps.push("unlock");
      return result;
    },
    readFilesVersion: async () => "vfiles",
    checkVersion: async () => check,
    async commit(batch) {
      steps.push("commit");
      statements.push(...batch);
    },
    async activate() {
      steps.push("activate");
    },
  };
  const audit: Audit = async (_, entry, commit) => {
    auditEntries.push(entry);
    return await commit([auditRow]);
  };
  const rollback = async (version: string, reason: string | null = null) =>
    await rollbackConfig({ actor: localOperator("acme"), audit }, { target, version, reason });
  return { steps, statements, auditEntries, rollback };
}

describe("a rollback of the configuration", () => {
  it("pins the version and its audit row in one commit, then activates it", async () => {
    const { steps, statements, auditEntries, rollback } = fakeTarget({ issues: [] });
    expect(await rollback("vold", "too many cases")).toEqual({ version: "vold", filesVersion: "vfiles" });
    expect(steps).toEqual(["lock", "commit", "activate", "unlock"]);
    expect(statements.map((statement) => statement.sql)).toEqual([
      expect.stringMatching(/^insert into "config_pins"/),
      auditRow.sql,
    ]);
    expect(auditEntries).toEqual([
      { verb: "config.rollback", ids: { version: "vold", filesVersion: "vfiles", reason: "too many cases" } },
    ]);
  });

  it("refuses a reason with a personal value before anything else, because the audit keeps it in the clear", async () => {
    const { steps, rollback } = fakeTarget({ issues: [] });
    await expect(rollback("vold", "ada@acme.com asked for it")).rejects.toMatchObject({ code: "invalid_request" });
    expect(steps).toEqual([]);
  });

  it("removes the pin when the version is that of the files", async () => {
    const { statements, rollback } = fakeTarget(null);
    await rollback("vfiles");
    expect(statements[0]?.sql).toMatch(/^delete from "config_pins"/);
  });

  it("answers not_found for a version that was never active, and changes nothing", async () => {
    const { steps, rollback } = fakeTarget(null);
    await expect(rollback("vnever")).rejects.toMatchObject({ code: "not_found" });
    expect(steps).toEqual(["lock"]);
  });

  it("answers conflict with the reasons for a version that this release cannot use", async () => {
    const { steps, rollback } = fakeTarget({ issues: ["there is no connection crm"] });
    await expect(rollback("vold")).rejects.toMatchObject({
      code: "conflict",
      message: "This release cannot use the version vold: there is no connection crm.",
    });
    expect(steps).toEqual(["lock"]);
  });
});
