import { scenarios } from "./fixtureApi.ts";

/** "oneDown" → "one down" */
const words = (scenario: string): string =>
  scenario.replace(/_/g, " ").replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

export const fixtureTickets = scenarios.map(({ scenario, ticket }) => ({ id: ticket, subject: words(scenario) }));

/** The part of Zendesk's REST API that the host page reads, with one fictional ticket per scenario. */
export async function fetchFixtureTicket(path: string): Promise<unknown> {
  const [, id, part] = /^\/api\/v2\/tickets\/(\d+)(\/comments)?/.exec(path) ?? [];
  const fixture = fixtureTickets.find((ticket) => String(ticket.id) === id);
  if (!fixture) throw new Error("404");
  const requester = { id: 361 + fixture.id, name: "Ada Lovelace", email: `ada+${fixture.id}@lovelace.example`, role: "end-user" };
  const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
  if (part) {
    const comment = (author: number, hours: number, isPublic: boolean, text: string) => ({
      author_id: author,
      created_at: hoursAgo(hours),
      public: isPublic,
      plain_body: text,
    });
    return {
      comments: [
        comment(
          requester.id,
          5,
          true,
          "Hi,\n\nsince this morning our nightly export stops at 10,000 rows. Nothing in the log, the file just ends.\nIs that a new limit? Our finance team waits for it.\n\nAda",
        ),
        comment(7, 4, false, "Same as last week's report? Checking with the export team."),
        comment(
          7,
          3,
          true,
          "Hi Ada,\n\nthank you for the details, I can see the job. I'm asking the team that owns exports and will be back today.\n\nSam",
        ),
        comment(requester.id, 2, true, "Great, thank you. We can work with two files in the meantime."),
      ],
    };
  }
  return {
    ticket: {
      id: fixture.id,
      subject: `Export fails for reports over 10,000 rows (${fixture.subject})`,
      status: "open",
      priority: "high",
      type: "problem",
      tags: ["export", "enterprise"],
      created_at: hoursAgo(5),
      requester_id: requester.id,
      assignee_id: 7,
      organization_id: 77,
    },
    users: [requester, { id: 7, name: "Sam Agent", email: "sam@acme.example", role: "agent" }],
  };
}
