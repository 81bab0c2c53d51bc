import { describe, expect, it } from "vitest";
import type { Host } from "../zaf/host.ts";
import { locationFrom } from "./place.ts";
import { subjectReader } from "./subject.ts";

type Values = Record<string, unknown>;

function reader(location: Parameters<typeof subjectReader>[1], values: Values, firstFields?: Values) {
  const host = { get: async (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, values[path]])) };
  return subjectReader(host as unknown as Host, location, firstFields && Promise.resolve(firstFields));
}

describe("the subject of a page", () => {
  it("is the ticket, until a different requester is chosen in its form", async () => {
    const values: Record<string, unknown> = { "ticket.id": 5158, "ticket.requester": { id: 361, email: "a@x.example" } };
    const read = reader("ticket_sidebar", values);
    expect(await read()).toMatchObject({ ref: "zendesk.ticket:5158", ticketId: "5158" });
    values["ticket.requester"] = { id: 362 };
    expect(await read()).toMatchObject({ ref: "zendesk.user:362", ticketId: "5158" });
    values["ticket.requester"] = { id: 361 };
    expect(await read()).toMatchObject({ ref: "zendesk.ticket:5158" });
  });

  it("uses the fields that were asked for in advance once, and asks again after a change", async () => {
    const values: Record<string, unknown> = { "ticket.id": 5158, "ticket.requester": { id: 362 } };
    const read = reader("ticket_sidebar", values, { "ticket.id": 5158, "ticket.requester": { id: 361 } });
    const [first, second] = await Promise.all([read(), read()]);
    expect(first).toMatchObject({ ref: "zendesk.ticket:5158" });
    expect(second).toMatchObject({ ref: "zendesk.user:362" });
  });

  it("is a new ticket's requester: by id, else by address, else none yet", async () => {
    const values: Record<string, unknown> = { "ticket.id": null, "ticket.requester": null };
    const read = reader("new_ticket_sidebar", values);
    expect(await read()).toMatchObject({ key: "", isWaiting: true, ticketId: null });
    values["ticket.requester"] = { id: null, email: " Ada@Lovelace.example " };
    expect(await read()).toEqual({ key: "email:ada@lovelace.example", ref: "email:ada@lovelace.example", ticketId: null });
    values["ticket.requester"] = { id: "361", email: "ada@lovelace.example" };
    expect(await read()).toMatchObject({ ref: "zendesk.user:361" });
  });

  it("is the user or the organization of the page", async () => {
    expect(await reader("user_sidebar", { "user.id": 9 })()).toMatchObject({ ref: "zendesk.user:9" });
    expect(await reader("organization_sidebar", { "organization.id": 77 })()).toMatchObject({ ref: "zendesk.organization:77" });
    expect(await reader("user_sidebar", { "user.id": "9/../x" })()).toMatchObject({ isWaiting: true, ticketId: null });
  });

  it("is read as a ticket's at an unknown location", () => {
    expect(locationFrom("nav_bar")).toBe("ticket_sidebar");
    expect(locationFrom("organization_sidebar")).toBe("organization_sidebar");
  });
});
