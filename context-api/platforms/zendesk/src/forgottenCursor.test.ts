import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Page, PullContext } from "@sidelight/platform-kit/platform.ts";
import { describe, expect, it } from "vitest";
import { withoutForgottenCursor } from "./forgottenCursor.ts";
import { ZendeskRefusal } from "./refusal.ts";

const contextOf = (checkpoint: unknown): PullContext => ({
  priority: "sync",
  signal: new AbortController().signal,
  checkpoint,
  horizon: 0,
  readCurrent: async () => new Map(),
});
const withoutCursor = (checkpoint: unknown) =>
  (checkpoint as { cursor: string | null } | null)?.cursor ? { ...(checkpoint as object), cursor: null } : checkpoint;
const page: Page = { records: [], checkpoint: null };

/** Checkpoints from which pulls started, and how the last one ended. */
async function attemptsFrom(checkpoint: unknown, pull: (checkpoint: unknown) => AsyncIterable<Page>) {
  const starts: unknown[] = [];
  const pages = withoutForgottenCursor(contextOf(checkpoint), withoutCursor, (context) => {
    starts.push(context.checkpoint);
    return pull(context.checkpoint);
  });
  const readAll = async () => {
    for await (const _page of pages);
    return "complete";
  };
  const end = await readAll().catch((error: PlatformError) => error.code);
  return { starts, end };
}
const hasCursor = (checkpoint: unknown): boolean => (checkpoint as { cursor: string | null } | null)?.cursor != null;

describe("a pull of Zendesk whose cursor is refused", () => {
  it("starts again without the cursor, from what else its checkpoint knows", async () => {
    const attempts = await attemptsFrom({ cursor: "old", since: 7 }, async function* (checkpoint) {
      if (hasCursor(checkpoint)) throw new ZendeskRefusal(400, "");
      yield page;
    });
    expect(attempts).toEqual({
      starts: [
        { cursor: "old", since: 7 },
        { cursor: null, since: 7 },
      ],
      end: "complete",
    });
  });

  it("is refused when the start without a cursor is refused too", async () => {
    const attempts = await attemptsFrom({ cursor: "old" }, async function* (checkpoint) {
      if (checkpoint !== null) throw new ZendeskRefusal(422, "");
      yield page;
    });
    expect(attempts).toEqual({ starts: [{ cursor: "old" }, { cursor: null }], end: "rejected" });
  });

  it.each([
    ["it had no cursor", null, false, new ZendeskRefusal(400, "")],
    ["a later page was refused", { cursor: "old" }, true, new ZendeskRefusal(400, "")],
    ["Zendesk is out", { cursor: "old" }, false, new PlatformError("unavailable", "zendesk", "Zendesk answered 503.")],
  ])("does not start again when %s", async (_, checkpoint, hasPage, error) => {
    const attempts = await attemptsFrom(checkpoint, async function* () {
      if (hasPage) yield page;
      throw error;
    });
    expect(attempts).toEqual({ starts: [checkpoint], end: error.code });
  });
});
