import { expect, it } from "vitest";
import { startSimulators, TINY } from "../../lab/simulators/lab.ts";
import { recordTruth } from "./truth.ts";

it("a fact is too old when it was replaced before it was observed", async () => {
  const lab = await startSimulators({ seed: 7, sizes: { acme: TINY["acme"]! } });
  try {
    let now = 1_000;
    const { world } = lab.tenants["acme"]!;
    const truth = recordTruth(world, () => now);
    const ticket = [...world.zendesk.tickets.values()].find(({ status }) => status === "open")!;
    now = 5_000;
    world.change(() => world.zendesk.tickets.put({ ...ticket, status: "solved" }));
    const id = String(ticket.id);
    expect([truth.hadStatus(id, "open", 4_000), truth.hadStatus(id, "open", 6_000)]).toEqual([true, false]);
    expect([truth.hadStatus(id, "solved", 4_000), truth.hadStatus(id, "solved", 6_000)]).toEqual([true, true]);
    expect(truth.hadStatus(id, "pending", 0)).toBe(false);
  } finally {
    await lab.close();
  }
});
