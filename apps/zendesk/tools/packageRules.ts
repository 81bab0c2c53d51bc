/**
 * The rules by which Zendesk refuses a package at its upload, so that `npm run package` finds a fault first. They are those of Zendesk's
 * open-source validator (github.com/zendesk/zendesk_apps_support, f3de3c7), as far as a package can break them.
 */

type Files = ReadonlyMap<string, Uint8Array>;
type Tree = Record<string, unknown>;

const parameterTypes = ["text", "checkbox", "url", "number", "multiline", "hidden", "oauth"];
const secureScopes = ["header", "body", "url", "jwt_secret_key", "jwt_claim", "basic_auth_username", "basic_auth_password"];
const supportLocations = [
  ...[
    "top_bar",
    "nav_bar",
    "ticket_sidebar",
    "new_ticket_sidebar",
    "user_sidebar",
    "organization_sidebar",
    "background",
    "modal",
  ],
  ...["ticket_editor", "system_top_bar"],
];
const localePattern = /^[a-z]{2,3}(-\w{2,3})?$/;
const members = [
  ...["requirementsOnly", "marketingOnly", "version", "author", "name", "experiments", "frameworkVersion", "singleInstall"],
  ...["signedUrls", "noTemplate", "defaultLocale", "location", "private", "oauth", "parameters", "domainWhitelist"],
  ...["remoteInstallationURL", "termsConditionsURL", "gaID"],
];
/** Kinds of files that the upload refuses. */
const refusedFiles = /\.(rar|zip|gz|gzip|pdf|docx?|avi|bin|bz2?|csh|sh|jar|mp3|mpeg|odt|pptx?|xlsx?|7z)$/i;

/** What Zendesk would refuse, a sentence for each fault; empty for a package that it accepts. @param files by their path in the zip */
export function packageProblems(files: Files): string[] {
  const text = files.get("manifest.json");
  if (!text) return ["manifest.json is missing"];
  const manifest = parsed(text);
  if (!manifest) return ["manifest.json is no JSON object"];
  return [
    ...memberProblems(manifest),
    ...authorProblems(manifest),
    ...localeProblems(manifest, files),
    ...locationProblems(manifest, files),
    ...parameterProblems(manifest),
    ...translationProblems(files),
    ...[...files.keys()].filter((name) => refusedFiles.test(name)).map((name) => `${name} is of a kind that Zendesk refuses`),
  ];
}

function memberProblems(manifest: Tree): string[] {
  const unknown = Object.keys(manifest).filter((name) => !members.includes(name));
  const booleans = ["private", "signedUrls", "singleInstall"].filter((name) => manifest[name] !== undefined);
  const whitelist = manifest["domainWhitelist"];
  return [
    // Zendesk ignores them, so what they say has no effect.
    ...unknown.map((name) => `${name} is no member of a manifest`),
    ...booleans.filter((name) => typeof manifest[name] !== "boolean").map((name) => `${name} must be true or false`),
    ...(manifest["frameworkVersion"] === "2.0" ? [] : ["frameworkVersion must be 2.0"]),
    ...(typeof manifest["version"] === "string" ? [] : ["version must be a text"]),
    ...(whitelist === undefined || isTexts(whitelist) ? [] : ["domainWhitelist must be a list of texts"]),
  ];
}

function authorProblems(manifest: Tree): string[] {
  const author = asTree(manifest["author"]);
  if (!author) return ["author is missing"];
  const texts = ["name", "email", "url"].filter((name) => author[name] !== undefined && typeof author[name] !== "string");
  const url = author["url"];
  const isUrl = url === undefined || (typeof url === "string" && /^https?:\/\/[^/]/.test(url) && URL.canParse(url));
  return [...texts.map((name) => `author.${name} must be a text`), ...(isUrl ? [] : ["author.url must be http or https"])];
}

