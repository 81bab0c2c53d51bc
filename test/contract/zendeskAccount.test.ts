import { currentData } from "@sidelight/context-api/log/reader.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, openHarness } from "../harness/harness.ts";
import { setForgetsCursors } from "../lab/simulators/zendesk/oddities.ts";
import type { ZdTicket, ZdUser } from "../lab/world/types.ts";

let harness: Harness;
afterEach(() => harness.close());

const hour = 3_600_000;
const world = () => harness.lab.tenants["acme"]!.world;
const zd = () => world().zendesk;
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const now = () => harness.clock.now();

/** Zendesk is pulled at the default intervals. */
const open = async (options: HarnessOptions = {}) => {
  harness = await openHarness({
    ...options,
    configure(config) {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
    },
  });
};

const stored = async (ref: string) => {
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  return (await currentData(log, [ref])).get(ref);
};
const eventually = (label: string, isTrue: () => Promise<boolean>) => advanceUntil(harness.clock, 600_000, label, isTrue);
const stream = async (name: string): Promise<{ state: string; problem: string | null; passedOver: { reason: string }[] }> => {
  const { body } = await harness.request("/v1/connections");
  const zendesk = body.items.find((c: { platform: string }) => c.platform === "zendesk");
  return zendesk.streams.find((s: { name: string }) => s.name === name);
};
const ticketRef = ({ id }: { id: number }) => `zendesk.ticket:${id}`;
const userRef = ({ id }: { id: number }) => `zendesk.user:${id}`;
const changeTicket = (ticket: ZdTicket, values: Partial<ZdTicket>) =>
  world().change(() =>
    zd().tickets.put({ ...ticket, ...values, updated_at: iso(now()), generated_timestamp: Math.floor(now() / 1000) }),
  );
const changeUser = (user: ZdUser, values: Partial<ZdUser>) =>
  world().change(() => zd().users.put({ ...zd().users.get(user.id)!, ...values, updated_at: iso(now()) }));
const endUser = () => [...zd().users.values()].find((u) => u.role === "end-user" && u.active && u.email !== null)!;

describe("a ticket whose metrics are odd or absent", () => {
  const solved = () =>
    [...zd().tickets.values()].find((t) => t.status === "solved" && zd().metrics.get(t.id)?.solved_at != null && t.requester_id)!;

  it.each([
    ["odd", (id: number) => zd().metrics.put({ ...zd().metrics.get(id)!, solved_at: "soon" })],
    ["absent", (id: number) => zd().metrics.remove(id)],
  ])("keeps when it was solved while they are %s, in a pull and in a refresh", async (_, break_) => {
    await open();
    const ticket = solved();
    const previous = await stored(ticketRef(ticket));
    expect(previous).toMatchObject({ solvedAt: expect.any(String), resolutionMinutes: expect.any(Number) });
    world().change(() => break_(ticket.id));
    changeTicket(ticket, { subject: "Renamed" });
    await eventually("the pull", async () => ((await stored(ticketRef(ticket))) as { subject: string }).subject === "Renamed");
    const { solvedAt, resolutionMinutes } = previous as { solvedAt: string; resolutionMinutes: number };
    expect(await stored(ticketRef(ticket))).toMatchObject({ solvedAt, resolutionMinutes });
    changeTicket(zd().tickets.get(ticket.id)!, { subject: "Renamed again" });
    const ref = encodeURIComponent(`zendesk.user:${ticket.requester_id}`);
    await advanceUntilSettled(harness.clock, harness.request(`/v1/context/${ref}/refresh`, { method: "POST" }));
    expect(await stored(ticketRef(ticket))).toMatchObject({ subject: "Renamed again", solvedAt, resolutionMinutes });
  });

  it("is not solved any more when it was opened again", async () => {
    await open();
    const ticket = solved();
    world().change(() => zd().metrics.remove(ticket.id));
    changeTicket(ticket, { status: "open" });
    await eventually("the pull", async () => ((await stored(ticketRef(ticket))) as { status: string }).status === "open");
    expect(await stored(ticketRef(ticket))).toMatchObject({ solvedAt: null });
  });
});

describe("a user field that withdraws consent", () => {
  it.each([
    ["deleted", {}],
    ["created again as text", { analytics_opt_out: "no" }],
  ])("gives no consent when it is %s", async (_, user_fields) => {
    await open();
    const user = endUser();
    changeUser(user, { user_fields: { ...user.user_fields, analytics_opt_out: true } } as Partial<ZdUser>);
    await eventually("the withdrawal", async () => ((await stored(userRef(user))) as { optedOut: boolean }).optedOut);
    changeUser(user, { name: "Renamed", user_fields } as Partial<ZdUser>);
    await eventually("the pull", async () => ((await stored(userRef(user))) as { name: string }).name === "Renamed");
    expect(await stored(userRef(user))).toMatchObject({ optedOut: true });
    changeUser(user, { name: "Renamed again", user_fields: { analytics_opt_out: false } } as Partial<ZdUser>);
    await eventually("the pull", async () => ((await stored(userRef(user))) as { name: string }).name === "Renamed again");
    expect(await stored(userRef(user))).toMatchObject({ optedOut: false });
  });
});

describe("a cursor that Zendesk no longer accepts", () => {
  it("is forgotten: the export starts again from what is stored, and the streams stay in order", async () => {
    await open();
    const [ticket] = zd().tickets.values();
    const user = endUser();
    await harness.clock.advance(hour);
    setForgetsCursors(world(), true);
    changeTicket(ticket!, { subject: "Renamed" });
    changeUser(user, { name: "Renamed" });
    const since = harness.requests("zendesk").length;
    await eventually("the ticket", async () => ((await stored(ticketRef(ticket!))) as { subject: string }).subject === "Renamed");
    await eventually("the user", async () => ((await stored(userRef(user))) as { name: string }).name === "Renamed");
    for (const name of ["tickets", "users", "organizations"])
      expect(await stream(name)).toMatchObject({ state: "ok", problem: null });
    const starts = harness
      .requests("zendesk", since)
      .filter(({ tenant, path }) => tenant === "acme" && path.includes("/incremental/tickets"))
      .flatMap(({ path }) => /start_time=(\d+)/.exec(path)?.[1] ?? []);
    expect(starts.length).toBeGreaterThan(0);
    // What is stored is not read again.
    for (const start of starts) expect(Number(start) * 1000).toBeGreaterThan(now() - 4 * hour);
  });
});
