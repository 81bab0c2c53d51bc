import type { Company } from "./types.ts";

/** The demo customer of all screenshots: a good account in trouble, with the reasons spread over the platforms. */
export interface DemoCustomer {
  company: Partial<Company> & { name: string; domain: string };
  parent: { name: string; domain: string };
  sibling: { name: string; domain: string };
  people: { first: string; last: string; title: string }[];
  tickets: DemoTicket[];
  deals: { name: string; stage: string; share: number; closesIn: number; nextStep: string | null }[];
  activities: { kind: "Task" | "Event"; subject: string; daysAgo: number; text: string }[];
}
export interface DemoTicket {
  person: number;
  subject: string;
  text: string;
  status: "new" | "open" | "pending" | "hold" | "solved" | "closed";
  priority: "urgent" | "high" | "normal" | "low";
  hoursAgo: number;
  solvedAfter?: number;
  rating?: { score: "good" | "bad"; comment: string | null };
  tags: string[];
}

const TICKETS: DemoTicket[] = [
  {
    person: 0,
    subject: "Nightly export to our warehouse has failed three nights in a row",
    text: "Hi team,\n\nthe scheduled export to our warehouse bucket has failed for three nights with «credentials rejected», although nothing changed on our side. The depots plan their shifts from it every morning at 6, so this is the third day we plan by hand.\n\nOur renewal review is next month and I would rather not explain this in it.\n\nThanks, please treat it as urgent.",
    status: "open",
    priority: "urgent",
    hoursAgo: 5,
    tags: ["exports", "outage", "escalated"],
  },
  {
    person: 1,
    subject: "New joiners land on a blank page after single sign-on",
    text: "Two people who joined this week sign in through our identity provider and see an empty workspace. Everyone else is fine. Is there a group they must be in?",
    status: "pending",
    priority: "high",
    hoursAgo: 51,
    tags: ["sso", "access"],
  },
  {
    person: 0,
    subject: "Forecast shows no confidence band for the southern depots",
    text: "Since the last release the forecast of the four southern depots is a single line. The others still have the band. We show this to the board.",
    status: "hold",
    priority: "normal",
    hoursAgo: 26 * 9,
    tags: ["forecasting", "bug"],
  },
  {
    person: 2,
    subject: "Can invoices carry our purchase order number?",
    text: "Our accounts team rejects invoices without a PO. Where do we enter it?",
    status: "new",
    priority: "low",
    hoursAgo: 2,
    tags: ["billing"],
  },
  {
    person: 0,
    subject: "Export finished twelve hours late",
    text: "Last night's export arrived at noon. Please tell us when it is delayed.",
    status: "solved",
    priority: "high",
    hoursAgo: 24 * 16,
    solvedAfter: 31,
    rating: { score: "bad", comment: "Solved, but nobody told us it was known." },
    tags: ["exports", "delay"],
  },
  {
    person: 1,
    subject: "Add two seats to our plan",
    text: "Please add two seats and prorate them to our renewal date.",
    status: "closed",
    priority: "normal",
    hoursAgo: 24 * 44,
    solvedAfter: 6,
    rating: { score: "good", comment: "Quick and friendly, thank you." },
    tags: ["billing", "seats"],
  },
  {
    person: 0,
    subject: "How do we share a dashboard with a depot that has no seats?",
    text: "Read-only links would be enough for them.",
    status: "closed",
    priority: "low",
    hoursAgo: 24 * 67,
    solvedAfter: 20,
    rating: { score: "good", comment: null },
    tags: ["dashboards", "sharing"],
  },
];

const DEALS: DemoCustomer["deals"] = [
  { name: "Renewal", stage: "Negotiation/Review", share: 1, closesIn: 38, nextStep: "Renewal review with the sponsor" },
  {
    name: "Forecasting add-on",
    stage: "Proposal/Price Quote",
    share: 0.22,
    closesIn: 61,
    nextStep: "Wait for the export incident to be closed",
  },
  { name: "Southern depots", stage: "Qualification", share: 0.35, closesIn: 117, nextStep: null },
  { name: "Initial contract", stage: "Closed Won", share: 0.82, closesIn: -410, nextStep: null },
];

const ACTIVITIES: DemoCustomer["activities"] = [
  {
    kind: "Event",
    subject: "Quarterly review",
    daysAgo: 12,
    text: "Sponsor happy with forecasting, worried about export delays.",
  },
  {
    kind: "Task",
    subject: "Call: renewal terms and the three-year option",
    daysAgo: 4,
    text: "Wants a price hold if signed before the month ends.",
  },
  {
    kind: "Task",
    subject: "Email: usage report for the steering meeting",
    daysAgo: 2,
    text: "Sent the usage report; asked for a slot next week.",
  },
];

export const DEMO_CUSTOMERS: Record<string, DemoCustomer> = {
  acme: {
    company: {
      name: "Halvorsen Freight Inc.",
      domain: "halvorsen-freight.example",
      country: "US",
      currency: "USD",
      industry: "Transportation",
      arr: 184_000,
      plan: "Enterprise",
      nextStep: "Close the export incident before the renewal review",
    },
    parent: { name: "Halvorsen Group", domain: "halvorsen-group.example" },
    sibling: { name: "Halvorsen Cold Chain", domain: "halvorsen-coldchain.example" },
    people: [
      { first: "Maya", last: "Lindqvist", title: "Head of Operations" },
      { first: "Tomas", last: "Okafor", title: "IT Manager" },
      { first: "Priya", last: "Raman", title: "Accounts Payable Lead" },
    ],
    tickets: TICKETS,
    deals: DEALS,
    activities: ACTIVITIES,
  },
  globex: {
    company: {
      name: "Brückner Maschinenbau GmbH",
      domain: "brueckner-maschinenbau.example",
      country: "DE",
      currency: "EUR",
      industry: "Manufacturing",
      arr: 96_500,
      plan: "Growth",
      nextStep: "Joint review with production planning",
    },
    parent: { name: "Brückner Holding AG", domain: "brueckner-holding.example" },
    sibling: { name: "Brückner Service", domain: "brueckner-service.example" },
    people: [
      { first: "Jonas", last: "Brückner", title: "Leiter Produktion" },
      { first: "Selma", last: "Yılmaz", title: "IT Manager" },
      { first: "Greta", last: "Voss", title: "Controlling" },
    ],
    tickets: TICKETS,
    deals: DEALS,
    activities: ACTIVITIES,
  },
};
