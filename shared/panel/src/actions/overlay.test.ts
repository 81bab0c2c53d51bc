import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { startTime } from "../session/fakes.ts";
import { maskedPointers, withRevealed } from "./overlay.ts";

const context = fixtures.rich(startTime);

describe("revealed values", () => {
  it("replace their masks in a copy, which is no longer marked as masked", () => {
    const email = `ada${context.customer?.email?.replace(/^•+/, "")}`;
    const contextBefore = structuredClone(context);
    const revealedContext = withRevealed(context, { "/customer/email": email });
    expect(revealedContext.customer).toMatchObject({ email, masked: [] });
    expect(context).toEqual(contextBefore);
    expect(revealedContext.sections).toBe(context.sections);
  });

  it.each([
    ["an address of another domain", "ada@elsewhere.example"],
    ["nothing", null],
    ["a value of another kind", { email: "ada@lovelace.example" }],
  ])("leave the mask in place for %s", (_situation, value) => {
    expect(withRevealed(context, { "/customer/email": value })).toBe(context);
  });

  it.each(["/customer/__proto__/x", "/nowhere/at/all", "", "/sections/none/data/x"])("change nothing at %j", (pointer) => {
    expect(withRevealed(context, { [pointer]: "ada@lovelace.example" }).customer).toEqual(context.customer);
  });

  it("fit a mask in the middle of a text", () => {
    const address = fc
      .tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{2,8}$/))
      .map(([a, b]) => `${a}@${b}.example`);
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z ]{0,10}$/),
        address,
        fc.stringMatching(/^[A-Za-z ]{0,10}$/),
        (prefix, email, suffix) => {
          const text = `${prefix} ${email} ${suffix}`;
          const maskedContext = {
            ...context,
            customer: { ...context.customer, name: text.replace(/\S+@/, "•••@"), masked: ["/name"] },
          } as typeof context;
          expect(withRevealed(maskedContext, { "/customer/name": text }).customer).toMatchObject({ name: text, masked: [] });
        },
      ),
    );
  });
});

describe("pointers of masked values", () => {
  it("start at the root of the answer", () => {
    expect(maskedPointers(context, "customer")).toEqual(["/customer/email"]);
    expect(maskedPointers(context, "account")).toEqual(["/sections/account/data/owner/email"]);
    expect(maskedPointers(context, "nothing")).toEqual([]);
    expect(maskedPointers(null, "customer")).toEqual([]);
  });
});
