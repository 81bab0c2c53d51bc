import { describe, expect, it } from "vitest";
import type { Effect } from "./action.ts";
import { groupSame, performBisecting, performEach, performGroups } from "./batch.ts";
import { PlatformError, type PlatformErrorCode } from "./errors.ts";
import { outcomeOf, success } from "./outcome.ts";

const error = (code: PlatformErrorCode, details: { status?: number; retryAt?: number } = {}) =>
  new PlatformError(code, "zendesk", "Something.", details);
const effect = <T>(input: T): Effect<T> => ({ id: "e", input, at: 0 });

describe("outcomeOf", () => {
  it.each([
    [error("timeout"), "unavailable", true],
    [error("unavailable", { status: 503 }), "unavailable", true],
    [error("rate_limited"), "rate_limited", true],
    [error("quota_exhausted"), "rate_limited", true],
    [error("invalid_credentials", { status: 401 }), "invalid_credentials", true],
    [error("invalid_credentials", { status: 403 }), "invalid_credentials", false],
    [error("not_found"), "not_found", false],
    [error("rejected"), "rejected", false],
  ])("%s", (platformError, cause, isRetryable) => {
    expect(outcomeOf(platformError)).toEqual({ state: "failed", cause, message: "Something.", isRetryable, retryAt: null });
  });

  it("keeps the retry time of the platform", () => {
    expect(outcomeOf(error("rate_limited", { retryAt: 5 }))).toMatchObject({ retryAt: 5 });
  });

  it("returns bug for any other error, without its message", () => {
    const bug = outcomeOf(new TypeError("ada@acme.com is undefined"));
    expect(bug).toMatchObject({
      cause: "bug",
      isRetryable: false,
      message: expect.stringMatching(/TypeError in outcome\.test\.ts:\d+/),
    });
    expect(bug.message).not.toContain("ada");
    expect(outcomeOf("ada@acme.com").message).not.toContain("ada");
  });
});

describe("batches", () => {
  const action = {
    sameAs: (input: { id: string | null }) => input.id,
    merge: <T>(older: T, newer: T): T => ({ ...older, ...newer }),
  };

  it("merge effects of one name; newer values win", async () => {
    const effectInputs = [{ id: "a", x: 1, y: 1 }, { id: null }, { id: "b" }, { id: "a", x: 2 }, { id: null }];
    const groups = groupSame(action, effectInputs.map(effect));
    expect(groups).toEqual([
      { input: { id: "a", x: 2, y: 1 }, indexes: [0, 3] },
      { input: { id: null }, indexes: [1] },
      { input: { id: "b" }, indexes: [2] },
      { input: { id: null }, indexes: [4] },
    ]);
    const outcomes = await performGroups(groups, async (inputs) => inputs.map((_, i) => success(`ref-${i}`)));
    expect(outcomes.map((o) => o.state === "done" && o.ref)).toEqual(["ref-0", "ref-1", "ref-2", "ref-0", "ref-3"]);
  });

  it("return the failure of the call for each effect", async () => {
    const outcomes = await performGroups(groupSame(action, [effect({ id: "a" }), effect({ id: "b" })]), async () => {
      throw error("unavailable");
    });
    expect(outcomes).toMatchObject([{ cause: "unavailable" }, { cause: "unavailable" }]);
  });

  it("return each effect's own failure when performed one by one", async () => {
    const outcomes = await performEach([effect(1), effect(2)], async ({ input }) => {
      if (input === 1) throw error("not_found");
      return success(null);
    });
    expect(outcomes).toMatchObject([{ cause: "not_found" }, { state: "done" }]);
  });

  it("are split until the bad item is alone, and not when the error is not bisectable", async () => {
    const sizes: number[] = [];
    const perform = async (items: number[]) => {
      sizes.push(items.length);
      if (items.includes(99)) throw error("rejected");
      return items.map(() => success(null));
    };
    const items = [1, 2, 3, 99, 5, 6, 7, 8];
    const outcomes = await performBisecting(items, perform, () => true);
    expect(outcomes.map((o) => o.state === "done")).toEqual(items.map((n) => n !== 99));
    expect(sizes).toEqual([8, 4, 2, 2, 1, 1, 4]);
    sizes.length = 0;
    expect(await performBisecting(items, perform, () => false)).toMatchObject(items.map(() => ({ cause: "rejected" })));
    expect(sizes).toEqual([8]);
  });
});
