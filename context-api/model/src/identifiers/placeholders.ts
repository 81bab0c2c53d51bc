// Values that people and programs enter where a value is required and none is known. They identify no customer.

/** Words that stand for "no value", in lower case and without punctuation. */
const emptyWords = new Set([
  ...[
    "na",
    "none",
    "null",
    "nil",
    "nan",
    "undefined",
    "unknown",
    "unbekannt",
    "inconnu",
    "empty",
    "blank",
    "void",
    "tbd",
    "todo",
  ],
  ...[
    "notset",
    "notprovided",
    "notavailable",
    "notapplicable",
    "notknown",
    "notgiven",
    "missing",
    "placeholder",
    "dummy",
    "fake",
  ],
  ...["anonymous", "anon", "nobody", "noone", "nothing", "invalid", "notvalid", "ref", "value", "objectobject"],
  ...["deleted", "removed", "redacted", "refused", "declined"],
]);

/** Words that only an id consists of by mistake. */
const emptyIdWords = new Set([
  ...["", "test", "testing", "guest", "default", "user", "userid", "id", "customer", "true", "false", "string", "lmy47d"],
  ...["xxx", "xxxx"],
]);

/** Words that a name consists of when there is none. */
const emptyNames = new Set([
  "lead",
  "contact",
  "test",
  "noname",
  "unnamed",
  "user",
  "customer",
  "guest",
  "visitor",
  "anonymized",
]);

/** Mailboxes that no person reads, or that were invented to get past a required field; also as the name of a domain. */
const emptyMailboxes = new Set([
  ...["noemail", "nomail", "noaddress", "noemailprovided", "noemailaddress", "emailnotprovided", "withoutemail", "sansemail"],
  ...["keinemail", "mailerdaemon", "none", "null", "undefined", "notprovided", "notavailable"],
  ...["notapplicable", "notknown", "notset", "notgiven", "placeholder", "postmaster", "undisclosedrecipients"],
  ...["fakeemail", "fakemail", "bademail", "wrongemail", "invalidemail", "dummyemail", "sinemail", "sincorreo", "pasdemail"],
  ...["nomailaddress", "noemailaddr", "donotuse", "changeme"],
]);
const unreadMailbox = /^(noreply|donotreply|dontreply|nonreply|noresponse)|(noreply|donotreply|dontreply)$/;

/** Domains that mean "some domain", as in `user@example.com`. */
const inventedDomains = new Set([
  ...["test", "tests", "testing", "example", "examples", "email", "emailaddress", "domain", "yourdomain", "mydomain"],
  ...["company", "yourcompany", "mycompany", "sample", "asdf", "qwerty", "foo", "foobar", "nope", "no", "na", "fake", "dummy"],
  ...["abc", "xyz", "xxx", "notreal", "invalid"],
]);
/** Mailboxes that mean "somebody" at such a domain. */
const inventedMailboxes = new Set([
  ...["test", "tests", "testing", "tester", "example", "email", "mail", "user", "username", "name", "yourname", "firstname"],
  ...["firstnamelastname", "lastname", "you", "me", "your", "sample", "abc", "xyz", "asdf", "qwerty", "foo", "bar", "foobar"],
  ...["admin", "info", "demo", "temp", "trash", "spam", "no", "nope", "na", "fake", "dummy", "invalid", "customer", "contact"],
  ...["client", "guest", "patient"],
]);

/** Addresses that only look like one. */
const inventedAddresses = new Set([
  ...["a@b.c", "a@b.co", "a@b.com", "aa@bb.cc", "aa@bb.com", "x@y.z", "x@y.com", "123@abc.com", "abc@xyz.com"],
]);

/** Domains that cannot receive mail. */
const deadDomain = /(^|\.)(invalid|localhost|localdomain)$/;

/** `Not-Provided` → `notprovided`, `n/a` → `na` */
const wordOf = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
const isOneCharacter = (text: string): boolean => /^(.)\1*$/u.test(text);

/** True for an id such as "N/A", "null", "0", "-" or the nil UUID. @param id as people see it */
export function isPlaceholderId(id: string): boolean {
  const word = wordOf(id);
  return emptyWords.has(word) || emptyIdWords.has(word) || /^0+$/.test(word) || /^-\d+$/.test(id);
}

/** True for a canonical address such as `noemail@noemail.com`, `no-reply@acme.com` or `test@test.com`. */
export function isPlaceholderEmail(address: string): boolean {
  const separator = address.lastIndexOf("@");
  const domain = address.slice(separator + 1);
  const mailbox = wordOf(address.slice(0, separator).replace(/\+.*$/, ""));
  const label = wordOf(domain.split(".", 1)[0] ?? "");
  const word = mailbox.replace(/\d+$/, "");
  if (deadDomain.test(domain) || mailbox === "" || emptyMailboxes.has(word) || unreadMailbox.test(word)) return true;
  if (emptyMailboxes.has(label)) return true;
  if (inventedAddresses.has(address) || (inventedMailboxes.has(word) && inventedDomains.has(label))) return true;
  const isEmpty = word === "" || inventedMailboxes.has(word) || emptyWords.has(word) || isOneCharacter(mailbox);
  return mailbox === label && isEmpty;
}

/** True for digits such as 0000000000, 5555555555 or 123456789. */
export function isPlaceholderNumber(digits: string): boolean {
  return (
    isOneCharacter(digits) || "01234567890".includes(digits) || "9876543210".includes(digits) || "1234567890123".includes(digits)
  );
}

/** True for a name that a form fills in when none is given. */
export function isPlaceholderName(name: string): boolean {
  // "User 90005" is a name that a program gave.
  const isEmpty = (word: string): boolean => emptyWords.has(word) || emptyNames.has(word) || /^\d+$/.test(word);
  const words = name.split(/\s+/).map(wordOf).filter(Boolean);
  // "Unknown Unknown" is twice no name, "Not Provided" once.
  return words.every(isEmpty) || isEmpty(words.join("")) || isOneCharacter(words.join(""));
}
