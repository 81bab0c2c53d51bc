import type { FollowUpState } from "@sidelight/contracts/actions/action.ts";
import { deliveryView } from "../deliveries/deliveryView.ts";
import { iso } from "../instant.ts";
import type { ServiceContext } from "../service.ts";
import type { TakenAction } from "./runAction.ts";

/** How far the delivery of a follow-up is. */
export async function followUpState(
  { served }: Pick<ServiceContext, "served">,
  { id, at, ids }: Pick<TakenAction, "id" | "at" | "ids">,
): Promise<FollowUpState> {
  const delivery = String(ids["delivery"]);
  const [row] = await served.deliveries.list({ limit: 1, id: delivery });
  const view = row && deliveryView(row, served.tenant.platforms);
  return {
    action: "follow-up",
    id,
    at: iso(at),
    delivery,
    platform: String(ids["platform"]),
    state: view?.state ?? null,
    message: view?.message ?? null,
    record: view?.ref ?? null,
  };
}
