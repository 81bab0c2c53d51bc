import { SidelightError } from "@sidelight/model/errors.ts";
import { describe, expect, it } from "vitest";
import { createLogger } from "./logger.ts";
import { withTrace } from "./trace.ts";

function logLines(use: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  use(createLogger("info", { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the logger", () => {
  it("writes code, stage and causes of our errors, and no message of other errors", () => {
    const parser = new SyntaxError('Unexpected token "ada@acme.example"');
    const error = new SidelightError("the write failed", { code: "write_failed", stage: "append", cause: parser });
    const [line] = logLines((logger) => logger.error({ err: error }, "failed"));
    expect(line?.["err"]).toMatchObject({
      name: "SidelightError",
      code: "write_failed",
      stage: "append",
      message: "the write failed",
      cause: { name: "SyntaxError" },
    });
    expect(JSON.stringify(line)).not.toContain("ada@acme.example");
  });

  it("writes the message of the cause when it is our own error, and stops at a cycle", () => {
    const cause = new SidelightError("wrong key", { code: "wrong_master_key", stage: "open" });
    const error = new Error("foreign", { cause });
    cause.cause = error;
    const [line] = logLines((logger) => logger.error({ err: error }, "failed"));
    expect(line?.["err"]).toMatchObject({ name: "Error", cause: { code: "wrong_master_key", message: "wrong key" } });
    expect(JSON.stringify(line)).not.toContain("foreign");
  });

  it("removes secrets and adds the request id", () => {
    const [line] = logLines((logger) =>
      withTrace({ requestId: "req_1", traceId: null }, () =>
        logger.info({ token: "t0p", headers: { authorization: "Bearer t0p" } }, "call"),
      ),
    );
    expect(line).toMatchObject({ requestId: "req_1", token: "[redacted]", headers: { authorization: "[redacted]" } });
  });
});
