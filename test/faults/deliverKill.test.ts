import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openServedLab, type ServedLab } from "../harness/servedLab.ts";
import { healthField, ticketRoutes } from "../harness/ticketRoutes.ts";
import type { Fault } from "../lab/simulators/faults.ts";
import { rng } from "../lab/world/prng.ts";

// The process is killed with SIGKILL while it writes to the platforms, which lose many responses after processing the request.
// The effects are counted at the platforms.
const rounds = process.env["SIDELIGHT_FULL"] === "1" ? 20 : 3;
const seed = Number(process.env["SIDELIGHT_SEED"] ?? 20_261_121);
const perRound = 3;
let served: ServedLab;

beforeAll(async () => {
  served = await openServedLab(ticketRoutes);
});
afterAll(() => served.close());

/** Whether the platforms have received so many further requests. Pulls every two seconds guarantee that it becomes true. */
function requestsAfter(count: number): () => boolean {
  const total = (): number => served.lab.requests.list({}).length;
  const target = total() + count;
  return () => total() >= target;
}

/** Lost responses: delayed for a moment, then cut, after the request was processed. */
const lostResponse = (platform: Fault["platform"], path: string, seedOf: number): Fault => ({
  ...{ platform, path, kind: "timeout", rate: 0.4, ms: 300, processed: true },
  seed: seedOf,
});

describe(`killed at ${rounds} random moments while delivering, with lost responses (seed ${seed})`, () => {
  it("each effect exists exactly once on the platforms", { timeout: scaled(240_000 + rounds * 20_000) }, async () => {
    const { lab, world, effects } = served;
    const random = rng(seed);
    await served.fill();
    for (const [i, [platform, path]] of (
      [
        ["salesforce", "/services/data"],
        ["mixpanel", "/import"],
        ["zendesk", "/api/v2/tickets"],
      ] as const
    ).entries())
      lab.faults.add(lostResponse(platform, path, seed + i));
    const tickets: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const serving = await served.serve();
      for (let i = 0; i < perRound; i++) {
        const { refs } = lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: round * perRound + i });
        tickets.push(refs.find((ref) => ref.startsWith("zendesk.ticket:"))!.split(":")[1]!);
        await until("the next requests to the platforms", requestsAfter(random.int(0, 3)));
      }
      await until("the requests before the kill", requestsAfter(random.int(1, 12)));
      await served.kill(serving);
      await served.makeAttemptsDue();
    }
    lab.faults.clear();
    await settled(tickets.length * ticketRoutes(world).routes.length);

    const [expectedEffects, task, cases] = [
      tickets.map((id) => `Ticket ${id}`).sort(),
      effects("salesforce")["Task"],
      effects("salesforce")["Case"],
    ];
    expect(task!.map((t) => t.fields["Subject"]).sort()).toEqual(expectedEffects);
    expect(cases!.map((c) => c.fields["Subject"]).sort()).toEqual(expectedEffects);
    for (const { writes } of [...task!, ...cases!]) expect(writes).toBe(1);
    const trackedEvents = Object.values(effects("mixpanel")).flat();
    expect(trackedEvents.map((e) => e.fields["distinct_id"]).sort()).toEqual(tickets.map((id) => `t-${id}`).sort());
    for (const id of tickets) {
      const comments = [...world.zendesk.comments.values()].filter((c) => String(c.ticket_id) === id && c.body === "Noted");
      expect(comments.length, `notes on ticket ${id}`).toBe(1);
      const { custom_fields } = world.zendesk.tickets.get(Number(id))!;
      expect(Number(custom_fields.find((f) => f.id === healthField(world).id)?.value)).toBe(77);
    }
  });
});

async function settled(count: number): Promise<void> {
  await served.makeAttemptsDue();
  const serving = await served.serve();
  let items: { state: string; route: string; attempts: number; message: string | null }[] = [];
  try {
    // A pull finds changes without a webhook. Zendesk's export omits the last minute.
    await until("the deliveries", isOver, 150_000).catch(() => {});
    expect(items.filter((d) => d.state !== "done")).toEqual([]);
    expect(items.length).toBe(count);
  } finally {
    await served.kill(serving);
  }

  async function isOver(): Promise<boolean> {
    items = (await served.request<{ items: typeof items }>("/v1/deliveries?limit=1000")).items;
    return items.length >= count && items.every((d) => d.state !== "waiting");
  }
}
