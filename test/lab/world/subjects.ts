/** Ticket topics: subject, text, product area. */
export interface Subject {
  subject: string;
  text: string;
  area: string;
  tags: string[];
  angry?: boolean;
}

const topic = (area: string, subject: string, text: string, tags: string[] = [], angry = false): Subject => ({
  area,
  subject,
  text,
  tags: [area, ...tags],
  angry,
});

export const SUBJECTS: Subject[] = [
  topic("exports", "Scheduled export did not arrive", "This morning's export is missing. Yesterday's came at six."),
  topic(
    "exports",
    "Columns swapped in the CSV export",
    "Since the update the last two columns are swapped, which breaks our import.",
  ),
  topic("exports", "Can exports go to two buckets?", "We would like a copy in our archive bucket as well."),
  topic(
    "sso",
    "Single sign-on loops back to the login page",
    "After our identity provider sends us back we see the login page again.",
    ["access"],
  ),
  topic("sso", "Please reset a user's second factor", "A colleague lost their phone.", ["access"]),
  topic("sso", "Can groups be mapped to roles?", "Our directory has groups for each depot.", ["access"]),
  topic("forecasting", "Forecast differs from last week's for the same period", "Nothing changed in our data. What moved?", [
    "data",
  ]),
  topic("forecasting", "How is seasonality computed?", "Is there a page that explains it?", ["how-to"]),
  topic("billing", "Invoice shows the wrong number of seats", "We reduced to 40 seats in the spring, the invoice says 55."),
  topic("billing", "Where do I change the billing address?", "We moved offices.", ["how-to"]),
  topic("billing", "Question about our renewal quote", "The quote lists a feature we do not use.", ["renewal"]),
  topic("dashboards", "Dashboard loads forever on the projector", "It works on our laptops.", ["performance"]),
  topic("dashboards", "A filter is gone after editing", "The region filter vanished when a colleague edited the board.", ["bug"]),
  topic("dashboards", "Can we embed a dashboard in our intranet?", "Read-only would be enough.", ["how-to"]),
  topic("api", "429 from the API although we are below the limit", "We make about 30 calls a minute.", ["limits"]),
  topic("api", "Webhook signature does not verify", "We follow the documentation. Which bytes are signed?", ["webhooks"]),
  topic("api", "Pagination skips a record", "When a record is created while we page, one is missing.", ["bug"]),
  topic("mobile", "The app signs me out every morning", "iOS, newest version.", ["bug"]),
  topic("mobile", "Dark mode is hard to read outdoors", "The grey on grey in the list.", ["feedback"]),
  topic("other", "How do I archive old projects?", "There are hundreds.", ["how-to"]),
  topic("other", "Feature request: reminders", "A reminder before a report is due would help.", ["feedback"]),
  topic("other", "Question about data residency", "Where are backups stored?", ["security"]),
];

export const ANGRY: Subject[] = [
  topic(
    "exports",
    "Third failed export this month. We are looking at alternatives",
    "This is the third time. If it is not fixed this week we cancel.",
    ["churn_risk"],
    true,
  ),
  topic(
    "billing",
    "Please cancel our subscription",
    "Nobody answered my last two messages. How do we cancel before the renewal?",
    ["cancellation", "churn_risk"],
    true,
  ),
  topic(
    "dashboards",
    "Unacceptable: the board was blank in front of our customer",
    "I want to speak to a manager today.",
    ["escalated", "churn_risk"],
    true,
  ),
  topic(
    "sso",
    "Nobody can sign in and your status page is green",
    "Forty people cannot work. We will switch to a competitor if this goes on.",
    ["outage", "escalated", "churn_risk"],
    true,
  ),
];

export const HOSTILE_SUBJECTS = [
  "<img src=x onerror=alert(1)> in the report title",
  "Report \u202Etxt.exe looks reversed",
  "'; DROP TABLE tickets; --",
  `Very long: ${"lorem ipsum ".repeat(12).trim()}`,
];

export const PRAISE = ["Quick and friendly.", "Solved at once, thank you!", "Great help.", null, null, null];
export const BLAME = ["Took far too long.", "Closed without an answer.", "Had to explain it three times.", null, null];
export const REPLIES = [
  "Thank you for writing. I have looked into it and found the cause; it is corrected now. Please tell me if you still see it.",
  "I have reproduced it and passed it to our engineers. A fix went out this afternoon.",
  "This is a setting under Administration. I have attached the steps.",
];
