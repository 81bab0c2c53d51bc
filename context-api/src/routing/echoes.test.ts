import type { EventInput } from "@sidelight/model/records.ts";
import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import { describe, expect, it } from "vitest";
import { bench, change, copyRoute, nextNumber, pull, recordOf, report, settled, start, useEchoBench } from "./testEchoes.ts";

const clock = manualClock(Date.parse("2026-11-21T12:00:00Z"));
useEchoBench({ clock, until });

describe("a change that a delivery wrote", () => {
  it("is not routed again when a pull finds it", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    clock.advance(60_000);
    await pull("right.deal:1");
    await settled();
    expect(bench.performedEffects.map(({ input }) => input)).toEqual([{ ref: "right.deal:1", fields: { stage: "Won" } }]);
  });

  it("is not routed again when its report arrives before the platform's answer", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    bench.whilePerforming = ({ input }) => pull(input.ref);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    expect(bench.performedEffects).toHaveLength(1);
  });

  it("is not routed again after a restart", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await bench.routing!.stop();
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await pull("right.deal:1");
    await settled();
    expect(bench.performedEffects).toHaveLength(1);
  });

  it.each<[string, unknown, (value: unknown) => unknown]>([
    ["trims it", "  Won ", (value) => String(value).trim()],
    ["writes a number as text", 1234.5, (value) => String(value)],
    ["adds decimals", 1234.5, () => "1234.50"],
    ["rounds it to two decimals", 12.3456, () => "12.35"],
    ["rounds it to a whole number", 12.5, () => "13"],
    ["writes tags in lower case", "Gold Plan", (value) => String(value).toLowerCase().replaceAll(" ", "_")],
    ["writes an instant in another form", "2026-11-21T09:00:00Z", () => "2026-11-21T09:00:00.000+0000"],
    ["writes an instant in another zone", "2026-11-21T09:00:00Z", () => "2026-11-21T10:00:00+01:00"],
    ["cuts an instant to its day", "2026-11-21T09:00:00.123Z", () => "2026-11-21"],
    ["keeps an instant without milliseconds", "2026-11-21T09:00:00.123Z", () => "2026-11-21T09:00:00Z"],
    ["writes a truth value as text", true, () => "1"],
    ["sorts the values of a list", "b;a;c", () => "a;b;c"],
    ["writes an address in lower case", "Ada@Acme.com", () => "ada@acme.com"],
    ["changes line ends", "a\r\nb", () => "a\nb"],
    ["empties it", null, () => ""],
  ])("is recognized when the platform %s", async (_, value, platformForm) => {
    bench.deals["right.deal:1"] = { name: "Deal", stage: "Old" };
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    bench.normalize = platformForm;
    start([copyRoute("left", "stage", JSON.stringify(value)), copyRoute("right", "stage")]);
    await change("left.deal:1", { nextStep: "call", stage: "Any" });
    await settled();
    await pull("right.deal:1");
    await settled();
    expect(bench.performedEffects.map(({ input }) => input.ref)).toEqual(["right.deal:1"]);
  });

  it("is recognized by the value that a webhook reports", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    const routeBack = { id: "back", on: "right.deal.field_changed", to: "left", do: "set" };
    start([copyRoute("left", "stage"), { ...routeBack, with: '{"ref": "left.deal:1", "fields": {"stage": event.data.value}}' }]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await report("right.deal:1", "stage", "Won");
    await settled();
    expect(bench.performedEffects).toHaveLength(1);
    await report("right.deal:1", "stage", "Lost");
    await settled();
    expect(bench.performedEffects.map(({ input }) => input.fields["stage"])).toEqual(["Won", "Lost"]);
  });
});

describe("an object that a delivery created", () => {
  const creation = { id: "create", on: "left.deal.updated", to: "right", do: "create" };
  const created = { id: "created", on: "right.deal.created", to: "left", do: "set" };
  const routes = [
    { ...creation, with: '{"ref": "right.deal:2", "fields": {"name": record.stage}}' },
    { ...created, with: '{"ref": "left.deal:1", "fields": {"nextStep": "made"}}' },
  ];
  const hook = (ref: string): EventInput => ({
    ...{ type: "right.deal.created", timestamp: clock.now(), platform: "right", connection: "right", object: "deal", ref },
    ...{ subject: ref, sourceIds: [`created${nextNumber()}`], sourceEventId: null, interaction: null, isEcho: false, data: {} },
    record: recordOf(ref, bench.deals[ref] ?? {}),
  });

  it("is not routed when it is reported, and one that a person created at the same time is", async () => {
    await pull("left.deal:1");
    start(routes);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await bench.log.commit({ events: [hook("right.deal:2"), hook("right.deal:3")], correlationId: "hook" });
    await settled();
    expect(bench.performedEffects.map(({ input }) => input.ref)).toEqual(["right.deal:2", "left.deal:1"]);
  });

  it("is not routed when it is reported before the platform's answer to our call", async () => {
    await pull("left.deal:1");
    start(routes);
    bench.whilePerforming = async ({ input }) => {
      if (input.ref === "right.deal:2") await bench.log.commit({ events: [hook(input.ref)], correlationId: "hook" });
      // The router sees the event while the call is in progress.
      await clock.sleep(500);
    };
    await change("left.deal:1", { stage: "Won" });
    await settled();
    expect(bench.performedEffects.map(({ input }) => input.ref)).toEqual(["right.deal:2"]);
  });
});

describe("a change of a person at the same time", () => {
  const watchedTypes = [
    copyRoute("left", "stage"),
    {
      ...copyRoute("right", "stage"),
      id: "all",
      with: '{"ref": "left.deal:1", "fields": {"stage": record.stage, "nextStep": record.nextStep}}',
    },
  ];

  it("of another field of the same object is routed", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start(watchedTypes);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await change("right.deal:1", { nextStep: "call" });
    await settled();
    expect(bench.performedEffects.at(-1)?.input).toEqual({ ref: "left.deal:1", fields: { stage: "Won", nextStep: "call" } });
  });

  it("does not fire a route that maps only what we wrote", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await change("right.deal:1", { nextStep: "call" });
    await settled();
    expect(bench.performedEffects).toHaveLength(1);
  });

  it("of the same field to another value is routed, and the change back to ours too", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await pull("right.deal:1");
    clock.advance(60_000);
    await change("right.deal:1", { stage: "Lost" });
    await settled();
    clock.advance(60_000);
    await change("right.deal:1", { stage: "Won" });
    await settled();
    expect(bench.performedEffects.map(({ input }) => `${input.ref} ${input.fields["stage"]}`)).toEqual([
      "right.deal:1 Won",
      "left.deal:1 Lost",
      "left.deal:1 Won",
    ]);
  });

  it("to the value that we wrote days ago is routed", async () => {
    await Promise.all([pull("left.deal:1"), pull("right.deal:1")]);
    start([copyRoute("left", "stage"), copyRoute("right", "stage")]);
    await change("left.deal:1", { stage: "Won" });
    await settled();
    await pull("right.deal:1");
    clock.advance(4 * 86_400_000);
    await change("right.deal:1", { stage: "Lost" });
    await change("right.deal:1", { stage: "Won" });
    await settled();
    expect(bench.performedEffects.at(-1)?.input).toEqual({ ref: "left.deal:1", fields: { stage: "Won" } });
  });
});
