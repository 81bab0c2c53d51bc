import { Hono } from "hono";

/** A request for an action. */
export interface TakenAction {
  /** note, pin, follow-up… */
  name: string;
  body: Record<string, unknown>;
  key: string;
}

export interface FixtureActions {
  app: Hono;
  /** Every action in order. */
  taken: TakenAction[];
}

/** Where actions and pins are. */
export const actionPaths = /\/v1\/(actions\/[^/]+|pins)$/;

/** Accepts every action. A follow-up is done when it is read the first time. */
export function fixtureActions(now: () => number, platform: "salesforce" | "zendesk" = "zendesk"): FixtureActions {
  const app = new Hono();
  const takenActions: TakenAction[] = [];
  const timestamp = () => new Date(now()).toISOString();
  const followUp = (state: string) => ({
    ...{ action: "follow-up", id: "act_1", at: timestamp(), delivery: "d1", platform },
    ...{ state, message: null, record: null },
  });
  app.get("/v1/pins", (c) => c.json({ items: [], nextCursor: null }));
  app.get("/v1/actions/:id", (c) => c.json(followUp("done")));
  app.post("/v1/actions/:name", async (c) => {
    const name = c.req.param("name");
    takenActions.push({ name, body: await c.req.json(), key: c.req.header("idempotency-key") ?? "" });
    if (name === "follow-up") return c.json(followUp("waiting"), 202);
    if (name !== "reveal") return c.json({ action: name, id: "act_1", at: timestamp(), note: null });
    const hideAt = new Date(now() + 60_000).toISOString();
    return c.json({ action: name, id: "act_1", at: timestamp(), hideAt, values: { "/customer/email": revealedEmail } });
  });
  return { app, taken: takenActions };
}

/** What a reveal shows of the customer of the fixtures. */
export const revealedEmail = "ada@lovelace.example";
