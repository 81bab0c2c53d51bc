import { newMetrics } from "../lab/world/mutations/tools.ts";
import { rng } from "../lab/world/prng.ts";
import type { ZdTicket } from "../lab/world/types.ts";
import type { Harness } from "./harness.ts";

/**
 * Puts a new ticket of a user into Zendesk, in the user's organization unless the fields name another one.
 * @returns its id
 */
export function putTicket({ lab, clock }: Harness, requesterId: number, fields: Partial<ZdTicket> = {}): number {
  const world = lab.tenants["acme"]?.world;
  const [template] = world?.zendesk.tickets.values() ?? [];
  const user = world?.zendesk.users.get(requesterId);
  if (!world || !template || !user) throw new Error(`acme has no user ${requesterId}, or no ticket to copy`);
  const { zendesk } = world;
  const id = Math.max(...[...zendesk.tickets.values()].map((ticket) => ticket.id)) + 1;
  const timestamp = clock.now();
  const stamp = `${new Date(timestamp).toISOString().slice(0, 19)}Z`;
  world.change(() => {
    zendesk.tickets.put({
      ...template,
      subject: `Ticket ${id}`,
      description: "Hello.",
      status: "new",
      priority: "normal",
      rating: "unoffered",
      tags: [],
      custom_fields: [],
      requester_id: user.id,
      submitter_id: user.id,
      organization_id: user.organization_id,
      assignee_id: null,
      created_at: stamp,
      updated_at: stamp,
      generated_timestamp: Math.floor(timestamp / 1000),
      ...fields,
      id,
    });
    zendesk.metrics.put(newMetrics({ world, r: rng(1), at: timestamp, customer: null }, id));
  });
  return id;
}
