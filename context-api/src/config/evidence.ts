import { hostOfWebsite } from "@sidelight/model/identifiers/domainName.ts";
import { canonicalEmail } from "@sidelight/model/identifiers/emailAddress.ts";
import { canonicalMailbox } from "@sidelight/model/identifiers/evidence.ts";
import { canonicalPhone } from "@sidelight/model/identifiers/phoneNumber.ts";
import { canonicalUserId } from "@sidelight/model/identifiers/recordIds.ts";
import { z } from "zod";

/** Entries are looked up by their hash, so their number costs no time. The limit bounds the configuration. */
const maxEntries = 1_000;

const entries = (canonical: (text: string) => string | null, message: string) =>
  z
    .array(
      z
        .string()
        .max(255)
        .refine((text) => canonical(text) !== null, message),
    )
    .max(maxEntries)
    .default([]);

/** An id may be written as a number. */
const id = z
  .union([z.string().max(255), z.int().nonnegative()], "not an id: write a text or a whole number")
  .transform(String)
  .refine((text) => canonicalUserId(text) !== null, "identifies no customer anyway: leave it out");

/** Values that are no evidence that two records are one customer, besides the well-known ones. */
export const EvidenceConfig = z
  .strictObject({
    /** Mailboxes of a function: `frontoffice` for frontoffice@, frontoffice-eu@ and frontoffice2@. Their addresses are found, and join nothing. */
    roleMailboxes: entries(canonicalMailbox, "not the part of an address before the @, as in frontoffice"),
    /** Placeholders and shared hosts: records keep them at their source, but nothing is found by them. */
    ignored: z
      .strictObject({
        emails: entries(canonicalEmail, "not an e-mail address, as in nobody@mycompany.com"),
        /** And everything below them. */
        domains: entries(hostOfWebsite, "not a domain that somebody can register, as in pages.mycompany.com"),
        phones: entries(
          (text) => canonicalPhone(text, null),
          "not a phone number with the calling code of its country, as in +49 30 901820",
        ),
        /** Of users in the product, and of records of the CRM as other platforms store them. */
        ids: z.array(id).max(maxEntries).default([]),
      })
      .prefault({}),
  })
  .prefault({});
export type EvidenceConfig = z.infer<typeof EvidenceConfig>;
