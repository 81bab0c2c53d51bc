import { describe, expect, it } from "vitest";
import { actionNames, rightsOf, withoutPerson } from "./roles.ts";

describe("the rights of a role", () => {
  it("let people act, and reveal nothing", () => {
    for (const role of ["agent", "rep"] as const) {
      expect(rightsOf(role)).toMatchObject({ pii: false, reveal: false, events: false, operate: false, sections: null });
      expect(rightsOf(role).act).toEqual(actionNames.filter((name) => name !== "reveal"));
    }
    expect(rightsOf("admin").act).toEqual(actionNames);
  });

  it("follow a list of actions, and a member of its own before that list", () => {
    expect(rightsOf("agent", { agent: { act: ["reveal", "note"] } })).toMatchObject({
      ...{ act: ["note", "reveal"], reveal: true, identify: false },
    });
    expect(rightsOf("agent", { agent: { act: ["note"], identify: true } }).act).toEqual(["note", "identify"]);
    expect(rightsOf("agent", { agent: { reveal: true } }).act).toEqual(actionNames);
  });

  it("are changed for a person after those of the role", () => {
    const roles = { agent: { pii: true, sections: ["support"] } };
    expect(rightsOf("agent", roles, { pii: false, act: [] })).toMatchObject({ pii: false, act: [], sections: ["support"] });
  });

  it("never contain reveal without a person, except for an admin", () => {
    const reveals = (role: "admin" | "agent") => withoutPerson(role, rightsOf(role, { agent: { reveal: true } }));
    expect(reveals("agent")).toMatchObject({ reveal: false, act: actionNames.filter((name) => name !== "reveal") });
    expect(reveals("admin").reveal).toBe(true);
  });
});
