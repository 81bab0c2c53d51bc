import { createSidelightClient } from "@sidelight/client";
import { expect, it } from "vitest";
import { openHarness } from "../harness/harness.ts";

/** Platforms call these, with a signature of their own. */
const withoutClient = ["postWebhook", "openPanel"];

it("the client has a method for every published operation", async () => {
  const harness = await openHarness({ pull: false });
  try {
    const { paths } = (await harness.request("/openapi.json")).body as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const operations = Object.values(paths).flatMap((path) =>
      Object.values(path).flatMap(({ operationId }) => operationId ?? []),
    );
    const methods = Object.keys(createSidelightClient({ baseUrl: "http://sidelight.invalid", apiKey: "key" }));
    expect(operations.length).toBeGreaterThan(15);
    expect(operations.filter((id) => !methods.includes(id) && !withoutClient.includes(id))).toEqual([]);
  } finally {
    await harness.close();
  }
});
