import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { methodsByPath } from "./methods.ts";

describe("the methods of a path", () => {
  const app = new Hono();
  app.use("/v1/*", async (_, next) => await next());
  app.get("/v1/things", (c) => c.text(""));
  app.post("/v1/things", (c) => c.text(""));
  app.get("/v1/things/:id", (c) => c.text(""));
  app.post("/v1/things/retry", (c) => c.text(""));
  app.get("/open.json", (c) => c.text(""));
  const methodsOf = methodsByPath(app as never);

  it.each([
    ["/v1/things", ["GET", "HEAD", "POST"]],
    ["/v1/things/7", ["GET", "HEAD"]],
    ["/v1/things/retry", ["GET", "HEAD", "POST"]],
    ["/v1/things/7/8", []],
    ["/v1/nothing", []],
    ["/openxjson", []],
    ["/open.json", ["GET", "HEAD"]],
  ])("of %s are %j", (path, methods) => {
    expect(methodsOf(path)).toEqual(methods);
  });
});
