import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { load } from "./support/load.ts";

type StoryModule = typeof import("../force-app/main/default/lwc/sidelightStory/sidelightStory.js");
type Story = ReturnType<StoryModule["createStory"]>;
type Apex = (parameters: Record<string, unknown>) => Promise<unknown>;

const now = Date.parse("2026-11-21T09:00:00.000Z");
const account = { objectApiName: "Account", recordId: "001000000000001AAA", candidate: null };
const contact = { objectApiName: "Contact", recordId: "003000000000001AAA", candidate: null };
const answer = (context: object, more: object = {}) => ({
  status: 200,
  body: JSON.stringify(context),
  requestId: "req_1",
  ...more,
});
const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: JSON.stringify({ code }),
  requestId: "req_2",
  ...more,
});
const thrown = (code: string) => Promise.reject({ body: { message: JSON.stringify({ code, message: "words" }) } });
const deferred = () => Promise.withResolvers<unknown>();

describe("one customer's story", () => {
  let createStory: StoryModule["createStory"];
  let story: Story;
  const apex = { getContext: vi.fn<Apex>(), getSections: vi.fn<Apex>(), refresh: vi.fn<Apex>() };
  const changed = vi.fn();

  beforeAll(async () => {
    ({ createStory } = await load<StoryModule>("c/sidelightStory"));
    Object.assign(globalThis, { apexMethods: apex });
  }, 20_000);
  beforeEach(() => {
    vi.useFakeTimers({ now });
    for (const method of Object.values(apex)) method.mockReset();
    changed.mockReset();
    apex.getContext.mockResolvedValue(answer(fixtures.company(now)));
    story = createStory(changed);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is told with one call when everything came in time", async () => {
    await story.show(account);
    expect(apex.getContext).toHaveBeenCalledExactlyOnceWith(account);
    expect(apex.getSections).not.toHaveBeenCalled();
    expect(story.now).toMatchObject({ phase: "settled", updating: [], problem: null, requestId: "req_1" });
    expect(story.now.context?.customer?.company?.name).toBe("Lovelace Analytics");
    expect(changed).toHaveBeenCalled();
  });

  it("asks once for what was late, and calls it an error when it is late again", async () => {
    const late = fixtures.pending(now);
    apex.getContext.mockResolvedValue(answer(late));
    const second = deferred();
    apex.getSections.mockReturnValue(second.promise);
    const shown = story.show(contact);
    await vi.advanceTimersByTimeAsync(0);
    expect(story.now).toMatchObject({ phase: "settled", updating: ["product"] });
    second.resolve(answer(late));
    await shown;
    expect(apex.getSections).toHaveBeenCalledExactlyOnceWith({ ...contact, sections: ["product"] });
    expect(story.now.context?.sections.product).toMatchObject({ state: "error", problem: { code: "timeout" } });
    expect(story.now.updating).toEqual([]);
  });

  it("drops the answer for a record that is no longer shown, whenever it comes", async () => {
    const [first, second] = [deferred(), deferred()];
    apex.getContext.mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    const shows = [story.show(account), story.show(contact)];
    second.resolve(answer(fixtures.none(now)));
    first.resolve(answer(fixtures.company(now)));
    expect(await Promise.all(shows)).toEqual([false, true]);
    expect(story.now.context?.match.state).toBe("none");
  });

  it("drops a late section for a record that is no longer shown", async () => {
    const slow = deferred();
    apex.getContext.mockResolvedValueOnce(answer(fixtures.pending(now)));
    apex.getSections.mockReturnValue(slow.promise);
    const first = story.show(contact);
    await vi.advanceTimersByTimeAsync(0);
    await story.show(account);
    slow.resolve(answer(fixtures.rich(now)));
    await first;
    expect(story.now.context?.ref).toBe(fixtures.company(now).ref);
  });

  it("shows nothing of one customer while another one loads", async () => {
    await story.show(account);
    apex.getContext.mockReturnValue(new Promise(() => {}));
    story.show(contact);
    expect(story.now).toMatchObject({ context: null, phase: "loading" });
  });

  it("keeps old values while it refreshes, also of a section that is late then", async () => {
    apex.getContext.mockResolvedValue(answer(fixtures.rich(now)));
    await story.show(contact);
    const [fresh, follow] = [deferred(), deferred()];
    apex.refresh.mockReturnValue(fresh.promise);
    apex.getSections.mockReturnValue(follow.promise);
    const refreshed = story.refresh();
    expect(story.now).toMatchObject({ phase: "refreshing" });
    expect(story.now.context?.sections.product?.data).toBeTruthy();
    fresh.resolve(answer(fixtures.pending(now)));
    await vi.advanceTimersByTimeAsync(0);
    expect(story.now.updating).toEqual(["product"]);
    expect(story.now.context?.sections.product?.data).toBeTruthy();
    follow.resolve(answer(fixtures.rich(now)));
    expect(await refreshed).toBe(true);
    expect(story.now.refreshAllowedAt).toBe(now + 30_000);
  });

  it("reads again instead of refreshing while the API would refuse", async () => {
    await story.show(account);
    apex.refresh.mockResolvedValue(answer(fixtures.company(now)));
    await story.refresh();
    await story.refresh();
    expect(apex.refresh).toHaveBeenCalledTimes(1);
    expect(apex.getContext).toHaveBeenCalledTimes(2);
    vi.setSystemTime(now + 31_000);
    await story.refresh();
    expect(apex.refresh).toHaveBeenCalledTimes(2);
  });

  it("takes a refused refresh for a matter of waiting, not for a failure", async () => {
    await story.show(account);
    apex.refresh.mockResolvedValue(problem(429, "rate_limited", { retryAfter: 12 }));
    expect(await story.refresh()).toBe(false);
    expect(story.now).toMatchObject({ problem: null, refreshAllowedAt: now + 12_000, phase: "settled" });
  });

  it("keeps what it has when a later question fails, and says so", async () => {
    await story.show(account);
    apex.getContext.mockResolvedValue(problem(500, "internal"));
    expect(await story.reload()).toBe(false);
    expect(story.now.problem).toEqual({ code: "internal", requestId: "req_2", retryAt: null });
    expect(story.now.context?.customer).toBeTruthy();
  });

  it("retries one section and leaves the others alone", async () => {
    const before = fixtures.oneDown(now);
    apex.getContext.mockResolvedValue(answer(before));
    apex.getSections.mockResolvedValue(answer(fixtures.rich(now)));
    await story.show(contact);
    await story.retry("product");
    expect(apex.getSections).toHaveBeenCalledExactlyOnceWith({ ...contact, sections: ["product"] });
    expect(story.now.context?.sections.product?.state).toBe("ok");
    expect(story.now.context?.sections.timeline).toEqual(JSON.parse(JSON.stringify(before.sections.timeline)));
  });

  describe("asked whether anything has changed", () => {
    const etag = '"abc-1"';

    beforeEach(async () => {
      apex.getContext.mockResolvedValue(answer(fixtures.company(now), { etag }));
      await story.show(account);
      changed.mockReset();
    });

    it("names the answer that it has, and draws nothing when that still holds", async () => {
      apex.getContext.mockResolvedValue({ status: 304, body: null, etag });
      const before = story.now.context;
      vi.setSystemTime(now + 25_000);
      expect(await story.poll()).toBe(true);
      expect(apex.getContext).toHaveBeenLastCalledWith({ ...account, etag });
      expect(changed).not.toHaveBeenCalled();
      expect(story.now).toMatchObject({ askedAt: now + 25_000, phase: "settled" });
      expect(story.now.context).toBe(before);
    });

    it("takes a new answer without a sign of asking, and names that one from then on", async () => {
      const fresh = deferred();
      apex.getContext.mockReturnValue(fresh.promise);
      const polled = story.poll();
      expect(story.now).toMatchObject({ phase: "settled", updating: [] });
      fresh.resolve(answer(fixtures.atRisk(now), { etag: '"abc-2"' }));
      expect(await polled).toBe(true);
      expect(changed).toHaveBeenCalledTimes(1);
      expect(story.now.context?.sections.health?.data?.band).toBe("at_risk");
      await story.poll();
      expect(apex.getContext).toHaveBeenLastCalledWith({ ...account, etag: '"abc-2"' });
    });

    it("asks nothing while another question is under way", async () => {
      const slow = deferred();
      apex.refresh.mockReturnValue(slow.promise);
      const refreshed = story.refresh();
      expect(await story.poll()).toBe(true);
      expect(apex.getContext).toHaveBeenCalledTimes(1);
      slow.resolve(answer(fixtures.company(now)));
      await refreshed;
      await story.poll();
      expect(apex.getContext).toHaveBeenCalledTimes(2);
    });

    it("says what failed, and takes that back when the answer still holds", async () => {
      apex.getContext.mockResolvedValue(problem(500, "internal"));
      expect(await story.poll()).toBe(false);
      expect(story.now).toMatchObject({ problem: { code: "internal" } });
      apex.getContext.mockResolvedValue({ status: 304, body: null, etag });
      expect(await story.poll()).toBe(true);
      expect(story.now.problem).toBeNull();
      expect(story.now.context).not.toBeNull();
    });

    it("drops what comes for a record that is no longer shown, and asks for the next one without a name", async () => {
      const late = deferred();
      apex.getContext.mockReturnValueOnce(late.promise).mockResolvedValue(answer(fixtures.rich(now)));
      const polled = story.poll();
      await story.show(contact);
      late.resolve(answer(fixtures.atRisk(now)));
      expect(await polled).toBe(false);
      expect(apex.getContext).toHaveBeenLastCalledWith(contact);
      expect(story.now.context?.sections.health?.data?.band).toBe("good");
    });

    it("leaves a section failed whose source is merely asked again", async () => {
      apex.getContext.mockResolvedValue(answer(fixtures.oneDown(now)));
      await story.reload();
      const slow = deferred();
      apex.getContext.mockResolvedValue(answer(fixtures.pending(now)));
      apex.getSections.mockReturnValue(slow.promise);
      const polled = story.poll();
      await vi.advanceTimersByTimeAsync(0);
      expect(story.now.context?.sections.product?.state).toBe("error");
      slow.resolve(answer(fixtures.rich(now)));
      await polled;
      expect(story.now.context?.sections.product?.state).toBe("ok");
    });
  });

  it("asks for the candidate that was chosen, and for the record again when that is undone", async () => {
    apex.getContext.mockResolvedValue(answer(fixtures.ambiguous(now)));
    await story.show(contact);
    await story.show({ ...contact, candidate: "person:b2" });
    await story.show(contact);
    expect(apex.getContext.mock.calls.map(([parameters]) => parameters["candidate"])).toEqual([null, "person:b2", null]);
  });

  it("counts nothing that comes after it was put away", async () => {
    const slow = deferred();
    apex.getContext.mockReturnValue(slow.promise);
    const shown = story.show(account);
    story.stop();
    slow.resolve(answer(fixtures.company(now)));
    expect(await shown).toBe(false);
    expect(story.now.context).toBeNull();
  });

  describe.each([
    [
      "a key that the API refuses",
      () => Promise.resolve(problem(401, "unauthenticated")),
      { setup: "credentials_refused", problem: null },
    ],
    ["a credential that is missing", () => thrown("credentials"), { setup: "credentials_refused", problem: null }],
    ["an address that is not allowed", () => thrown("endpoint"), { setup: "domain_refused", problem: null }],
    ["a record that the user may not see", () => thrown("forbidden"), { setup: null, problem: { code: "forbidden" } }],
    ["an API that does not answer", () => thrown("timeout"), { setup: null, problem: { code: "timeout" } }],
    ["a failure of the platform's own", () => Promise.reject(new Error("disconnected")), { problem: { code: "network" } }],
    ["a proxy's error page", () => Promise.resolve({ status: 502, body: null }), { problem: { code: "internal" } }],
    ["a body that is not JSON", () => Promise.resolve({ status: 200, body: "<html>" }), { problem: { code: "internal" } }],
    [
      "an overloaded API",
      () => Promise.resolve({ status: 503, body: null, retryAfter: 5 }),
      { problem: { code: "overloaded", retryAt: now + 5000 } },
    ],
  ])("%s", (_, reply, expected) => {
    it("becomes words, never an exception", async () => {
      apex.getContext.mockImplementation(reply);
      expect(await story.show(account)).toBe(false);
      expect(story.now).toMatchObject({ context: null, phase: "settled", ...expected });
    });
  });
});
