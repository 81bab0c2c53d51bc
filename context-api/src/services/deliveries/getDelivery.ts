import type { DeliveryDetail, PossibleDuplicate } from "@sidelight/contracts/events/delivery.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { openCreationChecks } from "../../deliveries/creationCheck.ts";
import { duplicateCause } from "../../deliveries/duplicateCauses.ts";
import { suggestionId } from "../../linking/suggestions.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { deliveryView } from "./deliveryView.ts";

/**
 * One delivery. When it waits as a possible duplicate, with the customers that it may be a duplicate of, as the store is now.
 * @throws {ProblemError} not_found
 */
export const getDelivery = defineService(
  "operate",
  async ({ served, actor }: ServiceContext, { id }: { id: string }): Promise<DeliveryDetail> => {
    const [delivery] = await served.deliveries.list({ limit: 1, id });
    if (!delivery) throw new ProblemError("not_found", `There is no delivery ${shownId(id)}. GET /v1/deliveries lists the ids.`);
    const isHeld = delivery.state === "dead_letter" && delivery.cause === duplicateCause;
    const duplicates = isHeld ? await duplicatesOf(served, id) : [];
    return { ...deliveryView(delivery, served.tenant.platforms), duplicates: maskDeep(duplicates, actor.rights).value };
  },
);

async function duplicatesOf({ tenant, deliveries }: ServiceContext["served"], id: string): Promise<PossibleDuplicate[]> {
  const delivery = await deliveries.find(id);
  const target = tenant.connections.find((connection) => connection.id === delivery?.delivery.target);
  const action = delivery && target?.connector.actions?.[delivery.delivery.action];
  if (!delivery || !target || !action) return [];
  const { input, about } = delivery.payload;
  const [result] = await openCreationChecks(tenant).check(target.id, [{ action, input, about }]);
  if (result?.verdict !== "ask") return [];
  const { own } = result.found;
  return result.matches.map(({ node, best, confidence, reasons }) => ({
    id: `person:${node}`,
    ref: best.ref,
    confidence: Number(confidence.toFixed(4)),
    reasons: reasons.map(({ rule, text }) => ({ rule, text, records: [best.ref], values: [] })),
    candidate: own ? suggestionId(own.node, node) : null,
  }));
}
