import type { PageProps } from "../session/session.ts";
import { Views } from "../ui/Views.tsx";
import { CustomerTable } from "./CustomerTable.tsx";

const views = [
  { path: "", title: "At risk", View: ({ session }: PageProps) => <CustomerTable session={session} reason="at_risk" /> },
  {
    path: "renewing",
    title: "Renewing",
    View: ({ session }: PageProps) => <CustomerTable session={session} reason="renewing" />,
  },
  {
    path: "quiet",
    title: "Gone quiet",
    View: ({ session }: PageProps) => <CustomerTable session={session} reason="gone_quiet" />,
  },
  { path: "all", title: "All", View: ({ session }: PageProps) => <CustomerTable session={session} reason={null} /> },
] as const;

/** The companies that need a call, with the reason. */
export const CustomersPage = ({ session }: PageProps) => <Views page="customers" views={views} session={session} />;