function localeProblems(manifest: Tree, files: Files): string[] {
  const locale = manifest["defaultLocale"];
  if (typeof locale !== "string") return ["defaultLocale is missing"];
  if (!localePattern.test(locale)) return ["defaultLocale is no language"];
  return files.has(`translations/${locale}.json`) ? [] : [`translations/${locale}.json is missing`];
}

function locationProblems(manifest: Tree, files: Files): string[] {
  const products = asTree(manifest["location"]);
  if (!products || Object.keys(products).length === 0) return ["location is missing"];
  return Object.entries(products).flatMap(([product, locations]) => {
    if (product !== "support") return [`location.${product} is not supported`];
    return Object.entries(asTree(locations) ?? {}).flatMap(([name, options]) => {
      const location = `location.support.${name}`;
      const { url, flexible } = asTree(options) ?? {};
      return [
        ...(supportLocations.includes(name) ? [] : [`${location} is no location`]),
        ...(isLoadable(url, files) ? [] : [`${location}.url must be https, or a file in assets/`]),
        ...(flexible === undefined || typeof flexible === "boolean" ? [] : [`${location}.flexible must be true or false`]),
      ];
    });
  });
}

function isLoadable(url: unknown, files: Files): boolean {
  if (typeof url !== "string" || url === "") return false;
  if (!URL.canParse(url)) return url.startsWith("assets/") && files.has(url);
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || hostname === "localhost";
}

function parameterProblems(manifest: Tree): string[] {
  const list = manifest["parameters"] ?? [];
  if (!Array.isArray(list)) return ["parameters must be a list"];
  const parameters = list.map((parameter) => asTree(parameter) ?? {});
  const names = parameters.map(({ name }) => name);
  return [
    ...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `the parameter ${String(name)} is repeated`),
    ...parameters.flatMap(oneParameterProblems),
    ...(parameters.filter(({ type }) => type === "oauth").length > 1
      ? ["there is more than one parameter of the type oauth"]
      : []),
  ];
}

function oneParameterProblems({ name, type = "text", required = false, secure = false, scopes }: Tree): string[] {
  const parameter = `the parameter ${String(name)}`;
  return [
    ...(name === "name" ? ["no parameter may have the name name"] : []),
    ...(parameterTypes.includes(String(type)) ? [] : [`${parameter} has no valid type`]),
    ...(typeof required === "boolean" && typeof secure === "boolean"
      ? []
      : [`${parameter}: required and secure are true or false`]),
    ...(type === "hidden" && required === true ? [`${parameter} is hidden and required`] : []),
    ...(type === "oauth" && secure === true ? [`${parameter} is of the type oauth and secure`] : []),
    ...(scopes === undefined ? [] : scopeProblems(parameter, scopes, secure)),
  ];
}

function scopeProblems(parameter: string, scopes: unknown, secure: unknown): string[] {
  if (!isTexts(scopes) || scopes.length === 0) return [`${parameter}: scopes must be a list with an entry`];
  return [
    ...(secure === true ? [] : [`${parameter} has scopes and is not secure`]),
    ...scopes.filter((scope) => !secureScopes.includes(scope)).map((scope) => `${parameter}: ${scope} is no scope`),
  ];
}

function translationProblems(files: Files): string[] {
  return [...files].flatMap(([name, bytes]) => {
    const locale = /^translations\/(.*)\.json$/.exec(name)?.[1];
    if (locale === undefined) return [];
    const app = asTree(parsed(bytes)?.["app"]);
    const parameters = Object.entries(asTree(app?.["parameters"]) ?? {});
    return [
      ...(localePattern.test(locale) ? [] : [`${name} is named after no language`]),
      ...(app ? [] : [`${name} has no member app`]),
      ...(locale === "en" && app && !app["name"] ? [`${name} has no app.name`] : []),
      ...parameters.filter(([, texts]) => !asTree(texts)?.["label"]).map(([key]) => `${name}: the parameter ${key} has no label`),
    ];
  });
}

function parsed(bytes: Uint8Array): Tree | null {
  try {
    return asTree(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

const asTree = (value: unknown): Tree | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : null;
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((entry) => typeof entry === "string");
