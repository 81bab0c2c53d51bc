import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, openHarness } from "../harness/harness.ts";
import { type SurveyResponse, setSurveyResponses } from "../lab/simulators/zendesk/oddities.ts";
import type { ZdTicket, ZdUser } from "../lab/world/types.ts";

let harness: Harness;
afterEach(() => harness.close());

const hour = 3_600_000;
const day = 24 * hour;
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

interface StreamView {
  name: string;
  complete: boolean;
  state: string;
  problem: string | null;
  records: number;
  passedOver: { reason: string; count: number }[];
}
async function stream(name: string): Promise<StreamView> {
  const { body } = await harness.request("/v1/connections");
  const connection = body.items.find((c: { platform: string }) => c.platform === "zendesk");
  return connection.streams.find((s: StreamView) => s.name === name);
}
const context = async (ref: string, query = "") =>
  (await advanceUntilSettled(harness.clock, harness.context(ref, { query }))).value.body;
const support = async (ref: string) => (await context(ref, "?sections=support")).sections.support!.data!;

/** Lets time pass until something holds, in steps that leave room for the pulls. */
const eventually = (label: string, isTrue: () => Promise<boolean>, stepMs = 60_000) =>
  advanceUntil(harness.clock, stepMs, label, isTrue);

const userRef = (user: { id: number }) => `zendesk.user:${user.id}`;

describe("satisfaction", () => {
  const response = (user: ZdUser, ticket: number, values: Partial<SurveyResponse>): SurveyResponse => ({
    id: `01J1WB51MG6HXTYWE6Q0C9${String(ticket).padStart(4, "0")}`,
    responder_id: user.id,
    ticket_id: ticket,
    rating: 5,
    category: "good",
    created_at: new Date(now() - 2 * hour).toISOString(),
    updated_at: new Date(now() - hour).toISOString(),
    ...values,
  });

  it("comes from survey responses, counts once beside a rating of the same ticket, and follows a changed answer", async () => {
    await open({ pull: false });
    const user = [...zd().users.values()].find(
      (u) => u.role === "end-user" && zd().tickets.by("requester_id", u.id).length >= 3,
    )!;
    const [rated, surveyed, open2] = zd().tickets.by("requester_id", user.id) as [ZdTicket, ZdTicket, ZdTicket];
    world().change(() => {
      for (const rating of [...zd().ratings.values()]) if (rating.requester_id === user.id) zd().ratings.remove(rating.id);
      for (const ticket of zd().tickets.by("requester_id", user.id)) zd().tickets.put({ ...ticket, rating: "unoffered" });
      const rating = {
        score: "good",
        requester_id: user.id,
        assignee_id: null,
        group_id: null,
        comment: null,
        created_at: iso(now() - day),
        updated_at: iso(now() - day),
      };
      zd().ratings.put({ ...rating, id: 770_001, ticket_id: rated.id } as never);
      zd().ratings.put({ ...rating, id: 770_002, ticket_id: surveyed.id } as never);
    });
    const answers = [
      response(user, surveyed.id, { rating: 1, category: "bad" }),
      response(user, open2.id, { rating: null, category: null }),
    ];
    setSurveyResponses(world(), answers);
    await harness.restart();
    expect((await support(userRef(user))).csat).toMatchObject({ good: 1, bad: 1 });
    setSurveyResponses(world(), [
      { ...answers[0]!, rating: 4, category: "good", updated_at: new Date(now()).toISOString() },
      answers[1]!,
    ]);
    await eventually("the changed answer", async () => (await support(userRef(user))).csat!.good === 2, 600_000);
    expect((await support(userRef(user))).csat!.bad).toBe(0);
  });

  it("follows a rating that the customer changed, which the list of ratings does not report", async () => {
    await open({ pull: false });
    const user = [...zd().users.values()].find(
      (u) => u.role === "end-user" && zd().tickets.by("requester_id", u.id).length >= 1,
    )!;
    const [ticket] = zd().tickets.by("requester_id", user.id) as [ZdTicket];
    const createdAt = iso(now() - 2 * day);
    const rating = { id: 770_010, ticket_id: ticket.id, requester_id: user.id, assignee_id: null, group_id: null, comment: null };
    const rate = (score: "good" | "bad", updatedAt: string) =>
      world().change(() => {
        zd().ratings.put({ ...rating, score, created_at: createdAt, updated_at: updatedAt } as never);
        const generated_timestamp = Date.parse(updatedAt) / 1000;
        const values = { rating: { id: rating.id, score, comment: null }, updated_at: updatedAt, generated_timestamp };
        zd().tickets.put({ ...zd().tickets.get(ticket.id)!, ...values });
      });
    world().change(() => {
      for (const { id, requester_id } of [...zd().ratings.values()]) if (requester_id === user.id) zd().ratings.remove(id);
      for (const other of zd().tickets.by("requester_id", user.id)) zd().tickets.put({ ...other, rating: "unoffered" });
    });
    rate("good", createdAt);
    await harness.restart();
    expect((await support(userRef(user))).csat).toMatchObject({ good: 1, bad: 0 });
    rate("bad", iso(now()));
    await eventually("the changed rating", async () => (await support(userRef(user))).csat!.bad === 1);
    expect((await support(userRef(user))).csat!.good).toBe(0);
  });

  it.each([403, 404])(
    "is not required: surveys that the plan lacks (%d) are unavailable, and everything else is ready",
    async (status) => {
      await open({ pull: false });
      harness.lab.faults.add({ platform: "zendesk", kind: "error", rate: 1, status, path: "/api/v2/guide", seed: 1 });
      await harness.restart();
      expect(await stream("surveys")).toMatchObject({ state: "unavailable", problem: expect.stringMatching(/plan/) });
      expect((await stream("ratings")).state).toBe("ok");
      const { body } = await harness.request("/v1/connections");
      expect(body.items.find((c: { platform: string }) => c.platform === "zendesk").state).toBe("ok");
    },
  );
});
