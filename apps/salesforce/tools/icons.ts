/** The icons that the panel uses. The open-source engine compiles only these; an org has them all. */
export const panelIcons: readonly string[] =
  "check chevronright clock dash error event hide info info_alt lock offline people refresh search settings spinner unlinked warning"
    .split(" ")
    .map((name) => `utility:${name}`);
