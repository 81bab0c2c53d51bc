import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { createPanelSession, type PanelSession } from "@sidelight/panel/session/session.ts";
import { optionsOf } from "@sidelight/panel/session/state.ts";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { buildModel } from "../tools/buildModel.ts";
import { load } from "./support/load.ts";

type TransportModule = typeof import("../force-app/main/default/lwc/sidelightTransport/sidelightTransport.js");
type RecordTransport = ReturnType<TransportModule["createApexTransport"]>;
type RecordSubject = Parameters<RecordTransport["refresh"]>[0]["subject"];
type Apex = (parameters: Record<string, unknown>) => Promise<unknown>;

const now = Date.parse("2026-11-21T09:00:00.000Z");
const account = { objectApiName: "Account", recordId: "001000000000001AAA", candidate: null };
/** Of the running user: the language of the labels of a layout. */
const locale = "en-US";
const contact = { objectApiName: "Contact", recordId: "003000000000001AAA", candidate: null };
const contextResponse = (context: object, overrides: object = {}) => ({
  status: 200,
  body: JSON.stringify(context),
  requestId: "req_1",
  ...overrides,
});
const problemResponse = (status: number, code: string, overrides: object = {}) => ({
  status,
  body: JSON.stringify({ code }),
  requestId: "req_2",
  ...overrides,
});
const apexFailure = (code: string) => Promise.reject({ body: { message: JSON.stringify({ code, message: "text" }) } });
const deferred = () => Promise.withResolvers<unknown>();
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("the panel session over Apex", () => {
  let createTransport: TransportModule["createApexTransport"];
  let session: PanelSession<RecordSubject>;
  const apex = { getContext: vi.fn<Apex>(), getSections: vi.fn<Apex>(), refresh: vi.fn<Apex>() };
  const onChange = vi.fn();

  beforeAll(async () => {
    // The component imports the generated model, which a fresh clone does not have.
    await buildModel();
    ({ createApexTransport: createTransport } = await load<TransportModule>("c/sidelightTransport"));
    Object.assign(globalThis, { apexMethods: apex });
  });
  beforeEach(() => {
    vi.useFakeTimers({ now });
    for (const method of Object.values(apex)) method.mockReset();
    onChange.mockReset();
    apex.getContext.mockResolvedValue(contextResponse(fixtures.company(now)));
    session = createPanelSession({ transport: createTransport() });
    session.subscribe(onChange);
    session.setVisible(true);
  });
  afterEach(() => {
    session.stop();
    vi.useRealTimers();
  });

  const start = ({ objectApiName, recordId }: typeof account) =>
    session.show({ key: `${objectApiName} ${recordId}`, objectApiName, recordId });
  const show = (record: typeof account) => {
    start(record);
    return settle();
  };

  it("settles with one call when no section is pending", async () => {
    await show(account);
    expect(apex.getContext).toHaveBeenCalledExactlyOnceWith({ ...account, locale });
    expect(apex.getSections).not.toHaveBeenCalled();
    expect(session.state()).toMatchObject({ phase: "settled", updating: [], problem: null, requestId: "req_1" });
    expect(session.state().context?.customer?.company?.name).toBe("Lovelace Analytics");
    expect(onChange).toHaveBeenCalled();
  });

  it("requests pending sections once and reports a timeout when they are still pending", async () => {
    const pendingContext = fixtures.pending(now);
    apex.getContext.mockResolvedValue(contextResponse(pendingContext));
    const sectionsReply = deferred();
    apex.getSections.mockReturnValue(sectionsReply.promise);
    await show(contact);
    expect(session.state()).toMatchObject({ phase: "settled", updating: ["product"] });
    sectionsReply.resolve(contextResponse(pendingContext));
    await settle();
    expect(apex.getSections).toHaveBeenCalledExactlyOnceWith({ ...contact, sections: ["product"] });
    expect(session.state().context?.sections.product).toMatchObject({ state: "error", problem: { code: "timeout" } });
    expect(session.state().updating).toEqual([]);
  });

  it("drops a late answer for a record that is no longer shown", async () => {
    const [first, second] = [deferred(), deferred()];
    apex.getContext.mockReturnValueOnce(first.promise).mockReturnValueOnce(second.promise);
    start(account);
    start(contact);
    second.resolve(contextResponse(fixtures.none(now)));
    first.resolve(contextResponse(fixtures.company(now)));
    await settle();
    expect(session.state().context?.match.state).toBe("none");
  });

  it("drops a late section of a record that is no longer shown", async () => {
    const sectionsReply = deferred();
    apex.getContext.mockResolvedValueOnce(contextResponse(fixtures.pending(now)));
    apex.getSections.mockReturnValue(sectionsReply.promise);
    await show(contact);
    await show(account);
    sectionsReply.resolve(contextResponse(fixtures.rich(now)));
    await settle();
    expect(session.state().context?.ref).toBe(fixtures.company(now).ref);
  });

  it("shows no values of the previous customer while another one loads", async () => {
    await show(account);
    apex.getContext.mockReturnValue(new Promise(() => {}));
    start(contact);
    expect(session.state()).toMatchObject({ context: null, phase: "loading" });
  });

  it("keeps old values during a refresh, also of a section that becomes pending", async () => {
    apex.getContext.mockResolvedValue(contextResponse(fixtures.rich(now)));
    await show(contact);
    const [refreshReply, sectionsReply] = [deferred(), deferred()];
    apex.refresh.mockReturnValue(refreshReply.promise);
    apex.getSections.mockReturnValue(sectionsReply.promise);
    const refreshing = session.refresh();
    expect(apex.refresh).toHaveBeenCalledExactlyOnceWith({ ...contact, locale });
    expect(session.state()).toMatchObject({ phase: "refreshing" });
    expect(session.state().context?.sections.product?.data).toBeTruthy();
    refreshReply.resolve(contextResponse(fixtures.pending(now)));
    expect(await refreshing).toBe(true);
    expect(session.state().updating).toEqual(["product"]);
    expect(session.state().context?.sections.product?.data).toBeTruthy();
    sectionsReply.resolve(contextResponse(fixtures.rich(now)));
    await settle();
    expect(optionsOf(session.state())).toMatchObject({ updating: [], refreshAllowedAt: now + 30_000 });
  });

  it("reads instead of refreshing during the cooldown", async () => {
    await show(account);
    apex.refresh.mockResolvedValue(contextResponse(fixtures.company(now)));
    await session.refresh();
    await session.refresh();
    expect(apex.refresh).toHaveBeenCalledTimes(1);
    expect(apex.getContext).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(31_000);
    await session.refresh();
    expect(apex.refresh).toHaveBeenCalledTimes(2);
  });

  it("shows a refused refresh as a cooldown, not as a failure", async () => {
    await show(account);
    apex.refresh.mockResolvedValue(problemResponse(429, "rate_limited", { retryAfter: 12 }));
    expect(await session.refresh()).toBe(false);
    expect(optionsOf(session.state())).toMatchObject({ problem: null, refreshAllowedAt: now + 12_000, phase: "settled" });
  });

  it("keeps the context and reports the problem when a later request fails", async () => {
    await show(account);
    apex.getContext.mockResolvedValue(problemResponse(500, "internal"));
    expect(await session.reload()).toBe(false);
    expect(session.state().problem).toEqual({ code: "internal", requestId: "req_2", retryAt: null });
    expect(session.state().context?.customer).toBeTruthy();
  });

  it("retries one section and does not change the others", async () => {
    const previousContext = fixtures.oneDown(now);
    apex.getContext.mockResolvedValue(contextResponse(previousContext));
    apex.getSections.mockResolvedValue(contextResponse(fixtures.rich(now)));
    await show(contact);
    await session.retry("product");
    expect(apex.getSections).toHaveBeenCalledExactlyOnceWith({ ...contact, sections: ["product"] });
    expect(session.state().context?.sections.product?.state).toBe("ok");
    expect(session.state().context?.sections.timeline).toEqual(JSON.parse(JSON.stringify(previousContext.sections.timeline)));
  });

  describe("polling", () => {
    const etag = '"abc-1"';
    const nextPoll = () => vi.advanceTimersByTimeAsync(10_000);

    beforeEach(async () => {
      apex.getContext.mockResolvedValue(contextResponse(fixtures.company(now), { etag }));
      await show(account);
      onChange.mockReset();
    });

    it("sends the ETag every 10 seconds and does not update when the context is unchanged", async () => {
      apex.getContext.mockResolvedValue({ status: 304, body: null, etag });
      const { context } = session.state();
      await vi.advanceTimersByTimeAsync(9_999);
      expect(apex.getContext).toHaveBeenCalledTimes(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(apex.getContext).toHaveBeenLastCalledWith({ ...account, locale, etag });
      await vi.advanceTimersByTimeAsync(40_000);
      expect(apex.getContext).toHaveBeenCalledTimes(6);
      expect(onChange).not.toHaveBeenCalled();
      expect(session.state().phase).toBe("settled");
      expect(session.state().context).toBe(context);
    });

    it("updates in the background and sends the new ETag with the next poll", async () => {
      const pollReply = deferred();
      apex.getContext.mockReturnValue(pollReply.promise);
      await nextPoll();
      expect(session.state()).toMatchObject({ phase: "settled", updating: [] });
      pollReply.resolve(contextResponse(fixtures.atRisk(now), { etag: '"abc-2"' }));
      await settle();
      expect(onChange).toHaveBeenCalledTimes(1);
      expect(session.state().context?.sections.health?.data?.band).toBe("at_risk");
      await nextPoll();
      expect(apex.getContext).toHaveBeenLastCalledWith({ ...account, locale, etag: '"abc-2"' });
    });

    it("starts the interval when the answer has arrived", async () => {
      const pollReply = deferred();
      apex.getContext.mockReturnValueOnce(pollReply.promise);
      await nextPoll();
      await vi.advanceTimersByTimeAsync(5_000);
      expect(apex.getContext).toHaveBeenCalledTimes(2);
      pollReply.resolve({ status: 304, body: null, etag });
      await vi.advanceTimersByTimeAsync(9_999);
      expect(apex.getContext).toHaveBeenCalledTimes(2);
      await vi.advanceTimersByTimeAsync(1);
      expect(apex.getContext).toHaveBeenCalledTimes(3);
    });

    it("stops while the panel is hidden, and polls once when it becomes visible", async () => {
      session.setVisible(false);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(apex.getContext).toHaveBeenCalledTimes(1);
      expect(vi.getTimerCount()).toBe(0);
      for (let event = 0; event < 3; event += 1) session.setVisible(true);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(apex.getContext).toHaveBeenCalledTimes(2);
    });

    it("doubles the interval with each failure up to five minutes, and resets it after a success", async () => {
      const pollTimes = [now];
      apex.getContext.mockImplementation(async () => {
        pollTimes.push(Date.now());
        return pollTimes.length === 8 ? { status: 304, body: null, etag } : problemResponse(500, "internal");
      });
      await vi.advanceTimersByTimeAsync(30 * 60_000);
      const intervals = pollTimes.slice(1).map((time, index) => (time - pollTimes[index]!) / 1000);
      expect(intervals.slice(0, 8)).toEqual([10, 20, 40, 80, 160, 300, 300, 10]);
    });

    it("sends no request while another one is pending", async () => {
      const refreshReply = deferred();
      apex.refresh.mockReturnValue(refreshReply.promise);
      const refreshing = session.refresh();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(apex.getContext).toHaveBeenCalledTimes(1);
      refreshReply.resolve(contextResponse(fixtures.company(now)));
      await refreshing;
      await nextPoll();
      expect(apex.getContext).toHaveBeenCalledTimes(2);
    });

    it("reports a failed poll and clears the problem when the context is unchanged", async () => {
      apex.getContext.mockResolvedValue(problemResponse(500, "internal"));
      await nextPoll();
      expect(session.state()).toMatchObject({ problem: { code: "internal" } });
      apex.getContext.mockResolvedValue({ status: 304, body: null, etag });
      await vi.advanceTimersByTimeAsync(50_000);
      expect(session.state().problem).toBeNull();
      expect(session.state().context).not.toBeNull();
    });

    it("drops the answer for a previous record and loads the next one without an ETag", async () => {
      const pollReply = deferred();
      apex.getContext.mockReturnValueOnce(pollReply.promise).mockResolvedValue(contextResponse(fixtures.rich(now)));
      await nextPoll();
      await show(contact);
      pollReply.resolve(contextResponse(fixtures.atRisk(now)));
      await settle();
      expect(apex.getContext).toHaveBeenLastCalledWith({ ...contact, locale });
      expect(session.state().context?.sections.health?.data?.band).toBe("good");
    });

    it("keeps the error of a section until its source has answered", async () => {
      apex.getContext.mockResolvedValue(contextResponse(fixtures.oneDown(now)));
      await session.reload();
      const sectionsReply = deferred();
      apex.getContext.mockResolvedValue(contextResponse(fixtures.pending(now)));
      apex.getSections.mockReturnValue(sectionsReply.promise);
      await nextPoll();
      expect(session.state().context?.sections.product?.state).toBe("error");
      sectionsReply.resolve(contextResponse(fixtures.rich(now)));
      await settle();
      expect(session.state().context?.sections.product?.state).toBe("ok");
    });
  });

  it("loads the chosen candidate, and returns to the candidates when the choice is undone", async () => {
    apex.getContext.mockResolvedValue(contextResponse(fixtures.ambiguous(now)));
    await show(contact);
    apex.getContext.mockResolvedValue(contextResponse(fixtures.rich(now)));
    session.choose("person:b2");
    await settle();
    expect(apex.getContext.mock.calls.map(([parameters]) => parameters["candidate"])).toEqual([null, "person:b2"]);
    session.undoChoice();
    expect(session.state()).toMatchObject({ candidate: null, context: { match: { state: "ambiguous" } } });
  });

  it("drops the answer that arrives after stop", async () => {
    const reply = deferred();
    apex.getContext.mockReturnValue(reply.promise);
    start(account);
    session.stop();
    reply.resolve(contextResponse(fixtures.company(now)));
    await settle();
    expect(session.state().context).toBeNull();
  });

  describe.each([
    [
      "a key that the API rejects",
      () => Promise.resolve(problemResponse(401, "unauthenticated")),
      { setup: "credentials_refused", problem: { requestId: "req_2" } },
    ],
    ["a missing credential", () => apexFailure("credentials"), { setup: "credentials_refused" }],
    ["a URL that is not allowed", () => apexFailure("endpoint"), { setup: "domain_refused" }],
    ["a record without access", () => apexFailure("forbidden"), { setup: null, problem: { code: "forbidden" } }],
    ["an API that does not respond", () => apexFailure("timeout"), { setup: null, problem: { code: "timeout" } }],
    ["a failure of the platform", () => Promise.reject(new Error("disconnected")), { problem: { code: "network" } }],
    ["a proxy's error page", () => Promise.resolve({ status: 502, body: null }), { problem: { code: "network" } }],
    ["a body that is not JSON", () => Promise.resolve({ status: 200, body: "<html>" }), { problem: { code: "internal" } }],
    [
      "an overloaded API",
      () => Promise.resolve({ status: 503, body: null, retryAfter: 5 }),
      { problem: { code: "overloaded", retryAt: now + 5000 } },
    ],
  ])("%s", (_, reply, expected) => {
    it("is reported in the state and not thrown", async () => {
      apex.getContext.mockImplementation(reply);
      await show(account);
      expect(session.state().context).toBeNull();
      expect(optionsOf(session.state())).toMatchObject({ phase: "settled", ...expected });
    });
  });
});
