import { CardList, CardsRequest } from "@sidelight/contracts/cards/card.ts";
import { getCards } from "../../services/cards/getCards.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { customerProblems, json, noStore, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/cards",
  operationId: "getCards",
  summary: "Get the cards of a customer from your own services",
  description:
    "Cards are sections that a service of yours fills: orders, invoices, marketing engagement. They are configured in a connection of the platform generic. A service that fails affects its own cards only. An answer is kept for as long as the service says, and until an event changes the customer.",
  tags: ["Context"],
  security,
  schema: CardsRequest,
  responses: { 200: json(CardList, "The cards, in the order of the configuration"), ...problems, ...customerProblems },
};

export function postCards(app: App): void {
  jsonOperation(app, operation, async (c, body) => c.json(await getCards(c.get("service"), body), 200, noStore));
}
