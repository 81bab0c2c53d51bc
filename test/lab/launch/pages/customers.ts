import type { ApiClient } from "../client.ts";

/** A customer as the home page lists it. */
export interface ListedCustomer {
  ref: string;
  name: string;
  company: string | null;
  /** Links into the host pages; null when there is none for this customer. */
  ticket: string | null;
  account: string | null;
}

interface Linked {
  sections: {
    account?: { links: { url: string }[] };
    support?: { data: { tickets: { link: string | null }[] } | null };
  };
}

/** The example customers with the pages that show them. */
export async function customers(client: ApiClient, refs: string[]): Promise<ListedCustomer[]> {
  const contexts = await client.contexts(refs, ["account", "support"]);
  return contexts.flatMap((context) => {
    const { customer, ref } = context;
    if (!customer) return [];
    const { sections } = context as typeof context & Linked;
    return [
      {
        ref,
        name: customer.name ?? "Nameless",
        company: context.kind === "person" ? (customer.company?.name ?? null) : null,
        ticket: sections.support?.data?.tickets.find(({ link }) => link)?.link ?? null,
        account: sections.account?.links[0]?.url ?? null,
      },
    ];
  });
}
