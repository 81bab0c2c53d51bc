import type { Context } from "@sidelight/contracts/context/context.ts";
import { describe, expect, it } from "vitest";
import { parsePointer, pickFields } from "./fields.ts";

describe("a JSON pointer", () => {
  it.each([
    ["/customer/name", ["customer", "name"]],
    ["/a~1b", ["a/b"]],
    ["/a~0b", ["a~b"]],
    ["/a~01", ["a~1"]],
    ["/", [""]],
    ["/list/0", ["list", "0"]],
  ])("%s has the tokens %j", (text, tokens) => {
    expect(parsePointer(text)).toEqual(tokens);
  });

  it.each(["", "customer", "customer/name", "/a~", "/a~2", "#/customer"])("%j is invalid", (text) => {
    expect(parsePointer(text)).toBeNull();
  });
});

describe("picking fields", () => {
  const context = {
    ref: "zendesk.ticket:1",
    kind: "person",
    match: { state: "resolved" },
    customer: { id: "person:1", name: "Ada", company: null },
    sections: { support: { state: "ok", data: { open: 3, tickets: [{ id: "1" }, { id: "2" }] } } },
  } as unknown as Context;
  const pick = (...pointers: string[]) =>
    pickFields(
      context,
      pointers.map((text) => parsePointer(text)!),
    );
  const requiredMembers = { ref: "zendesk.ticket:1", kind: "person", match: { state: "resolved" } };

  it("returns ref, kind and match for any pointers", () => {
    expect(pick()).toEqual(requiredMembers);
    expect(pick("/unknown")).toEqual(requiredMembers);
  });

  it("returns the named members with the objects around them", () => {
    expect(pick("/customer/name", "/sections/support/data/open")).toEqual({
      ...requiredMembers,
      customer: { name: "Ada" },
      sections: { support: { data: { open: 3 } } },
    });
  });

  it("merges members of one object", () => {
    expect(pick("/customer/id", "/customer/name")).toEqual({ ...requiredMembers, customer: { id: "person:1", name: "Ada" } });
  });

  it("copies a list as a whole, and nothing for a pointer into it", () => {
    expect(pick("/sections/support/data/tickets")).toMatchObject({
      sections: { support: { data: { tickets: [{ id: "1" }, { id: "2" }] } } },
    });
    expect(pick("/sections/support/data/tickets/0")).toMatchObject({ sections: { support: { data: {} } } });
  });

  it("returns null for a member of null", () => {
    expect(pick("/customer/company/name")).toEqual({ ...requiredMembers, customer: { company: null } });
  });

  it("reads no inherited members", () => {
    expect(pick("/constructor", "/customer/toString", "/__proto__/x")).toEqual({ ...requiredMembers, customer: {} });
  });

  it("does not change the context", () => {
    const copy = structuredClone(context);
    pick("/customer/name", "/customer/company/name", "/sections/support");
    expect(context).toEqual(copy);
  });
});
