import { describe, expect, it } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import { localOperator } from "./actor.ts";
import { createAuditLog } from "./audit.ts";

function recordedAudit() {
  const lines: Record<string, unknown>[] = [];
  const audit = createAuditLog(createLogger("info", { write: (line: string) => void lines.push(JSON.parse(line)) }), {
    of: () => null,
    now: () => 0,
  });
  return { lines, audit };
}

const entry = { verb: "deliveries.retry", ids: { delivery: "dlv_1" } };

describe("the audit log", () => {
  it("has a line with the actor, the verb and the ids after the commit", async () => {
    const { lines, audit } = recordedAudit();
    const result = await audit(localOperator("acme"), entry, async (auditRows) => {
      expect([auditRows, lines]).toEqual([[], []]);
      return "committed";
    });
    expect(result).toBe("committed");
    expect(lines).toMatchObject([{ msg: "audit", tenant: "acme", actor: { keyId: "cli", role: "admin" }, ...entry }]);
  });

  it("has no line when the commit fails", async () => {
    const { lines, audit } = recordedAudit();
    const failure = new Error("the store is full");
    await expect(audit(localOperator("acme"), entry, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(lines).toEqual([]);
  });
});
