import { describe, expect, it } from "vitest";
import type { CommitInput, TenantLog } from "../log/log.ts";
import { StoreLostError, WriteFailedError } from "../log/writer/errors.ts";
import { commitMessages, type EventMessage } from "./commitMessages.ts";

const context = { correlationId: "test", receivedAt: 1 };
const message = (name: string): EventMessage => ({ kind: "event", event: { sourceEventId: name } as never });
const statement = { sql: "", parameters: [] } as never;

/** A log that refuses a commit with an event of a name. */
function logRefusing(name: string, error: Error = new WriteFailedError("the write failed")) {
  const commits: { events: string[]; statements: number }[] = [];
  const log = {
    append: async ({ events = [], statements = [] }: CommitInput) => {
      const names = events.map((event) => String(event.sourceEventId));
      if (names.includes(name)) throw error;
      commits.push({ events: names, statements: statements.length });
      return { events: names.map((eventId) => ({ eventId, isDuplicate: false })) };
    },
  } as unknown as TenantLog;
  return { log, commits };
}

describe("the events of one request", () => {
  it("are one commit with what belongs to them", async () => {
    const { log, commits } = logRefusing("none");
    await commitMessages(log, ["a", "b"].map(message), context, { statements: [statement] });
    expect(commits).toEqual([{ events: ["a", "b"], statements: 1 }]);
  });

  it("are stored without the one that the store refuses", async () => {
    const { log, commits } = logRefusing("bad");
    const results = await commitMessages(log, ["a", "bad", "b"].map(message), context, { statements: [statement] });
    expect(results.map((result) => result?.eventId ?? null)).toEqual(["a", null, "b"]);
    expect(commits).toEqual([
      { events: ["a"], statements: 0 },
      { events: ["b"], statements: 0 },
      { events: [], statements: 1 },
    ]);
  });

  it("are several commits when they are many, and the ending comes last", async () => {
    const { log, commits } = logRefusing("none");
    const names = Array.from({ length: 600 }, (_, i) => String(i));
    const results = await commitMessages(log, names.map(message), context, { statements: [statement] });
    expect(results.map((result) => result?.eventId)).toEqual(names);
    expect(commits.map(({ events, statements }) => [events.length, statements])).toEqual([
      [250, 0],
      [250, 0],
      [100, 1],
    ]);
  });

  it("are not acknowledged when the store is lost", async () => {
    const { log } = logRefusing("b", new StoreLostError("the store is lost"));
    await expect(commitMessages(log, ["a", "b"].map(message), context)).rejects.toThrow(StoreLostError);
  });

  it("without an event still store the ending, and nothing without both", async () => {
    const { log, commits } = logRefusing("none");
    await commitMessages(log, [], context, { statements: [statement] });
    await commitMessages(log, [], context);
    expect(commits).toEqual([{ events: [], statements: 1 }]);
  });
});
