import { z } from "zod";

/** A connection to a company's own services. What they send us stands at its webhooks; what we send them, here. */
export const GenericOptions = z
  .strictObject({
    /** Where the action `post` sends events: https, and no address of the server's own network. */
    url: z.url().optional(),
    /** Signs what is posted, as Standard Webhooks has it. */
    secret: z.string().optional().describe("Name of the secret: whsec_ and base64 of 24 bytes or more"),
    /** Where the action `slack-message` writes: the whole address is the secret. */
    slackUrl: z.string().optional().describe("Name of the secret: an incoming webhook's address"),
    requestsPerMinute: z.number().int().positive().default(600),
    /** For a test on one machine. */
    allowInsecure: z.boolean().default(false).describe("http is allowed"),
    allowPrivate: z.boolean().default(false).describe("addresses of private networks are allowed"),
  })
  .superRefine(({ url, secret, allowInsecure }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (url === undefined) return;
    if (secret === undefined) wrong("secret", "what is posted to a url is signed: name a secret");
    const { protocol, username, password } = new URL(url);
    if (protocol !== "https:" && !(allowInsecure && protocol === "http:")) wrong("url", "not https");
    if (username !== "" || password !== "") wrong("url", "credentials don't belong into an address");
  });
export type GenericOptions = z.infer<typeof GenericOptions>;
